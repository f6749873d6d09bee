"""What may be told of a DuckDB error: never a row's value, never a file of ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from weft.errors import WeftError

_PLACE = re.compile(r"\nLINE (\d+): (.*)\n( *)\^")
_TYPES = (
    "BOOLEAN BOOL TINYINT SMALLINT INTEGER BIGINT HUGEINT INT8 INT16 INT32 INT64 INT128 UTINYINT USMALLINT UINTEGER "
    "UBIGINT UHUGEINT UINT8 UINT16 UINT32 UINT64 UINT128 FLOAT DOUBLE VARCHAR DATE TIME TIMESTAMP UUID INTERVAL BLOB "
    "BIT JSON"
)
"""Words that may stand in a message; whatever else stands there could be a value."""
_FIELD = re.compile(r"Conversion Error: (?:invalid )?(date|time|timestamp) field ")
_SUGGESTION = re.compile(r'\s*Did you mean "([^"]*)"\?', re.DOTALL)


def place(text: str, sql: str) -> str:
    """` (line 2, column 5: "...")`, where DuckDB points into the statement; empty when it does not, or elsewhere."""
    found = _PLACE.search(text)
    shown = found[2].strip().strip(".").strip() if found else ""
    if not found or not shown or shown not in sql:
        return _named(text, sql)
    line = next((one for one in sql.splitlines()[int(found[1]) - 1 :] if shown in one), "")
    column = line.find(shown) + len(found[3]) - len(f"LINE {found[1]}: ") - found[2].find(shown) + 1
    return f' (line {found[1]}, column {max(column, 1)}: "{shown[:120]}")'


def _named(text: str, sql: str) -> str:
    """The place of the column that is not there: of that DuckDB tells the name alone."""
    found = re.search(r'Referenced (?:column|table) "([^"]+)" not found', text)
    at = re.search(rf"(?<![\w.]){re.escape(found[1])}(?!\w)", sql, re.IGNORECASE) if found else None
    if at is None:
        return ""
    before = sql[: at.start()].split("\n")
    line = sql.split("\n")[len(before) - 1].strip()
    return f' (line {len(before)}, column {len(before[-1]) + 1}: "{line[:120]}")'


def complain(kind: str, text: str, sql: str, *, binding: bool = False) -> WeftError:
    """The error to raise for one that DuckDB raised while it answered.

    Args:
        kind: name of DuckDB's exception class, `ConversionException`.
        text: its message; may hold values.
        sql: the statement.
        binding: whether it was raised before any row was read, so that the text is all the statement's own.
    """
    name = class_of(kind, text)
    if name == "OutOfMemory":
        return Unavailable("memory")
    if _disk_full(text):
        return Unavailable("The disk for temporary files is full.", hint="Make room, or ask for less at once.")
    if name in {"IO", "Permission", "HTTP"}:
        return Unavailable("Files could not be read or written.", hint="Ask again; `weft doctor` tells more.")
    if name in {"Internal", "Fatal", "Error", "Interrupt", "Connection"}:
        return Unavailable("The engine stopped with an error of its own.", hint="Ask again, or put it another way.")
    if binding and name != "InvalidInput":
        return Invalid(f"The statement does not fit the tables: {_wording(text)}{place(text, sql)}")
    return Invalid(
        f"The statement failed on the data that it saw: {_cause(name, text)}{place(text, sql)}", hint=_hint(name)
    )


def class_of(kind: str, text: str) -> str:
    """DuckDB's class of an error, without `Exception`; what came through an Arrow stream tells it in its text."""
    if kind.endswith("Exception"):
        return kind.removesuffix("Exception")
    found = re.match(r"([A-Z][A-Za-z ]{1,30}) Error: ", text)
    return "".join(word.capitalize() for word in found[1].split()) if found else "Internal"


def _disk_full(text: str) -> bool:
    return "No space left" in text or "max_temp_directory_size" in text


def _wording(text: str) -> str:
    plain = text.split("\n\nLINE ", 1)[0].partition(" Error: ")[2] or text
    plain = _SUGGESTION.sub(lambda m: "" if _ours(m[1]) else m[0], plain)
    return " ".join(plain.split("\n\n")[0].split())[:400]


def _ours(name: str) -> bool:
    """Whether a suggested name belongs to the engine: its catalogue, or a relation that only the worker names."""
    parts = name.lower().split(".")
    return parts[0] in {"system", "temp", "memory", "information_schema"} or parts[-1].startswith(
        ("pg_", "duckdb_", "_weft", "sqlite_", "pragma_", "main.")
    )


def _cause(name: str, text: str) -> str:
    if name in {"Conversion", "TypeMismatch"}:
        found = re.search(r".* (?:to|destination) (?:type )?'?([A-Z0-9]+)", text.split("\n\nLINE ", 1)[0], re.DOTALL)
        named = _FIELD.match(text) or found
        kind = named[1].upper() if named and named[1].upper() in _TYPES.split() else "the type asked for"
        return f"a value cannot be converted to {kind}"
    if name == "OutOfRange":
        return "a number is out of the range of its type"
    if name == "NotImplemented":
        return "it asks for something that the engine does not do"
    return "a function was given a value that it cannot take"


def _hint(name: str) -> str:
    if name in {"Conversion", "TypeMismatch"}:
        return "try_cast(... AS ...) gives NULL instead."
    return "TRY(...) gives NULL instead, or cast to a wider type."
