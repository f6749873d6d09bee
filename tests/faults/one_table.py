"""A mesh with one table of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from walks.mesh import product, rows, source
from weft.flow.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from weft.flow.ingest import Options
    from weft.model import Run
    from weft.seams import World


FILES = source("s", "connector: files\nconfig: {path: data}\nstreams: {t: {path: '*.csv'}}\n")
KEYED = """
schema:
  - name: t
    customProperties: [{property: weft.stream, value: s.t}%s]
    properties:
      - {name: k, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: c, logicalType: integer}
      - {name: v, logicalType: string}
"""
CURSOR = ", {property: weft.cursor, value: c}"
PLAIN = KEYED.replace(", primaryKey: true, primaryKeyPosition: 1", "")
ASK = "SELECT k, v FROM d.p.t ORDER BY k, v"


def table(text: str = KEYED, more: str = "") -> dict[str, str]:
    return product("p", text % more, reads=("stream:s.t",))


def seen(world: World, sql: str = ASK) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in rows(world, sql)]


def put(folder: Path, name: str, *lines: str, head: str = "k,c,v") -> None:
    path = folder / "data" / f"{name}.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join((head, *lines)) + "\n")


def ran(world: World, options: Options | None = None) -> Run:
    (one,) = run(world, ("d.p",), options)
    assert one.state == "succeeded", one
    return one
