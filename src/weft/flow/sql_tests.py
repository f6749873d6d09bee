"""Run the tests that owners write of their SQL: given rows through the real way of a batch, compared with the expected.

Nothing of a mesh's state is read or written: the documents are enough.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from weft import contracts, quality
from weft.errors import Invalid, WeftError
from weft.model import HIDDEN, ArrowScan, Dialect, Governed, QueryScan, Relation, Shape, Stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from weft.model import Declared, Placed, Position, RowCheck, Scan, Written
    from weft.model.sql_test import Case, SqlTest
    from weft.seams import Engine

STAMP = Stamp(run="test", sequence=1, at="2000-01-01T00:00:00Z")
_TYPED = (".json", ".jsonl", ".ndjson", ".parquet", ".avro", ".orc")
_DIALECT = ("decimal", "thousands", "timezone", "nulls")
_SHOWN = 20


class Bench(NamedTuple):
    """What running needs."""

    engine: Engine
    folder: Path
    """For files that are made on the way; empty."""


class Outcome(Struct, frozen=True):
    """How one test went."""

    table: str
    name: str
    position: Position | None
    error: str = ""
    """Why it could not run."""
    columns: tuple[str, ...] = ()
    missing: tuple[tuple[Any, ...], ...] = ()
    """Expected rows that did not come, at most 20."""
    surplus: tuple[tuple[Any, ...], ...] = ()
    """Rows that came and were not expected, at most 20."""
    quarantined: str = ""
    """What is wrong with the number of rows that broke the contract."""

    @property
    def passed(self) -> bool:
        """Whether everything came as expected."""
        return not (self.error or self.missing or self.surplus or self.quarantined)


def run_tests(bench: Bench, known: Declared, tests: Iterable[SqlTest]) -> Iterator[Outcome]:
    """The outcome of each test, in their order."""
    number = 0
    for one in tests:
        for case in one.tests:
            number += 1
            place = Bench(bench.engine, bench.folder / str(number))
            try:
                yield _run(place, known, known.table(one.table), case)
            except WeftError as error:
                yield Outcome(one.table, case.name, case.position, error=error.message)


def _run(bench: Bench, known: Declared, placed: Placed, case: Case) -> Outcome:
    if not placed.shape.sql:
        raise Invalid(f"{placed.name} is made by no SQL that could be tested")
    columns = _compared(placed, case)
    scan = (
        _derived(bench, known, placed, case) if placed.shape.kind == "derived" else _stream(bench, known, placed, case)
    )
    written = _split(bench, placed, scan, "made", quality.row_checks(placed.table, {}))
    found = _rows(bench, placed, written, columns)
    wanted = _rows(bench, placed, _given(bench, placed, case.expect, "expected"), columns)
    missing, surplus = _minus(wanted, found), _minus(found, wanted)
    return Outcome(
        table=str(placed.name),
        name=case.name,
        position=case.position,
        columns=columns,
        missing=tuple(missing[:_SHOWN]),
        surplus=tuple(surplus[:_SHOWN]),
        quarantined=_bad(written, case),
    )


def _bad(written: Written, case: Case) -> str:
    if written.rows_bad == case.quarantined:
        return ""
    why = ", ".join(f"{rule} {rows}" for rule, rows in sorted(written.by_reason.items()))
    return f"rows that break the contract: expected {case.quarantined}, found {written.rows_bad}" + (
        f" ({why})" if why else ""
    )


def _compared(placed: Placed, case: Case) -> tuple[str, ...]:
    """The columns that expected rows name; all where none is expected."""
    names = [prop.name for prop in placed.table.properties]
    said = dict.fromkeys(key for row in case.expect for key in row)
    _known(said, names, f"expected rows name, which {placed.name} does not have")
    return tuple(name for name in names if name in said) or tuple(names)


def _known(said: Iterable[str], names: Sequence[str], text: str) -> None:
    unknown = next((name for name in said if name not in names), None)
    if unknown is not None:
        raise Invalid(f"'{unknown}' is a column that {text}: it has {', '.join(names)}")


def _derived(bench: Bench, known: Declared, placed: Placed, case: Case) -> QueryScan:
    """The SQL over the given rows, each table typed by its contract."""
    read = bench.engine.inspect(placed.shape.sql).tables
    inputs = {name: known.table(name) for name in read}
    given = {str(known.table(name).name): rows for name, rows in case.given.items()}
    unread = next((n for n in given if n not in {str(there.name) for there in inputs.values()}), None)
    if unread is not None:
        raise Invalid(f"the SQL of {placed.name} does not read '{unread}', it reads {', '.join(inputs)}")
    governed = []
    for number, (name, there) in enumerate(inputs.items()):
        written = _given(bench, there, given.get(str(there.name), ()), f"given{number}")
        columns = contracts.columns(there.table)
        governed.append(Governed(name=name, relation=_relation(there, written), columns=columns))
    return QueryScan(sql=placed.shape.sql, governed=tuple(governed))


def _stream(bench: Bench, known: Declared, placed: Placed, case: Case) -> ArrowScan:
    """The given rows as the stream would give them: text from files of text, else as they are written.

    A column that the SQL names and no given row has is there without values.
    """
    unread = next((name for name in case.given if name != placed.shape.stream), None)
    if unread is not None:
        raise Invalid(f"the SQL of {placed.name} does not read '{unread}', it reads {placed.shape.stream}")
    source = known.sources.get(placed.source)
    settings = {**source.config, **source.streams.get(placed.stream, {})} if source else {}
    files = source is not None and source.connector == "files"
    plain = files and not str(settings.get("path", "")).lower().endswith(_TYPED)
    rows = case.given.get(placed.shape.stream, ())
    said = {key: value for key, value in settings.items() if key in _DIALECT} if plain else {}
    dialect = Dialect.model_validate({k: tuple(v) if isinstance(v, list) else v for k, v in said.items()})
    there = {key.lower() for row in rows for key in row}
    named = [name for name in bench.engine.inspect(placed.shape.sql).columns or () if name.lower() not in there]
    return ArrowScan(reader=_arrow(rows, named, text=plain), dialect=dialect, plain=plain)


def _given(bench: Bench, placed: Placed, rows: Sequence[dict[str, Any]], what: str) -> Written:
    """Rows that a test states of a table, cast by its contract; what else the contract asks of them does not matter."""
    names = [prop.name for prop in placed.table.properties]
    _known({key for row in rows for key in row}, names, f"rows of {placed.name} name, which it does not have")
    loose = {
        "required": False,
        "unique": False,
        "key": 0,
        "options": {},
        "enum": (),
        "physical_name": "",
        "quality": (),
    }
    props = tuple(prop.model_copy(update=loose) for prop in placed.table.properties)
    table = placed.table.model_copy(update={"properties": props, "quality": (), "custom": {}})
    plain = placed.model_copy(update={"table": table, "shape": Shape(kind="columns")})
    nested = {prop.name for prop in props if prop.type in ("object", "array", "map", "vector")}
    scan = ArrowScan(reader=_arrow(rows, names, text=True, besides=nested))
    written = _split(bench, plain, scan, what, ())
    if written.rows_bad:
        why = ", ".join(sorted(written.by_reason))
        raise Invalid(f"the {what.rstrip('0123456789')} rows of {placed.name} are not of its types: {why}")
    return written


def _arrow(rows: Sequence[dict[str, Any]], names: Sequence[str], *, text: bool, besides: Iterable[str] = ()) -> Any:
    """Rows as an Arrow stream; scalars as text, where asked."""
    import pyarrow as pa

    kept = set(besides)
    columns = list(dict.fromkeys((*names, *(key for row in rows for key in row))))
    arrays = {}
    for name in columns:
        values = [row.get(name) for row in rows]
        as_text = text and name not in kept and not any(isinstance(v, dict | list) for v in values)
        arrays[name] = pa.array([_text(v) for v in values], pa.string()) if as_text else pa.array(values)
    return pa.table(arrays).to_reader()


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def _split(bench: Bench, placed: Placed, scan: Scan, what: str, checks: tuple[RowCheck, ...]) -> Written:
    good, bad = bench.folder / what / "good", bench.folder / what / "bad"
    for folder in (good, bad):
        folder.mkdir(parents=True)
    split = contracts.compile(placed, bench.engine.describe(scan), scan, checks)
    return bench.engine.split(scan, split, STAMP, str(good), str(bad))


def _relation(placed: Placed, written: Written) -> Relation:
    columns = contracts.columns(placed.table)
    return Relation(files=tuple(file.path for file in written.good), columns=columns, rows=written.rows_good)


def _rows(bench: Bench, placed: Placed, written: Written, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    listed = ", ".join('"' + name.replace('"', '""') + '"' for name in columns if not name.startswith(HIDDEN))
    found = bench.engine.query(f'SELECT {listed} FROM "rows"', {"rows": _relation(placed, written)})
    return [tuple(row[name] for name in columns) for row in found.to_pylist()]


def _minus(rows: list[tuple[Any, ...]], others: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows of which the others have fewer, in their order."""
    left = Counter(map(_mark, others))
    found = []
    for row in rows:
        mark = _mark(row)
        if left[mark]:
            left[mark] -= 1
        else:
            found.append(row)
    return found


def _mark(row: tuple[Any, ...]) -> str:
    return json.dumps(row, default=str)
