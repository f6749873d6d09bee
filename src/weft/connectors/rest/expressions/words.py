"""A value as text: in the middle of a template, a parameter, a header."""

from __future__ import annotations

import json
from typing import Any


def said(value: Any) -> str:
    """A value as text: none as nothing, true and false in lower case, lists and mappings as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
