"""Rows of MySQL's text protocol into Arrow.

The driver would build a Python object of every value; here a packet is cut into the bytes of its cells, column by
column, and Arrow does the rest: two thirds of the time (`docs/decisions/0004-databases.md`).
https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.sql import mysql_types
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from weft.connectors.sql.database import Selected

_ROWS = 32_768
_BYTES = 16 * 1024 * 1024
_FULL = 0xFFFFFF
"""Size of a packet that goes on in the next one."""
_NULL, _TWO, _THREE, _EIGHT = 0xFB, 0xFC, 0xFD, 0xFE
_END_SIZE = 9
_ERROR = 0xFF


def batches(connection: Any, columns: tuple[Selected, ...], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """What an unbuffered query is answered, at most 32,768 rows or about 16 MB at a time.

    Raises:
        Invalid: a text that is not UTF-8.
        pymysql.err.Error: the server stopped.
    """
    import pyarrow as pa

    read = connection._rfile.read  # noqa: SLF001 - the driver has no public way to its packets
    cells: list[list[bytes | None]] = [[] for _ in columns]
    adding = [column.append for column in cells]
    more = True
    while more:
        more = _fill(read, adding)
        try:
            arrays = [mysql_types.array(c, column.type) for c, column in zip(cells, columns, strict=True)]
        except pa.ArrowInvalid:
            raise Invalid(
                "the database holds text that is not UTF-8", hint="Give the stream a 'query' that casts it to BINARY."
            ) from None
        if cells[0]:
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        for column in cells:
            column.clear()


def _fill(read: Callable[[int], bytes], adding: list[Callable[[bytes | None], None]]) -> bool:
    """Read the rows of one batch; whether there may be more."""
    size = 0
    for _ in range(_ROWS):
        packet = _packet(read)
        if packet[0] == _EIGHT and len(packet) < _END_SIZE:
            return False
        _cut(packet, adding)
        size += len(packet)
        if size > _BYTES:
            break
    return True


def _packet(read: Callable[[int], bytes]) -> bytes:
    whole = b""
    size = _FULL
    while size == _FULL:
        head = read(4)
        size = int.from_bytes(head[:3], "little")
        part = read(size)
        if len(part) < size or not head:
            raise OSError
        whole = whole + part if whole else part
    if whole[0] == _ERROR:
        from pymysql.err import raise_mysql_exception

        raise_mysql_exception(whole)
    return whole


def _cut(packet: bytes, adding: list[Callable[[bytes | None], None]]) -> None:
    at = 0
    for add in adding:
        size = packet[at]
        at += 1
        if size >= _NULL:
            if size == _NULL:
                add(None)
                continue
            width = 2 if size == _TWO else 3 if size == _THREE else 8
            size = int.from_bytes(packet[at : at + width], "little")
            at += width
        end = at + size
        add(packet[at:end])
        at = end
