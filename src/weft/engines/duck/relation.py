"""SQL of a relation: its files as they lie, or overlaid with the newest rows of its landing log.

The files are named one by one and their columns are declared, so nothing is read to bind the statement, a file that
is older than a column gives NULL, and a file that nobody named cannot slip in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.engines.duck.footers import complete
from weft.engines.duck.text import listed, literal, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.model import Column, Relation

_OPERATION = "_weft_op"
_SEQUENCE = "_weft_seq"
_WITHOUT = "ANTI JOIN {0} ON l.file_index = {0}._weft_i AND l.file_row_number = {0}._weft_r"
_WITHIN = "ANTI JOIN {0} ON l._weft_i = {0}._weft_i AND l._weft_r = {0}._weft_r"
_VIRTUAL = frozenset({"filename", "file_index", "file_row_number"})
_TYPES = {"_weft_seq": "BIGINT", "_weft_at": "TIMESTAMP WITH TIME ZONE"}


def paths(relation: Relation) -> tuple[str, ...]:
    """Every file that the rendered SQL reads."""
    return (*relation.files, *(relation.log or ()))


def render(relation: Relation, *, columns: Sequence[str] | None = None) -> str:
    """A SELECT over exactly the relation's files.

    Args:
        relation: files, log and declared columns.
        columns: only these, in the relation's order; none = all of them.

    Returns:
        Trusted SQL text without a trailing semicolon.
    """
    wanted = None if columns is None else {name.lower() for name in columns}
    shown = tuple(c for c in relation.columns if wanted is None or c.name.lower() in wanted) or relation.columns[:1]
    if not relation.log:
        return _select(shown, relation.files) if relation.files else _nothing(shown)
    if not relation.key:
        raise ValueError("a relation with a log needs a key")
    return _overlay(relation, shown)


def _nothing(columns: Sequence[Column]) -> str:
    return f"SELECT {', '.join(f'CAST(NULL AS {c.type}) AS {quoted(c.name)}' for c in columns)} WHERE false"


def _select(columns: Sequence[Column], files: Sequence[str]) -> str:
    return f"SELECT {_shown(columns)} FROM {_read(columns, files)}"


def _inner(name: str) -> str:
    """What a column is called between file and result: the reader has columns of its own."""
    return f"_weft_as_{name}" if name.lower() in _VIRTUAL else name


def _shown(columns: Sequence[Column], alias: str = "") -> str:
    return ", ".join(f"{alias}{quoted(_inner(c.name))} AS {quoted(c.name)}" for c in columns)


def _names(columns: Sequence[Column], alias: str = "") -> str:
    return ", ".join(f"{alias}{quoted(_inner(c.name))}" for c in columns)


def _read(columns: Sequence[Column], files: Sequence[str]) -> str:
    """`read_parquet` of exactly these files with declared columns; a column that a file lacks is NULL.

    Where no file lacks one they are not declared: from declared columns DuckDB does not learn how many rows there
    are, and joins in the wrong order (TPC-H q3: twice the time).
    """
    if not any(c.name.lower() in _VIRTUAL for c in columns) and complete(columns, files):
        return f"read_parquet({listed(files)}, hive_partitioning = false)"
    fields = ", ".join(
        f"{literal(c.name)}: {{name: {literal(_inner(c.name))}, type: {literal(c.type)}, default_value: NULL}}"
        for c in columns
    )
    return f"read_parquet({listed(files)}, hive_partitioning = false, schema = MAP {{{fields}}})"


def _overlay(relation: Relation, shown: tuple[Column, ...]) -> str:
    """Rows of the base whose key is not in the log, and of the log the newest of each key that is not a deletion.

    A row of the log gives way to one of the base whose cursor is greater: so it makes no difference when the log is
    folded. A reset (`r`) makes its key forgotten: what the base and earlier batches hold of it counts no more, whatever
    its cursor; rows of the reset's own batch do. All is decided on the narrow columns; the wide ones are read once.
    """
    key, order = _columns(relation, relation.key), _columns(relation, _order(relation))
    decide = _unique((*key, *order, *_columns(relation, (_SEQUENCE, _OPERATION))))
    both = _unique((*shown, *decide))
    cursor = [c for c in order if not c.name.startswith("_weft_")]
    narrow = f"SELECT {_names(decide)}, file_index AS _weft_i, file_row_number AS _weft_r"
    ctes = [
        f"_weft_n AS MATERIALIZED ({narrow} FROM {_read(decide, relation.log)})",
        f"_weft_e AS MATERIALIZED ({_reset(key)})",
        f"_weft_o AS MATERIALIZED ({_older(key, order)})",
    ]
    log = f"SELECT {_shown(shown, 'l.')} FROM {_read(both, relation.log)} l {_WITHOUT.format('_weft_o')}"
    over = "_weft_n"
    if relation.files and cursor:
        ctes.append(f"_weft_s AS MATERIALIZED ({_stale(relation, key, cursor)})")
        log += f" {_WITHOUT.format('_weft_s')}"
        over = f"(SELECT {_names(key)} FROM _weft_n l {_WITHIN.format('_weft_o')} {_WITHIN.format('_weft_s')}"
        over += f" UNION ALL SELECT {_names(key)} FROM _weft_e)"
    parts = [f"{log} WHERE l.{_OPERATION} = 'u'"]
    if relation.files:
        base = f"{_read(_unique((*shown, *key)), relation.files)} b"
        parts.insert(0, f"SELECT {_shown(shown, 'b.')} FROM {base} ANTI JOIN {over} n ON {_same(key, 'b', 'n')}")
    return f"WITH {', '.join(ctes)} {' UNION ALL '.join(parts)}"


def _reset(key: Sequence[Column]) -> str:
    """Keys that are reset, and the batch from which on their rows count."""
    names = _names(key)
    return f"SELECT {names}, max({_SEQUENCE}) AS _weft_from FROM _weft_n WHERE {_OPERATION} = 'r' GROUP BY {names}"


def _stale(relation: Relation, key: Sequence[Column], cursor: Sequence[Column]) -> str:
    """Newest rows of the log whose cursor is behind that of the base."""
    base = _read(_unique((*key, *cursor)), relation.files)
    name = _names(cursor[:1])
    greater = f"(b.{name} > l.{name} OR (l.{name} IS NULL AND b.{name} IS NOT NULL))"
    return (
        f"SELECT l._weft_i, l._weft_r FROM _weft_n l {_WITHIN.format('_weft_o')}"
        f" ANTI JOIN _weft_e e ON {_same(key, 'l', 'e')} JOIN {base} b ON {_same(key, 'l', 'b')} WHERE {greater}"
    )


def _order(relation: Relation) -> tuple[str, ...]:
    """The declared order without the row's number, which is that of the file and the row in it anyway."""
    return tuple(name for name in relation.order if name != "_weft_row")


def _columns(relation: Relation, names: Sequence[str]) -> tuple[Column, ...]:
    from weft.model import Column

    known = {c.name: c for c in relation.columns}
    return tuple(known.get(n) or Column(name=n, type=_TYPES.get(n, "VARCHAR")) for n in names)


def _unique(columns: Sequence[Column]) -> tuple[Column, ...]:
    return tuple({c.name: c for c in columns}.values())


def _older(key: Sequence[Column], order: Sequence[Column]) -> str:
    """Rows of the log that a newer one or a reset of the same key replaces; few keys have more than one."""
    names = _names(key)
    void = f"(n.{_OPERATION} = 'r' OR coalesce(n.{_SEQUENCE} < e._weft_from, false))"
    newest = ", ".join(
        [*(f"n.{quoted(_inner(c.name))} DESC NULLS LAST" for c in order), "n._weft_i DESC", "n._weft_r DESC"]
    )
    return (
        f"SELECT n._weft_i, n._weft_r FROM _weft_n n SEMI JOIN (SELECT {names} FROM _weft_n GROUP BY {names}"
        f" HAVING count(*) > 1) d ON {_same(key, 'n', 'd')} LEFT JOIN _weft_e e ON {_same(key, 'n', 'e')}"
        f" QUALIFY {void} OR row_number() OVER (PARTITION BY {_names(key, 'n.')} ORDER BY {void}, {newest}) > 1"
    )


def _same(key: Sequence[Column], left: str, right: str) -> str:
    return " AND ".join(f"{left}.{_names([c])} = {right}.{_names([c])}" for c in key)
