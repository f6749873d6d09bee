"""Open Data Contract Standard (Bitol): check a document, make the nouns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from weft.model import SLA, Contract, Position, Price, Problem, Property, Role, Table, TeamMember
from weft.spec import faults
from weft.spec.checks import Fault
from weft.spec.eras import VERSIONS, rules_of
from weft.spec.quality import rules
from weft.spec.text import Node, position

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from weft.model.contract import LogicalType

    At = Callable[..., Position]


def check(root: Node, file: str) -> tuple[Problem, ...]:
    """What the standard refuses in a document, by the version that it names.

    Args:
        root: the parsed document.
        file: its path, for positions.
    """
    version = root.value.get("apiVersion")
    if version not in VERSIONS:
        return faults.problems([_version_fault(version)], root, file)
    return faults.problems(rules_of(version).faults(root.value), root, file)


def contract(root: Node, file: str, *, domain: str = "", product: str = "") -> Contract:
    """The noun of a document that `check` found nothing in.

    Args:
        root: the parsed document.
        file: its path, for positions.
        domain: the domain whose folder it lies in; empty = what the document says.
        product: the product whose folder it lies in.
    """
    data: dict[str, Any] = root.value

    def at(*path: str | int) -> Position:
        return position(root, path, file)

    description = data.get("description", {})
    return Contract(
        id=data["id"],
        version=data["version"],
        api_version=data["apiVersion"],
        status=data.get("status", "draft"),
        name=data.get("name", ""),
        domain=domain or data.get("domain", ""),
        product=product,
        purpose=description.get("purpose", ""),
        usage=description.get("usage", ""),
        limitations=description.get("limitations", ""),
        tables=tuple(_table(item, ("schema", n), at) for n, item in enumerate(data.get("schema", ()))),
        sla=tuple(_sla(item) for item in data.get("slaProperties", ())),
        roles=tuple(_role(item) for item in data.get("roles", ())),
        team=team(data.get("team")),
        price=_price(data.get("price")),
        tags=tuple(data.get("tags", ())),
        custom=custom(data),
        position=at(),
    )


def custom(data: Mapping[str, Any]) -> dict[str, Any]:
    """The customProperties of an object by name."""
    return {item["property"]: item.get("value") for item in data.get("customProperties", ()) if "property" in item}


def team(data: Any) -> tuple[TeamMember, ...]:
    """Members of a team: of the object of today, or the list of ODCS 3.0."""
    members: Iterable[Mapping[str, Any]] = data.get("members", ()) if isinstance(data, dict) else data or ()
    return tuple(
        # Members had no name in ODCS 3.0, so anything may stand there.
        TeamMember(username=m["username"], role=m.get("role", ""), name=name if isinstance(name, str) else "")
        for m in members
        for name in (m.get("name"),)
        if m.get("username")
    )


def _table(data: Mapping[str, Any], path: tuple[str | int, ...], at: At) -> Table:
    properties = data.get("properties", ())
    keys = _keys(properties)
    taken: set[str] = set()
    return Table(
        name=data["name"],
        description=data.get("description", ""),
        business_name=data.get("businessName", ""),
        definitions=_definitions(data),
        properties=tuple(
            _property(item, (*path, "properties", n), at, taken).model_copy(update={"key": keys[n]})
            for n, item in enumerate(properties)
        ),
        quality=rules(data.get("quality", ()), None, taken, lambda *step: at(*path, "quality", *step)),
        tags=tuple(data.get("tags", ())),
        custom=custom(data),
        position=at(*path),
    )


def _keys(properties: Iterable[Mapping[str, Any]]) -> list[int]:
    """Positions in the primary key counted from 1 without gaps; 0 for columns outside of it."""
    items = list(properties)
    stated = [(p.get("primaryKeyPosition", -1), n) for n, p in enumerate(items) if p.get("primaryKey")]
    ordered = sorted(stated, key=lambda pair: (pair[0] if pair[0] > 0 else len(items) + 1, pair[1]))
    keys = [0] * len(items)
    for place, (_, n) in enumerate(ordered, start=1):
        keys[n] = place
    return keys


def _property(
    data: Mapping[str, Any], path: tuple[str | int, ...], at: At, taken: set[str], within: str = ""
) -> Property:
    """A column; `within` is the dotted path of the object that it is a field of, with a dot."""
    name = data.get("name", "item")
    inner, step = _inner(data)
    return Property(
        name=name,
        type=cast("LogicalType", data.get("logicalType") or _logical(data)),
        physical_name=data.get("physicalName", ""),
        physical_type=data.get("physicalType", ""),
        options=dict(data.get("logicalTypeOptions", {})),
        required=data.get("required", False),
        unique=data.get("unique", False),
        classification=data.get("classification", ""),
        tags=tuple(data.get("tags", ())),
        description=data.get("description", ""),
        business_name=data.get("businessName", ""),
        definitions=_definitions(data),
        examples=tuple(data.get("examples", ())),
        enum=_enum(data.get("enum")),
        items=_property(inner, (*path, *step), at, set()) if inner is not None else None,
        properties=tuple(
            _property(item, (*path, "properties", n), at, taken, f"{within}{name}.")
            for n, item in enumerate(_parts(data, "object") or ())
        ),
        quality=rules(data.get("quality", ()), f"{within}{name}", taken, lambda *step: at(*path, "quality", *step)),
        custom=custom(data),
        position=at(*path),
    )


def _definitions(data: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(d["url"]) for d in data.get("authoritativeDefinitions", ()) if "url" in d)


def _parts(data: Mapping[str, Any], logical: str) -> Any:
    """What a type is made of. Below a property of another type ODCS 3.0 lets anything stand: not read."""
    keys = {"object": "properties", "array": "items", "map": "map"}
    return data.get(keys[logical]) if data.get("logicalType", logical) == logical else None


def _inner(data: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
    items = _parts(data, "array")
    if items is not None:
        return items, ("items",)
    pair = _parts(data, "map")
    return (pair["value"], ("map", "value")) if isinstance(pair, dict) and "value" in pair else (None, ())


def _enum(items: Any) -> tuple[Any, ...]:
    given = items if isinstance(items, list) else ()
    return tuple(item["value"] for item in given if isinstance(item, dict) and "value" in item)


def _logical(data: Mapping[str, Any]) -> str:
    """The type of a property that states none: by its parts, else text."""
    if data.get("properties"):
        return "object"
    if data.get("items"):
        return "array"
    return "map" if data.get("map") else "string"


def _version_fault(version: Any) -> Fault:
    if version is None:
        return Fault((), "required", "apiVersion")
    return Fault(("apiVersion",), "enum", version, VERSIONS)


def _sla(data: Mapping[str, Any]) -> SLA:
    return SLA(
        property=data.get("property", ""),
        value=data.get("value"),
        unit=data.get("unit", ""),
        element=data.get("element", ""),
    )


def _role(data: Mapping[str, Any]) -> Role:
    approvers = [data.get(key) for key in ("firstLevelApprovers", "secondLevelApprovers")]
    return Role(
        role=data.get("role", ""), access=data.get("access", "read"), approvers=", ".join(a for a in approvers if a)
    )


def _price(data: Mapping[str, Any] | None) -> Price | None:
    if not data or "priceAmount" not in data:
        return None
    return Price(amount=data["priceAmount"], currency=data.get("priceCurrency", ""), unit=data.get("priceUnit", ""))
