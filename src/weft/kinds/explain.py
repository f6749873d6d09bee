"""pydantic's errors in our words: where, what was found, what was allowed."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic.alias_generators import to_camel

from weft.kinds.sensitive import is_sensitive
from weft.model import Position, Problem

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

Path: TypeAlias = tuple[str | int, ...]
Locate: TypeAlias = Callable[[Path], Position]
"""Where in the text the value of a path stands."""

_SHOWN = 60
_LISTED = 30
_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys to values",
    "mapping_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "is_instance_of": "a mapping of keys to values",
}


def explain(error: ValidationError, model: type[BaseModel], locate: Locate, root: Path = ()) -> tuple[Problem, ...]:
    """Turn a validation error into problems with positions.

    Args:
        error: what pydantic raised.
        model: the model that was validated; its keys are suggested for unknown ones.
        locate: gives the position of a path.
        root: path of the validated value in its document.

    Returns:
        One problem for each place, in the order of the text.
    """
    found: dict[tuple[Position, str], Problem] = {}
    for item in _members(error.errors(include_url=False)):
        path = root + tuple(item["loc"])
        message = sentence(item, path, model)
        position = locate(path if item["type"] != "missing" else path[:-1])
        found.setdefault((position, message), Problem(position=position, message=message))
    return tuple(sorted(found.values(), key=lambda p: (p.position.line, p.position.column)))


def _members(items: list[Any]) -> Iterator[Any]:
    """Errors without those of a union's plain member, `tuple[str, ...]`, where another member was meant."""
    for item in items:
        around, last = tuple(item["loc"][:-1]), str(item["loc"][-1:])
        if "[" not in last[1:-1]:
            yield item
        elif not any(other is not item and other["loc"][: len(around)] == around for other in items):
            yield {**item, "loc": around}


def shown(path: Path, value: object) -> str:
    """A found value for people; what could be a secret, or is long, is only named by its type."""
    if any(is_sensitive(str(step)) for step in path):
        return "something that is not shown"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "empty"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}'" if len(text) <= _SHOWN else f"'{text[: _SHOWN - 3]}...'"


def listed(allowed: Iterable[object]) -> str:
    """Allowed words for people, at most 30 of them."""
    words = [str(word) for word in allowed]
    return ", ".join(words[:_LISTED]) + (", ..." if len(words) > _LISTED else "")


def unknown_key(key: str, allowed: Iterable[str]) -> str:
    """The sentence about a key that nobody knows, with the nearest known one."""
    words = list(dict.fromkeys(allowed))
    lower = {word.lower().replace("_", ""): word for word in words}
    near = difflib.get_close_matches(key.lower().replace("_", ""), lower, n=1, cutoff=0.6)
    hint = f", did you mean '{lower[near[0]]}'? Allowed" if near else ", allowed"
    return f"'{key}' is not a known key{hint} are {listed(words)}" if words else f"'{key}' is not allowed here"


def sentence(item: Any, path: Path, model: type[BaseModel]) -> str:
    """What one error of pydantic says, in our words.

    Args:
        item: of `ValidationError.errors()`.
        path: of the value in its document.
        model: the model that was validated.
    """
    kind, around = item["type"], _around(model, tuple(item["loc"])[:-1])
    name = _name(path, around)
    if kind == "missing":
        return f"'{name}' is missing, it is required"
    if kind in ("extra_forbidden", "explained"):
        return unknown_key(str(path[-1]), _keys(around)) if kind == "extra_forbidden" else str(item["msg"])
    found = shown(path, item.get("input"))
    context = item.get("ctx", {})
    if kind in ("literal_error", "enum"):
        allowed = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        return f"'{name}' is {found}, allowed are {allowed}"
    if kind in _TYPES:
        quotes = ": put it in quotes" if kind == "string_type" and isinstance(item.get("input"), int | float) else ""
        return f"'{name}' is {found}, allowed is {_TYPES[kind]}{quotes}"
    text = str(item["msg"]).removeprefix("Value error, ").rstrip(".")
    if kind in ("value_error", "assertion_error"):
        # The sentence of a kind's own validator says all by itself.
        return f"'{name}': {text}" if path else text
    return f"'{name}' is {found}: {text[:1].lower()}{text[1:]}"


def _name(path: Path, around: type[BaseModel] | None) -> str:
    """The last key of a path, a field as documents spell it."""
    steps = [str(step) for step in path if not isinstance(step, int)]
    if not steps:
        return "document"
    is_field = around is not None and steps[-1] in around.model_fields
    return to_camel(steps[-1]) if is_field else steps[-1]


def _keys(model: type[BaseModel] | None) -> list[str]:
    # `position` is ours, no document holds it.
    fields = model.model_fields.items() if model is not None else ()
    return [field.alias or to_camel(name) for name, field in fields if name != "position"]


def _around(model: type[BaseModel] | None, path: Path) -> type[BaseModel] | None:
    """The model that lies at a path of errors below `model`."""
    for step in path:
        if isinstance(step, int) or model is None:
            continue
        named = next((f for n, f in model.model_fields.items() if step in (n, f.alias)), None)
        # A step of a union names the member itself: stay.
        if named is not None:
            model = _inner(named.annotation)
    return model


def _inner(annotation: Any) -> type[BaseModel] | None:
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _inner(part)
        if found is not None:
            return found
    return None
