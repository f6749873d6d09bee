"""A table for rules."""

from __future__ import annotations

from datetime import UTC, datetime

from weft.model import (
    Contract,
    DataProduct,
    Placed,
    Property,
    Shape,
    Table,
    TableName,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
COLUMNS = {
    "id": "integer",
    "grp": "string",
    "num": "number",
    "at": "timestamp",
    "day": "date",
    "ok": "boolean",
    "address": "object",
}
INNER = (Property(name="city"),)


def placed(*rules, sla=(), unique=()):
    props = tuple(
        Property(name=n, type=t, unique=n in unique, properties=INNER if t == "object" else ())
        for n, t in COLUMNS.items()
    )
    return Placed(
        name=TableName.parse("sales.pipeline.deals"),
        table=Table(name="deals", properties=props, quality=rules),
        contract=Contract(id="c", sla=sla),
        product=DataProduct(id="p", name="pipeline"),
        shape=Shape(kind="columns", stream="crm.deals"),
    )
