"""A field of a kind that holds another kind: `{kind: Name, ...fields}`, or the name alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema

from weft.errors import Invalid
from weft.kinds.explain import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.kinds.kinds import Kinds

KEY = "kind"
EXPLAINED = "explained"
"""Type of an error whose message is a whole sentence already."""


class Nested(Struct, frozen=True):
    """Metadata of a field (`Annotated[Any, Nested(kinds)]`) that holds one of these kinds.

    Args:
        kinds: where they are found.
        default: kind of a mapping that names none; empty = it must name one.
    """

    kinds: Kinds
    default: str = ""

    def build(self, value: Any) -> Any:
        """The kind that a value of a document describes.

        Raises:
            ValidationError: with the places inside of the value.
        """
        if isinstance(value, BaseModel):
            return value
        data = {KEY: value} if isinstance(value, str) else value
        if not isinstance(data, dict):
            raise PydanticCustomError("dict_type", "a mapping with a 'kind'")
        name = data.get(KEY, self.default)
        if not name or not isinstance(name, str):
            known = ", ".join(self.kinds.names())
            raise PydanticCustomError(EXPLAINED, "{text}", {"text": f"'{KEY}' is missing, known kinds are {known}"})
        try:
            kind = self.kinds.get(name)
        except Invalid as error:
            raise explained(KEY, [((KEY,) if KEY in data else (), error.message)]) from None
        return built(kind, {key: item for key, item in data.items() if key != KEY})

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        serial = core_schema.plain_serializer_function_ser_schema(_serial)
        return core_schema.no_info_plain_validator_function(self.build, serialization=serial)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "object", "kinds": self.kinds.package.rpartition(".")[2]}


def built(kind: type[BaseModel], data: Any) -> Any:
    """The model with these fields; what is wrong is said in whole sentences, at its place inside.

    Raises:
        ValidationError: it does not fit.
    """
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        lines: list[InitErrorDetails] = []
        for item in error.errors(include_url=False):
            path = tuple(item["loc"])
            text = sentence(item, path, kind)
            where = path[:-1] if item["type"] == "missing" else path
            lines.append(_line(where, text, item.get("input")))
        raise ValidationError.from_exception_data(kind.__name__, lines) from None


def explained(title: str, faults: Iterable[tuple[tuple[str | int, ...], str]]) -> ValidationError:
    """An error that tells whole sentences, each at its place."""
    return ValidationError.from_exception_data(title, [_line(path, text, None) for path, text in faults])


def _serial(value: Any) -> Any:
    return {KEY: type(value).__name__, **value.model_dump(by_alias=True)} if isinstance(value, BaseModel) else value


def _line(path: tuple[str | int, ...], text: str, found: Any) -> InitErrorDetails:
    return InitErrorDetails(type=PydanticCustomError(EXPLAINED, "{text}", {"text": text}), loc=path, input=found)
