"""JSON Schema (draft 2019-09, the keywords that ODCS uses) compiled to functions.

The reference validator needs 2 to 10 ms for each kilobyte of a contract, which is too slow for a mesh of hundreds; this
one is tested to judge the same. It collects faults: where, what was found, what was allowed. `format` is an annotation,
as the draft has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.spec import combine
from weft.spec.checks import KEYWORDS, Check, Fault, Seen, nothing, together, unevaluated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_COMBINE: dict[str, Callable[[Any, Mapping[str, Any], combine.Make], Check]] = {
    "items": combine.items,
    "properties": combine.properties,
    "additionalProperties": combine.additional,
    "allOf": combine.all_,
    "anyOf": combine.any_,
    "oneOf": combine.one,
    "not": combine.not_,
    "if": combine.if_,
}
_PASSED = frozenset(
    (
        "$schema", "$defs", "$id", "$comment", "title", "description", "default", "examples", "deprecated", "format",
        "then", "unevaluatedProperties",  # looked at with `if`, and last of all
    )
)  # fmt: skip


class Rules:
    """A compiled schema.

    Args:
        schema: the JSON Schema; references are of the form `#/$defs/Name`.

    Raises:
        NotImplementedError: for a keyword that this compiler does not know, so that none is passed over.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._compiled: dict[str, Check] = {}
        self._root = self._compile(schema)

    def faults(self, value: Any) -> list[Fault]:
        """All faults of a value, in the order of the schema; empty when it fits."""
        seen = Seen()
        self._root(value, seen)
        return seen.faults

    def _compile(self, schema: Any) -> Check:
        if schema is True:
            return nothing
        if schema is False:
            return lambda value, seen: seen.add("unknown", value)
        checks = [made for keyword, given in schema.items() if (made := self._make(keyword, given, schema))]
        if schema.get("unevaluatedProperties") is False:
            checks.append(unevaluated(tuple(dict.fromkeys(self._known(schema)))))
        if len(checks) < 2:  # noqa: PLR2004 - nothing to combine
            return checks[0] if checks else nothing
        return together(checks)

    def _make(self, keyword: str, given: Any, schema: Mapping[str, Any]) -> Check | None:
        if keyword == "$ref":
            return self._ref(given)
        if keyword in _COMBINE:
            return _COMBINE[keyword](given, schema, self._compile)
        if keyword in KEYWORDS:
            return KEYWORDS[keyword](given)
        if keyword not in _PASSED:
            raise NotImplementedError(f"JSON Schema keyword {keyword!r}")
        return None

    def _ref(self, ref: str) -> Check:
        if ref not in self._compiled:
            # Recursive schemas meet themselves while they are compiled: look up at run time.
            self._compiled[ref] = nothing
            self._compiled[ref] = self._compile(self._target(ref))

        def run(value: Any, seen: Seen) -> None:
            self._compiled[ref](value, seen)

        return run

    def _target(self, ref: str) -> Any:
        target: Any = self._schema
        for step in ref.removeprefix("#/").split("/"):
            target = target[step]
        return target

    def _known(self, schema: Any) -> Iterator[str]:
        """Keys that some part of a schema names for the value itself; for suggestions."""
        if not isinstance(schema, dict):
            return
        yield from schema.get("properties", ())
        if "$ref" in schema:
            yield from self._known(self._target(schema["$ref"]))
        for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ()), schema.get("then")):
            yield from self._known(part)
