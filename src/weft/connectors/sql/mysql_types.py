"""Types of MySQL and MariaDB as the wire tells them, and what becomes of them.

Sources: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_column_definition.html;
values travel as text, exactly, but for `float` and `double`, which the server rounds when it writes them.
"""

from __future__ import annotations

import re
from binascii import hexlify
from typing import TYPE_CHECKING, Any, Literal

from weft.connectors.sql.database import Selected, quoted
from weft.connectors.sql.typed_cursors import Comparison
from weft.errors import Invalid

if TYPE_CHECKING:
    import pyarrow as pa

Comes = Literal["integer", "real", "text", "bytes"]

_UNSIGNED, _ENUM, _SET = 32, 256, 2048
_BINARY = 63
"""Character set of what is no text."""
_NAMES = {
    0: "decimal",
    1: "tinyint",
    2: "smallint",
    3: "int",
    4: "float",
    5: "double",
    6: "null",
    7: "timestamp",
    8: "bigint",
    9: "mediumint",
    10: "date",
    11: "time",
    12: "datetime",
    13: "year",
    14: "date",
    15: "varchar",
    16: "bit",
    245: "json",
    246: "decimal",
    247: "enum",
    248: "set",
    253: "varchar",
    254: "char",
    **dict.fromkeys(range(249, 253), "text"),
    255: "geometry",
}
_BYTES = {"char": "binary", "varchar": "varbinary", "text": "blob"}
_INTEGERS = {"tinyint", "smallint", "mediumint", "int", "bigint", "year"}
_WIDEST = 64
_FIXED = {"float": "CAST({} + 0e0 AS CHAR)", "double": "CAST({} + 0e0 AS CHAR)"}


def selected(field: Any) -> Selected:
    """A column as the server describes it.

    Raises:
        Invalid: its type is not known here, so what it becomes cannot be told.
    """
    kind = _kind(field)
    if not kind:
        raise Invalid(
            f"the column '{field.name}' is of a type that is not known here (number {field.type_code} of the protocol)",
            hint="Read the table by a 'query' that casts the column to CHAR or to a number.",
        )
    column = quoted(field.name)
    expression = {"float": f"{column} + 0e0", "double": f"{column} + 0e0", "timestamp": f"CONCAT({column}, '+00:00')"}
    bits = kind.startswith("bit")
    return Selected(field.name, f"{column} + 0" if bits else expression.get(kind, column), kind)


def _kind(field: Any) -> str:
    kind = _NAMES.get(field.type_code, "")
    if field.flags & (_ENUM | _SET):
        return "enum" if field.flags & _ENUM else "set"
    if field.charsetnr == _BINARY:
        kind = _BYTES.get(kind, kind)
    if kind == "bit":
        return f"bit({field.length})"
    if kind == "decimal":
        return f"decimal(65,{field.scale})"
    unsigned = field.flags & _UNSIGNED and kind == "bigint"
    return f"{kind} unsigned" if unsigned else kind


def comes(kind: str) -> Comes:
    """How a column of that type comes."""
    if kind in _INTEGERS or (kind.startswith("bit(") and int(kind[4:-1]) < _WIDEST):
        return "integer"
    if kind in {"float", "double"}:
        return "real"
    return "bytes" if kind in {"binary", "varbinary", "blob", "geometry"} else "text"


def schema(columns: tuple[Selected, ...]) -> pa.Schema:
    """Arrow's types: whole numbers of 64 bit, floats of 64 bit, exact text."""
    import pyarrow as pa

    arrow = {"integer": pa.int64(), "real": pa.float64()}
    return pa.schema([pa.field(c.name, arrow.get(comes(c.type), pa.string())) for c in columns])


def array(cells: list[bytes | None], kind: str) -> pa.Array:
    r"""Cells as they came, in Arrow; bytes as `\\x` and hexadecimal digits."""
    import pyarrow as pa

    how = comes(kind)
    if how == "bytes":
        return pa.array([None if cell is None else b"\\x" + hexlify(cell) for cell in cells], pa.string())
    text = pa.array(cells, pa.string())
    return text if how == "text" else text.cast(pa.int64() if how == "integer" else pa.float64())


def comparison(kind: str) -> Comparison | None:
    """How values of a type are compared."""
    if kind in _INTEGERS or kind == "bigint unsigned":
        return Comparison("number", f"CAST({{}} AS {'UN' if 'unsigned' in kind else ''}SIGNED)", "CAST({} AS CHAR)")
    if kind in _FIXED:
        return Comparison("number", "({} + 0e0)", _FIXED[kind])
    if re.match("decimal", kind):
        return Comparison("number", f"CAST({{}} AS {kind})", "CAST({} AS CHAR)")
    if kind in {"date", "datetime", "timestamp"}:
        cast = "DATE" if kind == "date" else "DATETIME(6)"
        # Zero dates are no moments: like NULL they come with the first load alone.
        return Comparison("time", f"CAST({{}} AS {cast})", "CAST({} AS CHAR)", "{} >= '0001-01-01'")
    return Comparison("text", "{}", "{}") if kind in {"char", "varchar", "text"} else None
