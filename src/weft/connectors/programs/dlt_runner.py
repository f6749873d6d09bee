"""Runs in the virtual environment of dlt: an order on standard input, JSON lines on standard output.

It imports nothing of weft. Items are told as `{"type": "RECORD", "record": ...}`; the state of incremental resources as
`{"type": "STATE", "value": ...}` when all items are through, since dlt knows it no sooner.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

KINDS = {"text": "string", "bigint": "integer", "double": "number", "bool": "boolean"}


def main() -> None:
    """Carry out one order."""
    order = json.loads(sys.stdin.read())
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what resources print is no message
    import dlt
    from dlt.common.configuration.container import Container
    from dlt.common.pipeline import StateInjectableContext

    state = order.get("state") or {}
    with Container().injectable_context(StateInjectableContext(state=state)):
        module, _, name = order["source"].partition(":")
        made = getattr(importlib.import_module(module), name)(**order["arguments"])
        resources = made.resources if isinstance(made, dlt.sources.DltSource) else {made.name: made}
        if order["do"] == "discover":
            tell(out, {"streams": [described(name, resource) for name, resource in resources.items()]})
        else:
            read(out, made, resources[order["stream"]])
            tell(out, {"type": "STATE", "value": state})
    out.flush()


def described(name: str, resource: Any) -> dict[str, Any]:
    """What is known of a resource before it is read."""
    hints = resource.compute_table_schema()
    columns = hints.get("columns", {})
    return {
        "name": name,
        "schema": {
            "properties": {c: {"type": KINDS[k]} for c, t in columns.items() if (k := t.get("data_type")) in KINDS}
        },
        "key": [c for c, told in columns.items() if told.get("primary_key")],
        "incremental": resource.incremental is not None,
        "own_cursor": True,
    }


def read(out: Any, made: Any, resource: Any) -> None:
    """Tell the items of one resource."""
    items = made.with_resources(resource.name) if hasattr(made, "with_resources") else resource
    for item in items:
        if hasattr(item, "to_pylist"):  # Arrow
            for row in item.to_pylist():
                tell(out, {"type": "RECORD", "record": row})
        elif hasattr(item, "to_dict"):  # pandas
            for row in item.to_dict("records"):
                tell(out, {"type": "RECORD", "record": row})
        else:
            tell(out, {"type": "RECORD", "record": item})


def tell(out: Any, value: dict[str, Any]) -> None:
    """One line."""
    out.write(dumped(value) + "\n")


def dumped(value: Any) -> str:
    """JSON as dlt writes it, moments and decimals as text."""
    from dlt.common import json as theirs

    text: str = theirs.dumps(value)
    return text


if __name__ == "__main__":
    main()
