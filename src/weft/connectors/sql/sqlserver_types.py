"""Types of SQL Server and what becomes of them: asked for as integer, double, boolean or exact text.

Sources: https://learn.microsoft.com/sql/t-sql/data-types/data-types-transact-sql and, for the styles,
https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql.
"""

from __future__ import annotations

from weft.connectors.sql.database import Selected, quoted
from weft.connectors.sql.typed_cursors import Comparison
from weft.errors import Invalid

_INTEGERS = {"tinyint", "smallint", "int", "bigint"}
_TEXTS = {"char", "varchar", "nchar", "nvarchar", "text", "ntext"}
_TIMES = {"date": "datetime2(7)", "datetime": "datetime", "smalldatetime": "datetime2(7)", "datetime2": "datetime2(7)"}
_TOLD = "CONVERT(nvarchar(40), {}, 121)"
_ZONED = f"REPLACE(REPLACE({_TOLD}, N' +', N'+'), N' -', N'-')"
_MONEY = "CONVERT(nvarchar(41), CAST({} AS decimal(19,4)))"
_BYTES = "CAST(N'\\x' + LOWER(CONVERT(nvarchar(max), CAST({} AS varbinary(max)), 2)) AS nvarchar(max))"
_WHOLE = "CAST({} AS nvarchar(max))"
_EXPRESSIONS = {
    **dict.fromkeys(_INTEGERS, "CAST({} AS bigint)"),
    "bit": "{}",
    **dict.fromkeys(("real", "float"), "CAST({} AS float(53))"),
    **dict.fromkeys(("decimal", "numeric"), "CONVERT(nvarchar(41), {})"),
    **dict.fromkeys(("money", "smallmoney"), _MONEY),
    **dict.fromkeys((*_TIMES, "time"), _TOLD),
    "datetimeoffset": _ZONED,
    **dict.fromkeys((*_TEXTS, "xml", "json", "uniqueidentifier"), _WHOLE),
    **dict.fromkeys(("binary", "varbinary", "image", "timestamp", "rowversion"), _BYTES),
}
_COMPARISONS = {
    **dict.fromkeys(_INTEGERS, Comparison("number", "CAST({} AS bigint)", "CONVERT(nvarchar(20), {})")),
    **dict.fromkeys(("money", "smallmoney"), Comparison("number", "CAST({} AS money)", _MONEY)),
    **dict.fromkeys(
        ("real", "float"),
        Comparison("number", "CAST({} AS float(53))", "CONVERT(nvarchar(40), CAST({} AS float(53)), 3)"),
    ),
    **{kind: Comparison("time", f"CONVERT({_TIMES[kind]}, {{}}, 121)", _TOLD) for kind in _TIMES},
    "datetimeoffset": Comparison("time", "CONVERT(datetimeoffset(7), {}, 121)", _TOLD),
    **dict.fromkeys(
        ("timestamp", "rowversion"),
        Comparison("text", "CONVERT(binary(8), {}, 1)", "CONVERT(nvarchar(18), CAST({} AS binary(8)), 1)"),
    ),
    **dict.fromkeys(_TEXTS - {"text", "ntext"}, Comparison("text", "{}", "{}")),
}


def selected(name: str, kind: str) -> Selected:
    """A column of a type as the server names it: `decimal(10,2)`, `nvarchar(max)`.

    Raises:
        Invalid: the type has no exact text.
    """
    expression = _EXPRESSIONS.get(_base(kind))
    if expression is None:
        raise Invalid(
            f"the column '{name}' is of type {kind}, which has no exact counterpart",
            hint="Read the table by a 'query' that makes text of it: .ToString() of a hierarchyid, .STAsText() of a "
            "place, CAST(... AS nvarchar(4000)) of a sql_variant.",
        )
    return Selected(name, expression.replace("{}", quoted(name)), kind)


def unbounded(column: Selected) -> bool:
    """Whether its texts may be longer than numbers and times are."""
    return "nvarchar(max)" in column.expression


def comparison(kind: str) -> Comparison | None:
    """How values of a type are compared; a `datetime` as itself, since its thirds of milliseconds fit no other."""
    if _base(kind) in {"decimal", "numeric"}:
        return Comparison("number", f"CAST({{}} AS {kind})", "CONVERT(nvarchar(41), {})")
    return _COMPARISONS.get(_base(kind))


def _base(kind: str) -> str:
    return kind.partition("(")[0].strip().lower()
