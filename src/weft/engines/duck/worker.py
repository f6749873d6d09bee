"""A worker: `python -m weft.engines.duck.worker <orders> <life> <folder>`. Answers one question after the other.

It holds no credentials and no state: for each question a DuckDB instance is filled with views over exactly what the
question may see, locked, asked and thrown away. A spare instance is made while nobody waits. Everything that it is told
and asked is limited from outside, too: see `pool`.
"""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from weft.engines.duck import protocol
from weft.engines.duck.judge import judge
from weft.engines.duck.text import listed, quoted
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

MB = 1_000_000
BATCH_ROWS = 16_384
SPILL = "8GB"


def main(orders: int, life: int, folder: str) -> None:
    """Serve until the trusted side is gone."""
    _stop_with_parent(life)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    sock = socket.socket(fileno=orders)
    warm()
    with contextlib.suppress(protocol.Closed, OSError):
        while True:
            spare = instance(folder)
            sock.sendall(protocol.READY)
            order, descriptors = protocol.receive_order(sock)
            with socket.socket(fileno=descriptors[0]) as answer:
                serve(spare, order, answer, descriptors[1:])


def warm() -> None:
    """Pay for the imports before somebody waits."""
    # Arrow would load it where it is installed: a third of the start, and nobody needs it.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    import pyarrow as pa

    pa.ipc.new_stream(pa.BufferOutputStream(), pa.schema([])).close()
    judge("SELECT 1")


def instance(folder: str) -> duckdb.DuckDBPyConnection:
    """A fresh instance, still unlocked."""
    import duckdb

    config: dict[str, Any] = {
        "temp_directory": folder,
        "max_temp_directory_size": SPILL,
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "threads": "1",
    }
    con = duckdb.connect(":memory:", config=config)
    con.execute("SET enable_progress_bar = false; SET TimeZone = 'UTC'")
    return con


def serve(con: duckdb.DuckDBPyConnection, order: dict[str, Any], answer: socket.socket, streams: list[int]) -> None:
    """Answer one question; whatever happens is told on the answer's socket."""
    phase = "setup"
    files = [os.fdopen(descriptor, "rb") for descriptor in streams]
    try:
        _limit(order)
        _judge(order)
        fill(con, order, files)
        phase = "bind"
        relation = con.sql(order["sql"])
        phase = "run"
        rows = stream(relation, answer)
        _tell(answer, protocol.DONE, {"rows": rows})
    except protocol.Closed:
        pass
    except Invalid as error:
        _tell(answer, protocol.ERROR, {"kind": "Invalid", "text": error.message, "hint": error.hint, "phase": phase})
    except MemoryError:
        _tell(answer, protocol.ERROR, {"kind": "OutOfMemoryException", "text": "", "phase": phase})
    except Exception as error:  # noqa: BLE001 - the trusted side decides what may be told
        _tell(answer, protocol.ERROR, {"kind": type(error).__name__, "text": str(error)[:10_000], "phase": phase})
    finally:
        con.close()
        for file in files:
            file.close()


def stream(relation: duckdb.DuckDBPyRelation, answer: socket.socket) -> int:
    """Send schema and batches as they are computed; returns how many rows."""
    import pyarrow as pa

    reader = relation.to_arrow_reader(BATCH_ROWS)
    protocol.send_frame(answer, protocol.SCHEMA, reader.schema.serialize())
    rows = 0
    for batch in reader:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        protocol.send_frame(answer, protocol.BATCH, sink.getvalue())
        rows += batch.num_rows
    return rows


def fill(con: duckdb.DuckDBPyConnection, order: dict[str, Any], streams: Sequence[BinaryIO]) -> None:
    """Put the governed relations behind their names, and lock the instance."""
    import pyarrow as pa

    con.execute(f"SET threads = {int(order['threads'])}; SET memory_limit = '{int(order['memory'] * 0.8)}MB'")
    catalogs: dict[str, None] = {}
    for number, file in enumerate(streams):
        con.register(f"{protocol.STREAM}{number}", pa.ipc.open_stream(file))
    for name, sql in order["views"]:
        domain, product, table = (quoted(part) for part in name)
        if domain not in catalogs:
            con.execute(f"ATTACH ':memory:' AS {domain}")
            catalogs[domain] = None
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {domain}.{product}")
        con.execute(f"CREATE VIEW {domain}.{product}.{table} AS {sql}")
    con.execute(f"SET allowed_paths = {listed(order['paths'])}")
    con.execute("SET enable_external_access = false; SET lock_configuration = true")


def _judge(order: dict[str, Any]) -> None:
    held = {".".join(name).lower() for name, _ in order["views"]}
    unknown = [name for name in judge(order["sql"]).tables if name not in held]
    if unknown:
        raise Invalid(
            f"There is no table '{unknown[0]}' for this question.", hint="Tables are named domain.product.table."
        )


def _limit(order: dict[str, Any]) -> None:
    """Memory beyond what DuckDB counts, and CPU time even when nobody watches any more."""
    with contextlib.suppress(OSError, ValueError):
        now = _data_segment()
        resource.setrlimit(
            resource.RLIMIT_DATA, (now + int(order["memory"] * MB * 1.5) + 128 * MB, resource.RLIM_INFINITY)
        )
    with contextlib.suppress(OSError, ValueError):
        used = sum(os.times()[:2])
        seconds = int(used + order["seconds"] * order["threads"] + 5)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))


def _data_segment() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData"))


def _stop_with_parent(life: int) -> None:
    """End with the trusted side, even in the middle of a question: it holds the other end of a pipe."""

    def wait() -> None:
        os.read(life, 1)
        os._exit(0)

    threading.Thread(target=wait, name="life", daemon=True).start()


def _tell(answer: socket.socket, kind: bytes, content: dict[str, Any]) -> None:
    import json

    with contextlib.suppress(protocol.Closed):
        protocol.send_frame(answer, kind, json.dumps(content).encode())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
