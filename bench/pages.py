"""Pages of JSON to Arrow columns: `python -m bench.pages make FOLDER PAGES ROWS` | `SIDE FOLDER`."""

from __future__ import annotations

import json
import random
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.measure import middle, python, spend, told
from bench.report import Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.plan import Plan

ROUNDS = 3
SIDES = ("weft", "widened", "orjson", "polars")


def main() -> None:
    what, folder, *counts = sys.argv[1:]
    if what == "make":
        make(Path(folder), *map(int, counts))
        return
    pages = [path.read_bytes() for path in sorted(Path(folder).glob("*.json"))]
    rows = 0

    def once() -> float:
        nonlocal rows
        began = time.process_time()
        rows = {"weft": weft, "widened": widened, "orjson": orjson, "polars": polars}[what](pages)
        return time.process_time() - began

    once()
    print(json.dumps(rows / middle(once() for _ in range(ROUNDS))))


def measure(plan: Plan) -> list[Row]:
    """Rows of the table."""
    found = []
    for size in (1_000, 100):
        folder = plan.folder / f"pages-{size}"
        spend(python("-m", "bench.pages", "make", folder, plan.paged // size, size))
        rates = {
            side: [told(spend(python("-m", "bench.pages", side, folder))) for _ in range(plan.runs)] for side in SIDES
        }
        aim = 300_000 if size > 100 else 200_000
        for side, own, least in (("orjson", "weft", aim), ("polars", "weft", aim), ("orjson", "widened", 80_000)):
            ours, theirs = middle(rates[own]), middle(rates[side])
            what = (
                f"pages of {size:,} to Arrow{', a column widened to text' if own == 'widened' else ''}, against {side}"
            )
            texts = (f"{ours / 1000:.0f} k rows/CPU-s", f"{theirs / 1000:.0f} k rows/CPU-s")
            found.append(Row(what, *texts, f"{theirs / ours:.2f}", f">= {least // 1000} k", "", ""))
    return found


def record(number: int, chance: random.Random) -> dict[str, Any]:
    """A deal as a CRM's API gives it: 20 fields, an object, a list."""
    return {
        "id": number,
        "uuid": str(uuid.UUID(int=chance.getrandbits(128))),
        "name": f"Name {number}",
        "email": f"user{number}@example.com",
        "created_at": f"2024-01-{number % 28 + 1:02}T10:00:00Z",
        "updated_at": f"2024-02-{number % 28 + 1:02}T10:00:00.123Z",
        "amount": chance.randrange(10**7) / 100,
        "currency": "EUR",
        "status": chance.choice(("open", "won", "lost")),
        "is_active": chance.random() < 0.5,
        "score": chance.random(),
        "country": "DE",
        "phone": f"+49 170 {chance.randrange(10**7):07}",
        "notes": "lorem ipsum " * chance.randrange(1, 8),
        "owner_id": chance.randrange(10**5) if chance.random() < 0.9 else None,
        "closed_at": "2024-03-01T00:00:00Z" if chance.random() < 0.3 else None,
        "stage": f"s{number % 7}",
        "tags": ["a", f"b{number % 5}", "c"],
        "address": {"street": f"Street {number}", "city": "Berlin", "zip": f"{number % 99999:05}"},
        "probability": round(chance.random(), 3),
    }


def make(folder: Path, pages: int, rows: int) -> None:
    """Pages as files `00000.json`, each naming the next one."""
    folder.mkdir(parents=True)
    chance = random.Random(7)
    for page in range(pages):
        results = [record(page * rows + row, chance) for row in range(rows)]
        following = {"next": {"link": f"/{folder.name}/{page + 1:05}.json"}} if page + 1 < pages else {}
        (folder / f"{page:05}.json").write_text(json.dumps({"results": results, "paging": following}))


def weft(pages: list[bytes], memory: dict[str, Any] | None = None) -> int:
    """Ours: batches of 32 MB."""
    from weft.connectors.rest.rows.columns import Columns

    columns, rows = Columns(None, memory), 0
    for page in pages:
        columns.take(columns.seek.page(page, ("results",)))
        if columns.bytes > 32_000_000:
            rows += columns.flush().num_rows
    return rows + int(columns.flush().num_rows)


def widened(pages: list[bytes]) -> int:
    """Ours, where an earlier page had a text among the numbers."""
    return weft(pages, {"id": "any"})


def orjson(pages: list[bytes]) -> int:
    """What most programs do: Python objects, then columns; the schema is remembered."""
    import orjson
    import pyarrow as pa

    schema, rows = None, 0
    for page in pages:
        table = pa.Table.from_pylist(orjson.loads(page)["results"], schema=schema)
        schema = schema or table.schema
        rows += table.num_rows
    return rows


def polars(pages: list[bytes]) -> int:
    """Polars, the schema inferred for each page: with a given one it drops what is new."""
    import polars as pl

    read: Callable[..., Any] = pl.read_json
    return sum(read(page).select(pl.col("results").explode()).unnest("results").height for page in pages)


if __name__ == "__main__":
    main()
