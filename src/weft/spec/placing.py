"""Tables with everything around them: what feeds each, in dependency order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.model import Placed, Shape, TableName
from weft.spec.gather import nearest
from weft.spec.order import ordered
from weft.spec.ports import STREAM, check_stream, major, offered

if TYPE_CHECKING:
    from weft.model import Contract, DataProduct, Document, Position, Table
    from weft.spec.gather import Gathered, Where
    from weft.spec.reading import Reading
    from weft.spec.sql import Named

    Rows = dict[str, tuple[Placed, ...]]

_LIVE = ("active", "deprecated")


def place(found: Gathered) -> tuple[Placed, ...]:
    """All tables of all offered majors, what a table reads before it; complains of what does not fit."""
    bare = _bare(found)
    index: Rows = {}
    for placed in bare:
        key = str(placed.name).lower()
        index[key] = (*index.get(key, ()), placed)
    used: set[str] = set()
    whole = [p.model_copy(update={"shape": _shape(found, p, index, used)}) for p in bare]
    _unused(found, used)
    return ordered(found, whole)


def _bare(found: Gathered) -> list[Placed]:
    tables: dict[tuple[str, int], Placed] = {}
    for product in found.products.values():
        for contract in offered(found, product):
            for table in contract.tables:
                _put(found, tables, _placed(product, contract, table))
    return list(tables.values())


def _placed(product: DataProduct, contract: Contract, table: Table) -> Placed:
    name = TableName(domain=product.domain, product=product.name, table=table.name, major=contract.major)
    return Placed(name=name, table=table, contract=contract, product=product, shape=Shape(kind="none"))


def _put(found: Gathered, tables: dict[tuple[str, int], Placed], placed: Placed) -> None:
    key = str(placed.name).lower(), placed.name.major
    known = tables.setdefault(key, placed)
    if known is not placed:
        first = known.table.position
        found.complain(
            placed.table.position,
            f"a second table '{placed.name}' in version {placed.name.major}, the first is in "
            f"{first.file if first else '?'}; names of tables are unique in a product",
        )


def _shape(found: Gathered, placed: Placed, index: Rows, used: set[str]) -> Shape:
    written, seed = _written(found, placed), _seed(found, placed)
    if seed is not None:
        used.add(seed.path)
        return _from_seed(found, placed, seed, written)
    if written is None:
        return _columns(found, placed)
    document, reading = written
    used.add(document.path)
    said = reading.statement
    if said is None:
        return Shape(kind="none", path=document.path)
    if said.kind == "shape":
        return _from_stream(found, placed, document, reading)
    if said.kind == "derived":
        return _derived(found, placed, document, reading, index)
    where = _in_text(document, said.named[0]) if said.named else _start(document)
    allowed = "allowed are one stream (source.stream), or tables (domain.product.table)"
    if not said.named:
        found.complain(where, f"the SQL names no stream and no table, {allowed}")
    elif {len(named.parts) for named in said.named} == {2, 3}:
        found.complain(where, f"the SQL mixes streams and tables ({_list(said.named)}), {allowed}")
    else:
        odd = next(named for named in said.named if len(named.parts) not in (2, 3))
        found.complain(_in_text(document, odd), f"'{odd}' names nothing known, {allowed}")
    return Shape(kind="none", sql=reading.text, path=document.path)


def _written(found: Gathered, placed: Placed) -> tuple[Document, Reading] | None:
    """The SQL of a table: `deals@1.sql` is that of an older major alone, `deals.sql` of all others."""
    product = f"{placed.name.domain}.{placed.name.product}"
    own = found.statements.get((product, f"{placed.name.table}@{placed.name.major}"))
    return own or found.statements.get((product, placed.name.table))


def _seed(found: Gathered, placed: Placed) -> Document | None:
    return found.seeds.get((f"{placed.name.domain}.{placed.name.product}", placed.name.table))


def _from_seed(found: Gathered, placed: Placed, seed: Document, written: tuple[Document, Reading] | None) -> Shape:
    if written or placed.table.stream:
        other = written[0].path.rpartition("/")[2] if written else f"the stream '{placed.table.stream}'"
        found.complain(_start(seed), f"the table '{placed.name.table}' is fed by {other} too, allowed is one of them")
    return Shape(kind="seed", path=seed.path, digest=seed.digest)


def _columns(found: Gathered, placed: Placed) -> Shape:
    stream = placed.table.stream
    where = placed.table.position
    if not stream:
        if placed.contract.status in _LIVE:
            table = placed.name.table
            found.complain(
                where,
                f"nothing feeds the table '{table}': "
                f"name its stream (weft.stream), or write {table}.sql or {table}.csv",
                warning=True,
            )
        return Shape(kind="none")
    if check_stream(found, placed.name.domain, stream, where):
        _port(found, placed, STREAM + stream, f"the stream '{stream}'", where)
    return Shape(kind="columns", stream=stream)


def _from_stream(found: Gathered, placed: Placed, document: Document, reading: Reading) -> Shape:
    named = reading.statement.named if reading.statement else ()
    stream, where = str(named[0]), _in_text(document, named[0])
    if len(named) > 1:
        found.complain(
            _in_text(document, named[1]),
            f"the SQL reads {len(named)} streams ({_list(named)}), allowed is one; join tables in a derived product",
        )
    elif placed.table.stream and placed.table.stream != stream:
        found.complain(where, f"the SQL reads '{stream}', but weft.stream of the table is '{placed.table.stream}'")
    elif check_stream(found, placed.name.domain, stream, where):
        _port(found, placed, STREAM + stream, f"the stream '{stream}'", where)
    return Shape(kind="shape", sql=reading.text, path=document.path, stream=stream)


def _derived(found: Gathered, placed: Placed, document: Document, reading: Reading, index: Rows) -> Shape:
    if placed.table.stream:
        found.complain(
            _start(document), f"the SQL reads tables, but weft.stream of the table is '{placed.table.stream}'"
        )
    inputs = []
    for named in reading.statement.named if reading.statement else ():
        read = _table(found, named, document, index)
        if read is not None:
            inputs.append(read.name)
            _table_port(found, placed, read, _in_text(document, named))
    return Shape(kind="derived", sql=reading.text, path=document.path, inputs=tuple(dict.fromkeys(inputs)))


def _table(found: Gathered, named: Named, document: Document, index: Rows) -> Placed | None:
    text, _, version = str(named).partition("@")
    there = index.get(text.lower(), ())
    if version:
        there = tuple(p for p in there if str(p.name.major) == version)
    if there:
        return max(there, key=lambda p: (p.contract.status in _LIVE, p.name.major))
    known = {str(p.name) for rows in index.values() for p in rows}
    what = f"no product offers a table '{named}'"
    found.unknown(("DataContract", "DataProduct"), _in_text(document, named), what, known)
    return None


def _table_port(found: Gathered, placed: Placed, read: Placed, where: Position) -> None:
    if (read.name.domain, read.name.product) == (placed.name.domain, placed.name.product):
        return
    ports = [port for port in placed.product.inputs if port.contract_id == read.contract.id]
    if not ports:
        _port(found, placed, read.contract.id, f"the contract '{read.contract.id}' of the table '{read.name}'", where)
    elif read.name.major not in {major(port.version) for port in ports}:
        words = ", ".join(port.version for port in ports)
        found.complain(
            where,
            f"the SQL reads version {read.contract.version} of '{read.name}', its input port names {words}; "
            f'write the port\'s version anew, or read "{read.name.table}@{major(ports[0].version)}"',
        )


def _port(found: Gathered, placed: Placed, wanted: str, what: str, where: Where) -> None:
    named = [port.contract_id for port in placed.product.inputs]
    if wanted not in named:
        ports = nearest(wanted, named)
        found.complain(where, f"no input port of '{placed.product}' names {what} (contractId: {wanted}); {ports}")


def _unused(found: Gathered, used: set[str]) -> None:
    written = {key: document for key, (document, _) in found.statements.items()}
    for (product, stem), document in (*written.items(), *found.seeds.items()):
        if document.path in used or {"DataContract", "DataProduct"} & found.broken:
            continue
        tables = sorted(
            {t.name for c in found.contracts.values() if f"{c.domain}.{c.product}" == product for t in c.tables}
        )
        table = stem.partition("@")[0]
        if table in tables and "@" not in stem:
            continue  # its contract is retired or not offered, which is said there
        found.complain(_start(document), f"no contract beside it has a table '{stem}'; {nearest(stem, tables)}")


def _in_text(document: Document, named: Named) -> Position:
    from weft.model import Position

    return Position(file=document.path, line=named.line, column=named.column)


def _start(document: Document) -> Position:
    from weft.model import Position

    return Position(file=document.path)


def _list(named: tuple[Named, ...]) -> str:
    return ", ".join(str(n) for n in named)
