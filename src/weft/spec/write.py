"""Nouns as YAML text in the standards' form, for drafts. Block style, quoted where plain text would be misread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from pydantic.alias_generators import to_camel

from weft.spec.text import resolve_plain
from weft.spec.weft_kinds import KINDS, VERSION

if TYPE_CHECKING:
    from weft.model import Contract, DataProduct, Noun, Property, Rule, Table

ODCS = "v3.1.0"
ODPS = "v1.0.0"
_EMPTY: tuple[Any, ...] = ("", [], {})


def write_contract(contract: Contract) -> str:
    """A contract as ODCS 3.1.0; enumerations, which 3.2 brought, make it 3.2.0."""
    tables = [_table(table) for table in contract.tables]
    newer = any(_has_later(table) for table in contract.tables)
    approvers = [{"role": r.role, "access": r.access, "firstLevelApprovers": r.approvers} for r in contract.roles]
    price = contract.price
    text = _bare(
        {
            "apiVersion": "v3.2.0" if newer else ODCS,
            "kind": "DataContract",
            "id": contract.id,
            "name": contract.name,
            "version": contract.version,
            "status": contract.status,
            "domain": contract.domain,
            "description": _described(contract),
            "schema": tables,
            "slaProperties": [
                {"property": s.property, "value": _Kept(s.value), "unit": s.unit, "element": s.element}
                for s in contract.sla
            ],
            "roles": approvers,
            "team": {"members": _members(contract)},
            "price": price and {"priceAmount": price.amount, "priceCurrency": price.currency, "priceUnit": price.unit},
            "tags": contract.tags,
            "customProperties": _customs(contract.custom),
        }
    )
    return dump(text)


def write_product(product: DataProduct) -> str:
    """A product as Bitol ODPS 1.0.0."""
    text = _bare(
        {
            "apiVersion": ODPS,
            "kind": "DataProduct",
            "id": product.id,
            "name": product.title,
            "version": product.version,
            "status": product.status,
            "domain": product.domain,
            "description": _described(product),
            "inputPorts": [{"name": p.name, "version": p.version, "contractId": p.contract_id} for p in product.inputs],
            "outputPorts": [
                {
                    "name": p.name,
                    "description": p.description,
                    "type": p.type,
                    "version": p.version,
                    "contractId": p.contract_id,
                }
                for p in product.outputs
            ],
            "team": {"members": _members(product)},
            "tags": product.tags,
            "customProperties": _customs(product.custom),
        }
    )
    return dump(text)


def write_weft(noun: Noun) -> str:
    """One of weft's own documents; the domain of a Source, Policy or Grant is said by its folder.

    Raises:
        KeyError: the noun is no document of weft's own.
    """
    kind = {model: name for name, model in KINDS.items()}[type(noun)]
    fields = noun.model_dump(exclude={"position"}, exclude_defaults=True)
    if kind == "Connector":
        return dump({"apiVersion": VERSION, "kind": kind, **fields["manifest"]})
    if kind in ("Source", "Policy", "Grant"):
        fields.pop("domain", None)
    parameters = fields.pop("parameters", {}) if kind == "Policy" else {}
    return dump({"apiVersion": VERSION, "kind": kind, **_camel(fields, noun), **parameters})


def dump(value: dict[str, Any]) -> str:
    """YAML text of a mapping of JSON values, in its order; `parse` reads the same value back."""
    return "\n".join(_lines(_json(value), 0)) + "\n"


def rule_fields(rule: Rule) -> dict[str, Any]:
    """A rule as an entry of ODCS `quality`."""
    fields: dict[str, Any] = _bare(_rule(rule))
    return fields


def flow(value: Any) -> str:
    """A value on one line: `{metric: nullValues, mustBe: 0}`."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_inline(str(k))}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return _inline(value)


def _inline(value: Any) -> str:
    text = _scalar(value)
    # Between brackets, commas and brackets end a plain text.
    plain = isinstance(value, str) and not text.startswith(("'", '"')) and any(c in text for c in ",[]{}")
    return _quoted(value) if plain else text


def _described(noun: Contract | DataProduct) -> dict[str, str]:
    return {"purpose": noun.purpose, "limitations": noun.limitations, "usage": noun.usage}


def _members(noun: Contract | DataProduct) -> list[dict[str, str]]:
    return [{"username": m.username, "name": m.name, "role": m.role} for m in noun.team]


def _customs(custom: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"property": key, "value": _Kept(value)} for key, value in custom.items()]


def _table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "logicalType": "object",
        "physicalType": "table",
        "businessName": table.business_name,
        "description": table.description,
        "tags": table.tags,
        "properties": [_property(p) for p in table.properties],
        "quality": [_rule(r) for r in table.quality],
        "customProperties": _customs(table.custom),
    }


def _property(column: Property, *, named: bool = True) -> dict[str, Any]:
    inner = _property(column.items, named=False) if column.items else None
    key = {"key": {"logicalType": "string"}, "value": inner} if inner and column.type == "map" else None
    return {
        "name": column.name if named else "",
        "businessName": column.business_name,
        "description": column.description,
        "logicalType": column.type,
        "physicalName": column.physical_name,
        "physicalType": column.physical_type,
        "logicalTypeOptions": _free(column.options),
        "primaryKey": column.key > 0 or None,
        "primaryKeyPosition": column.key or None,
        "required": column.required or None,
        "unique": column.unique or None,
        "classification": column.classification,
        "tags": column.tags,
        "examples": list(column.examples),
        "enum": [{"value": _Kept(value)} for value in column.enum],
        "items": inner if column.type != "map" else None,
        "map": key,
        "properties": [_property(p) for p in column.properties],
        "quality": [_rule(r) for r in column.quality],
        "customProperties": _customs(column.custom),
    }


def _free(mapping: dict[str, Any]) -> _Kept | None:
    return _Kept(mapping) if mapping else None


def _rule(rule: Rule) -> dict[str, Any]:
    derived = f"{rule.column}.{rule.metric}" if rule.column else rule.metric
    custom: dict[str, Any] = {}
    operator = {rule.operator: rule.threshold} if rule.operator else {}
    if rule.type == "custom":
        ours = {"engine": "weft", "implementation": _Kept({"kind": rule.metric, **rule.arguments, **operator})}
        operator = {}
        custom = ours if rule.metric else rule.arguments
    return {
        "name": rule.name if rule.name != derived else "",
        "type": rule.type if rule.type != "library" else "",
        "metric": rule.metric if rule.type == "library" else "",
        "arguments": _free(rule.arguments) if rule.type == "library" else None,
        "query": rule.query,
        **operator,
        "unit": "percent" if rule.unit == "percent" else "",
        "severity": rule.severity,
        "dimension": rule.dimension,
        "schedule": rule.schedule,
        "scheduler": rule.scheduler,
        "description": rule.description,
        **custom,
    }


def _has_later(table: Table) -> bool:
    def later(column: Property) -> bool:
        inner = (*column.properties, *((column.items,) if column.items else ()))
        return bool(column.enum) or column.type in ("map", "vector") or any(map(later, inner))

    return any(map(later, table.properties))


def _camel(value: Any, noun: Any) -> Any:
    """Field names as documents spell them, down into nouns but not into free mappings."""
    if not hasattr(noun, "model_fields_set"):
        return value
    fields: dict[str, Any] = {}
    for key, item in value.items():
        inner = getattr(noun, key)
        if isinstance(inner, tuple) and inner and isinstance(item, tuple | list):
            fields[to_camel(key)] = [_camel(part, own) for part, own in zip(item, inner, strict=True)]
        else:
            fields[to_camel(key)] = _camel(item, inner)
    return fields


class _Kept(Struct, frozen=True):
    """A value of the author's own: written as it is, empty parts included."""

    value: Any


def _bare(value: Any) -> Any:
    """Without keys that say nothing. A threshold may be zero: that says something."""
    if isinstance(value, _Kept):
        return value.value
    if isinstance(value, dict):
        small = {key: (_bare(item), isinstance(item, _Kept)) for key, item in value.items() if key != "-"}
        return {k: item for k, (item, kept) in small.items() if kept or (item is not None and item not in _EMPTY)}
    if isinstance(value, list | tuple):
        return [_bare(item) for item in value]
    return value


def _json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _json(item) for key, item in value.items()}
    return [_json(item) for item in value] if isinstance(value, list | tuple) else value


def _lines(value: dict[str, Any], indent: int) -> list[str]:
    lines: list[str] = []
    for key, item in value.items():
        lines += _entry(f"{' ' * indent}{_scalar(str(key))}:", item, indent)
    return lines


def _entry(head: str, item: Any, indent: int) -> list[str]:
    if isinstance(item, dict) and item:
        return [head, *_lines(item, indent + 2)]
    if isinstance(item, list) and item:
        return [head, *(line for part in item for line in _item(part, indent + 2))]
    if isinstance(item, str) and _blocky(item):
        body = [f"{' ' * (indent + 2)}{line}".rstrip() for line in item.removesuffix("\n").split("\n")]
        return [f"{head} {'|' if item.endswith(chr(10)) else '|-'}", *body]
    return [f"{head} {_scalar(item)}"]


def _item(value: Any, indent: int) -> list[str]:
    dash = f"{' ' * indent}- "
    if isinstance(value, dict) and value:
        first, *rest = _lines(value, indent + 2)
        return [dash + first.lstrip(), *rest]
    if isinstance(value, list) and value:
        first, *rest = [line for part in value for line in _item(part, indent + 2)]
        return [dash + first.lstrip(), *rest]
    return [dash + _scalar(value)]


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, int):
        return repr(value)
    if isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    text = str(value)
    return text if _plain(text) else _quoted(text)


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_SPECIAL = set("!&*|>'\"%@`{}[],#?:-~ ")
# Words that readers of YAML 1.1 take for booleans.
_NORWAY = frozenset(("yes", "no", "on", "off", "y", "n", "true", "false", "null"))


def _plain(text: str) -> bool:
    if not text or text[0] in _SPECIAL or text[-1] in " :" or not text.isprintable():
        return False
    if text.lower() in _NORWAY or not isinstance(resolve_plain(text), str) or text[0] in "0123456789+.=<":
        return False
    return ": " not in text and " #" not in text


def _float(value: float) -> str:
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        return text.replace("inf", ".inf").replace("nan", ".nan")
    # Readers of YAML 1.1 want a point before the exponent.
    return text if "." in text else text.replace("e", ".0e")


def _blocky(text: str) -> bool:
    """Whether several lines can stand as a literal block and be read back the same."""
    lines = text.removesuffix("\n").split("\n")
    good = all(line == line.rstrip() and line.isprintable() for line in lines)
    return len(lines) > 1 and good and bool(lines[0]) and lines[0][0] != " " and bool(lines[-1])


def _quoted(text: str) -> str:
    if text.isprintable() and "'" not in text:
        return f"'{text}'"
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else f"\\U{ord(character):08x}"
