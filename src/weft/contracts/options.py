"""What a contract allows besides the type: SQL conditions over typed values that hold when a value is bad."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from weft.contracts.bounds import bound, literal
from weft.contracts.column_types import decimal
from weft.contracts.nested import is_nested
from weft.contracts.patterns import re2
from weft.contracts.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.model import Property


class Failing(NamedTuple):
    """One way in which a value is bad."""

    rule: str
    """Name of the rule: `email.pattern`."""
    condition: str
    """SQL; TRUE = bad, FALSE or NULL = fine."""
    text: str
    """What is allowed."""


_FORMATS = {
    "uuid": r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}",
    "email": r"[^@\s]+@[^@\s]+",
    "ipv4": r"((25[0-5]|2[0-4]\d|1?\d?\d)[.]){3}(25[0-5]|2[0-4]\d|1?\d?\d)",
    "ipv6": r"[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(%.+)?",
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:\S*",
    "hostname": r"([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?[.]?)+",
}
_LIMITS = (
    ("minimum", "<", "at least"),
    ("maximum", ">", "at most"),
    ("exclusiveMinimum", "<=", "greater than"),
    ("exclusiveMaximum", ">=", "less than"),
)
_SIZES = (("minLength", "<", "at least"), ("maxLength", ">", "at most"))
_COUNTS = (("minItems", "<", "at least"), ("maxItems", ">", "at most"))
_KEYS = (("minProperties", "<", "at least"), ("maxProperties", ">", "at most"))


def failing(prop: Property, value: str, name: str, depth: int = 0) -> Iterator[Failing]:
    """The conditions of a property's options, and of those of its parts.

    Args:
        prop: the property.
        value: SQL of its typed value.
        name: its dotted path, the first part of the rules' names.
        depth: how many lists it lies in.

    Raises:
        Invalid: an option that cannot be read: a pattern, a bound.
    """
    if prop.type == "string":
        yield from _sizes(_SIZES, f"length({value})", prop, name)
        yield from _text(prop, value, name)
    elif prop.type in ("integer", "number", "date", "timestamp", "time"):
        yield from _limits(prop, value, name)
        yield from _number(prop, value, name)
    elif prop.type in ("array", "vector"):
        yield from _array(prop, value, name, depth)
    else:
        yield from _object(prop, value, name, depth)
    if prop.enum:
        allowed = [literal(prop, v["value"] if isinstance(v, dict) else v) for v in prop.enum]
        listed = ", ".join(str(v["value"] if isinstance(v, dict) else v) for v in prop.enum)
        yield Failing(f"{name}.enum", f"{value} NOT IN ({', '.join(allowed)})", f"one of {listed}")


def _sizes(names: tuple[tuple[str, str, str], ...], size: str, prop: Property, name: str) -> Iterator[Failing]:
    for option, operator, words in names:
        if option in prop.options:
            count = int(prop.options[option])
            unit = {"Length": "characters", "Items": "items", "Properties": "properties"}[option[3:]]
            yield Failing(f"{name}.{option}", f"{size} {operator} {count}", f"{words} {count} {unit}")


def _text(prop: Property, value: str, name: str) -> Iterator[Failing]:
    pattern = prop.options.get("pattern")
    if pattern is not None:
        # As in JSON Schema and ECMA-262, a pattern may match anywhere; ^ and $ bind it.
        found = f"regexp_matches({value}, {quoted(re2(str(pattern)))})"
        yield Failing(f"{name}.pattern", f"NOT {found}", f"text that matches {pattern}")
    known = _FORMATS.get(str(prop.options.get("format", "")).lower())
    if known:
        text = f"the format {prop.options['format']}"
        yield Failing(f"{name}.format", f"NOT regexp_full_match({value}, {quoted(known)})", text)


def _limits(prop: Property, value: str, name: str) -> Iterator[Failing]:
    for option, operator, words in _LIMITS:
        given = prop.options.get(option)
        if given is None or isinstance(given, bool):
            continue
        # OpenAPI's older way: `exclusiveMinimum: true` beside `minimum`.
        strict = option in ("minimum", "maximum") and prop.options.get(f"exclusive{option.capitalize()}") is True
        sign, told = (f"{operator}=", f"not {given}, {words}") if strict else (operator, words)
        yield Failing(f"{name}.{option}", f"{value} {sign} {bound(prop, given)}", f"{told} {given}")


def _number(prop: Property, value: str, name: str) -> Iterator[Failing]:
    if prop.type == "integer" and re.fullmatch(r"[iu](8|16|32|64|128)", str(prop.options.get("format", ""))):
        yield from _width(prop, value, name)
    step = prop.options.get("multipleOf")
    if step is None:
        return
    text = f"a multiple of {step}"
    if prop.type == "integer" and float(step).is_integer():
        yield Failing(f"{name}.multipleOf", f"{value} % {int(step)} <> 0", text)
    elif decimal(prop.physical_type):
        yield Failing(f"{name}.multipleOf", f"{value} % {bound(prop, step)} <> 0", text)
    else:
        # 0.3 / 0.1 is not 3 in binary: near enough counts.
        ratio = f"({value} / {float(step)!r})"
        yield Failing(f"{name}.multipleOf", f"abs({ratio} - round({ratio})) > 1e-9 * greatest(abs({ratio}), 1)", text)


def _width(prop: Property, value: str, name: str) -> Iterator[Failing]:
    kind = str(prop.options["format"])
    signed, bits = kind[0] == "i", int(kind[1:])
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    conditions = [f"{value} < {low}"] if low > -(2**63) else []
    conditions += [f"{value} > {high}"] if high < 2**63 - 1 else []
    if conditions:
        yield Failing(f"{name}.format", " OR ".join(conditions), f"{low} to {high}")


def _array(prop: Property, value: str, name: str, depth: int) -> Iterator[Failing]:
    kept = is_nested(prop)
    listed = value if kept else f"CAST({value} AS JSON[])"
    yield from _sizes(_COUNTS, f"len({listed})", prop, name)
    if prop.options.get("uniqueItems"):
        yield Failing(f"{name}.uniqueItems", f"len({listed}) <> len(list_distinct({listed}))", "items that differ")
    if kept and prop.items is not None:
        variable = f"_weft_y{depth}"
        for item in failing(prop.items, variable, f"{name}.items", depth + 1):
            yield item._replace(condition=f"len(list_filter({value}, lambda {variable}: {item.condition})) > 0")


def _object(prop: Property, value: str, name: str, depth: int) -> Iterator[Failing]:
    if prop.type in ("object", "map") and not prop.properties:
        yield from _sizes(_KEYS, f"len(json_keys({value}))", prop, name)
        for key in prop.options.get("required", ()):
            yield Failing(f"{name}.{key}.required", f"NOT list_contains(json_keys({value}), {quoted(key)})", "a value")
        return
    listed = prop.options.get("required", ())
    for part in prop.properties:
        inner = f"struct_extract({value}, {quoted(part.name)})"
        if part.required or part.name in listed:
            yield Failing(f"{name}.{part.name}.required", f"{value} IS NOT NULL AND {inner} IS NULL", "a value")
        yield from failing(part, inner, f"{name}.{part.name}", depth)
