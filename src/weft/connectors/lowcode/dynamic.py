"""Dynamic streams: the template with what a record of the list says, as expressions of `parameters`."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.connectors.lowcode.notes import Notes
    from weft.connectors.lowcode.streams import Streams

_FOUND = re.compile(r"\bcomponents_values\b")


def dynamic(told: Mapping[str, Any], where: str, notes: Notes, streams: Streams) -> dict[str, Any]:
    """A dynamic stream of ours."""
    resolver = told.get("components_resolver") or {}
    kind = str(resolver.get("type"))
    template: dict[str, Any] = copy.deepcopy(told.get("stream_template") or {})
    name = "{{ parameters.name }}"
    for place, mapping in enumerate(resolver.get("components_mapping") or ()):
        value = _FOUND.sub("parameters", str(mapping.get("value", "")))
        path = [str(step) for step in mapping.get("field_path") or ()]
        if path == ["name"]:
            name = value
        if mapping.get("condition") or not _set(template, path, value):
            notes.add("ComponentMappingDefinition", f"{where}.components_mapping.{place}")
    ours: dict[str, Any] = {"kind": kind, "name": name}
    if kind == "HttpComponentsResolver":
        ours["requester"] = streams.retrieved(resolver.get("retriever") or {}, f"{where}.retriever")
    elif kind == "ConfigComponentsResolver":
        config = resolver.get("stream_config") or {}
        ours["streamConfig"] = {"configsPointer": config.get("configs_pointer", [])}
    else:
        notes.add(kind, f"{where}.components_resolver")
        return ours
    template["name"] = str(told.get("name") or "template")
    ours["template"] = streams.flat(template, f"{where}.stream_template")
    return ours


def _set(template: Any, path: Sequence[str], value: str) -> bool:
    """Put a value at a path; False where nothing is there to take it."""
    for step in path[:-1]:
        template = template[int(step)] if isinstance(template, list) and step.isdigit() else _inner(template, step)
        if template is None or "*" in step:
            return False
    if not path or not isinstance(template, dict):
        return False
    template[path[-1]] = value
    return True


def _inner(template: Any, step: str) -> Any:
    return template.get(step) if isinstance(template, dict) else None
