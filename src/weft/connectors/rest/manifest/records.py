"""Where records lie, written short: `data.items`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from weft.connectors.rest.parts import Part


def _short(value: Any) -> Any:
    if isinstance(value, str):
        value = [part for part in value.split(".") if part]
    return {"kind": "DpathExtractor", "fieldPath": value} if isinstance(value, list | tuple) else value


Records = Annotated[Any, Part("extractors", "DpathExtractor"), BeforeValidator(_short)]
"""An extractor; `a.b`, or a list of keys, is short for a DpathExtractor."""
