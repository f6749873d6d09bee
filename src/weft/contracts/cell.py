"""One value on its way from the source's type to the contract's."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from msgspec import Struct, field

from weft.contracts.column_types import Type, duck_type
from weft.contracts.formats import strptime
from weft.contracts.text import quoted
from weft.model import Dialect, Property


class Cell(Struct, frozen=True):
    """Where a value comes from and how it is called afterwards."""

    raw: str
    """SQL of the source's value."""
    value: str
    """SQL by which the doubt names the typed value."""
    type: Type
    """Type of the source's value."""


class Target(Struct, frozen=True):
    """What a value is to become."""

    prop: Property
    dialect: Dialect = field(default_factory=Dialect)
    plain: bool = False
    """The source is a file of text: NaN and infinity are no numbers there."""

    @property
    def duck(self) -> str:
        """DuckDB type."""
        return duck_type(self.prop)

    @property
    def formats(self) -> tuple[str, ...]:
        """Formats of strptime; none = ISO 8601."""
        return strptime(str(self.prop.options.get("format", "")))

    @property
    def zone(self) -> str:
        """Zone of what names none: the contract's, else the source's."""
        return str(self.prop.options.get("defaultTimezone") or self.dialect.timezone or "UTC")


class Cast(NamedTuple):
    """How a value is cast. It is bad when it was not NULL and `value` is, or when `doubt` holds."""

    value: str
    doubt: str = ""
    """SQL over raw and value; TRUE = the value is not exactly the one that was there; empty = never."""


Way: TypeAlias = Callable[[Cell, Target], Cast]


def impossible(_: Cell, target: Target) -> Cast:
    """No value of that family is one of the target's: every one that is there is bad."""
    return Cast(f"CAST(NULL AS {target.duck})")


def exactly(cell: Cell, _: Target) -> Cast:
    """The value as it is."""
    return Cast(cell.raw)


def instant(stamp: str, zone: str) -> str:
    """A timestamp without zone as an instant. Independent of the session's zone; ICU is slow, so UTC goes round it."""
    if zone.upper() in ("UTC", "ETC/UTC", "Z", "GMT"):
        return f"make_timestamptz(epoch_us({stamp}))"
    return f"timezone({quoted(zone)}, {stamp})"
