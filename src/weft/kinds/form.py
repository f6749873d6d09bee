"""The form of a kind: its parameters as fields that a person fills in, made from its JSON Schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from weft.kinds.sensitive import is_sensitive
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel

_LINES = re.compile(r"\s*\n\s*")
_FIRST = ("secret", "choice")
_NUMBERS: dict[str, type[int | float]] = {"integer": int, "number": float}


class Field(Noun):
    """One parameter as a field of a form."""

    name: str
    """As documents write it."""
    title: str
    about: str = ""
    asks: Literal["text", "secret", "integer", "number", "switch", "choice", "lines", "document"] = "text"
    """secret: never shown again; lines: a list of texts, one a line; document: only a document can say it."""
    required: bool = False
    default: str = ""
    """What counts when nothing is given, as text; `on` of a switch."""
    choices: tuple[str, ...] = ()
    example: str = ""
    rare: bool = False
    """Most leave it as it is: it has a default that fits, or the kind sets it aside (`aside` in its schema)."""


def form(kind: type[BaseModel]) -> tuple[Field, ...]:
    """The fields of a kind: what must be given first, then what it names first, in its order."""
    schema = kind.model_json_schema(by_alias=True)
    required = set(schema.get("required", ()))
    properties = schema.get("properties", {})
    first = next((name for name, said in properties.items() if not said.get("aside")), "")
    found = [_field(name, said, required=name in required) for name, said in properties.items()]
    found = [field.model_copy(update={"rare": field.rare and field.name != first}) for field in found]
    return tuple(sorted(found, key=lambda field: (not field.required, field.rare)))


def typed(fields: Iterable[Field], given: Mapping[str, str]) -> dict[str, Any]:
    """What was filled in, as parameters; empty ones are left out, and what is no number stays as it was given."""
    found: dict[str, Any] = {}
    for field in fields:
        text = given.get(field.name, "").strip()
        if field.asks == "switch":
            if (text == "on") != (field.default == "on"):
                found[field.name] = text == "on"
        elif text and field.asks != "document":
            found[field.name] = _value(field, text)
    return found


def _value(field: Field, text: str) -> Any:
    if field.asks == "lines":
        return _LINES.split(text)
    try:
        return _NUMBERS[field.asks](text) if field.asks in _NUMBERS else text
    except ValueError:
        return text


def _field(name: str, said: dict[str, Any], *, required: bool) -> Field:
    alone = _alone(said)
    default = said.get("default")
    asks = _asks(name, alone)
    examples = said.get("examples") or alone.get("examples") or ()
    return Field(
        name=name,
        title=_title(name, str(said.get("title") or "")),
        about=" ".join(str(said.get("description") or "").split()),
        asks=asks,
        required=required,
        default="" if default is None or asks == "document" or default is False else _text(default),
        choices=tuple(map(_text, alone.get("enum", ()))),
        example=str(next(iter(examples), "")),
        rare=said.get("aside", False) or (not required and asks not in _FIRST and default not in (None, "")),
    )


def _alone(said: dict[str, Any]) -> dict[str, Any]:
    """Of a value that may be of several types the simplest: text before others, `null` never."""
    several = [one for one in said.get("anyOf", ()) if one.get("type") != "null"]
    several.sort(key=lambda one: one.get("type") != "string")
    return {**said, **several[0]} if several else said


def _asks(name: str, said: dict[str, Any]) -> Any:
    kind = said.get("type")
    if said.get("enum"):
        return "choice"
    if kind == "array":
        return "lines" if said.get("items", {}).get("type") == "string" else "document"
    if kind in ("object", None):
        return "document"
    if kind == "boolean":
        return "switch"
    if kind == "string":
        return "secret" if said.get("format") == "password" or is_sensitive(name) else "text"
    return kind


def _title(name: str, title: str) -> str:
    """Its own title; else its name in words: `startDate` is `Start date`."""
    if title and title.replace(" ", "").lower() != name.replace("_", "").lower():
        return title
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", name)
    return words[:1].upper() + words[1:].lower()


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "\n".join(map(str, value))
    return "on" if value is True else str(value)
