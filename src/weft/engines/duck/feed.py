"""What stands behind a name, and governed rows on their way from the trusted side into a worker."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from msgspec import Struct

from weft.engines.duck.masked import digests, governed_sql

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    import duckdb

    from weft.model import Governed

BATCH_ROWS = 65_536


class Behind(Struct, frozen=True):
    """What stands behind one name in a question."""

    name: tuple[str, str, str]
    """Domain, product, table."""
    sql: str = ""
    """Trusted SELECT over `paths`; empty when fed."""
    paths: tuple[str, ...] = ()
    """Files that the worker may open for it."""
    kept: bool = False
    """Whether the file can be made anew."""
    feed: Feed | None = None
    """Rows computed on the trusted side and streamed; can be read once."""


class Feed:
    """Streams governed rows over a socket, in a thread of its own.

    Args:
        con: a connection of the feed's own; closed at the end.
        governed: relation, masks and filters.
        columns: only these, none = all that are seen.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, governed: Governed, columns: Sequence[str] | None) -> None:
        self._con = con
        self._governed = governed
        self.columns = columns
        """Which columns flow; none = all that are seen."""
        self._thread: threading.Thread | None = None
        self.error: Exception | None = None
        """Why the stream ended early; a reader that wanted no more is no error."""

    def start(self, sock: socket.socket) -> None:
        """Begin to stream; takes the socket over."""
        self._thread = threading.Thread(target=self._run, args=(sock,), name="weft-feed", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Compute no more, and wait for the end."""
        if self._thread is None:
            self._con.close()
            return
        self._thread.join(0.002)
        while self._thread.is_alive():
            with contextlib.suppress(Exception):
                self._con.interrupt()
            self._thread.join(0.01)

    def _run(self, sock: socket.socket) -> None:
        with sock:
            try:
                self._stream(sock)
            except (BrokenPipeError, ConnectionResetError):
                pass
            except Exception as error:  # noqa: BLE001 - set before the socket closes: the end of a stream looks like its success
                self.error = error
        with contextlib.suppress(Exception):
            self._con.close()

    def _stream(self, sock: socket.socket) -> None:
        import pyarrow as pa

        file = sock.makefile("wb")
        try:
            self._con.execute("SET SESSION arrow_output_version = '1.5'")  # decimals of 8 bytes instead of 16
            known = digests(self._con, self._governed, self.columns)
            sql = governed_sql(self._governed, self.columns, known)
            reader = self._con.sql(sql).to_arrow_reader(BATCH_ROWS)
            writer = pa.ipc.new_stream(file, reader.schema)
            for batch in reader:
                writer.write_batch(batch)
            writer.close()
        except Exception:
            file.detach().close()  # what is buffered must not follow an error
            raise
        file.close()
