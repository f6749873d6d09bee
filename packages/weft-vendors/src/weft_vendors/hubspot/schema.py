"""What a portal's object types and properties are now; people add to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft_vendors.core import Refused
from weft_vendors.hubspot.catalogue import CUSTOM_SCOPES, TYPES, Type, definition
from weft_vendors.hubspot.wire import error, iso

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

MADE = Type("machines", "2-3465404", CUSTOM_SCOPES, "*serial *model installed_on:date hours:number", "machine")
"""The object that this portal's people made themselves."""


class Schema:
    """Types and properties by name."""

    number = 1234567
    """Of the portal."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.types: dict[str, Type] = {}
        self.properties: dict[str, dict[str, dict[str, Any]]] = {}
        for kind in (*TYPES, MADE):
            self.add(kind)

    def add(self, kind: Type) -> None:
        """One more object type."""
        self.types[kind.name] = kind
        self.properties[kind.name] = kind.definitions()

    def add_property(self, object_: str, name: str, kind: str = "string", field: str = "", **more: Any) -> None:
        """One more custom property, as people make them between two runs."""
        told = definition(name, kind, field) | {"hubspotDefined": False, "createdAt": iso(self._now())}
        self.properties[object_][name] = told | more

    def full(self, name: str) -> str:
        """The full name of a custom object."""
        return f"p{self.number}_{name}"

    def type(self, word: str) -> Type:
        """The type that a path names: by name, id, full or short custom name."""
        for kind in self.types.values():
            custom = (self.full(kind.name), f"p_{kind.name}") if kind.id.startswith("2-") else ()
            if word in (kind.name, kind.singular, kind.id, *custom):
                return kind
        raise Refused(400, error(f"Unable to infer object type from: {word}", "VALIDATION_ERROR"))
