"""What registries are given to keep."""

from __future__ import annotations

from typing import Any

from weft.model import Column, Document, Event, Publication, Relation, TableName

AT = "2026-01-05T08:00:00.000Z"


def document(path: str = "a.yaml", content: bytes = b"kind: Mesh\r\n\xff") -> Document:
    return Document(path=path, kind="Mesh", id="m", content=content)


def event(number: int | str, **changes: Any) -> Event:
    fields: dict[str, Any] = {
        "type": "run.started",
        "id": f"run.started:{number}",
        "at": AT,
        "actor": "ana@messy.example",
    }
    return Event(**fields | {"subject": "sales.pipeline", "data": {"n": number}} | changes)


def publication(version: int, table: str = "sales.pipeline.deals", *, held: bool = False) -> Publication:
    relation = Relation(
        files=("/t/a.parquet", "/t/b.parquet"),
        log=("/t/log.parquet",),
        key=("id",),
        order=("_weft_seq",),
        columns=(Column(name="id", type="BIGINT", nullable=False), Column(name="é", type="DECIMAL(38,9)")),
        rows=7,
    )
    return Publication(
        table=TableName.parse(table), version=version, log_version=3, relation=relation, at=AT, held=held
    )
