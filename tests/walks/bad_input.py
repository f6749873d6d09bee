"""What may be wrong with documents, files and state of the corner shop, and how that is told."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from walks.terminal import weft

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


ORDERS = "shop.orders.orders"
TUESDAY = "order_id,day,email,amount\n4,2026-01-06,a@home.example,7.00\n"
NEW = "data/orders/tuesday.csv"
TILL = "domains/shop/sources/till.yaml"
CONTRACT = "domains/shop/orders/orders.odcs.yaml"
DAILY = "domains/board/daily"
TABLE = ".weft/tables/shop/orders/orders/v1/table"
BEFORE, AFTER = {"n": 2, "total": 200.5}, {"n": 3, "total": 207.5}
BACKUP = "Bring back from a backup what is missing, or read everything again: weft run shop.orders --full-refresh"


def put(path: str, content: str | bytes) -> Callable[[Path], None]:
    """Write a file."""

    def change(folder: Path) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content.encode() if isinstance(content, str) else content)

    return change


def edit(path: str, old: str, new: str) -> Callable[[Path], None]:
    """Replace what must be there."""

    def change(folder: Path) -> None:
        text = (folder / path).read_text()
        assert old in text, path
        (folder / path).write_text(text.replace(old, new))

    return change


def move(old: str, new: str) -> Callable[[Path], None]:
    return lambda folder: shutil.move(folder / old, folder / new)


def remove(pattern: str, *, newest: bool = False) -> Callable[[Path], None]:
    """Delete files, or the newest one."""

    def change(folder: Path) -> None:
        found = sorted(folder.glob(pattern))
        assert found, pattern
        for path in found[-1:] if newest else found:
            path.unlink()

    return change


def all_of(*changes: Callable[[Path], None]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        for one in changes:
            one(folder)

    return change


def nothing(_: Path) -> None:
    """No change."""


def apply(folder: Path) -> None:
    done = weft(folder, "apply", "--yes")
    assert done.code == 0, done


def cut(pattern: str) -> Callable[[Path], None]:
    """Leave the first half of a file."""

    def change(folder: Path) -> None:
        (path,) = folder.glob(pattern)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return change


def newer_registry(folder: Path, version: str = "9999") -> None:
    with sqlite3.connect(folder / ".weft/registry.db") as database:
        database.execute("UPDATE weft_version SET version_num = ?", (version,))
    database.close()


def same_registry(folder: Path) -> None:
    newer_registry(folder, "0002")


BACK = {
    "domains/shop/back/product.odps.yaml": """
apiVersion: v1.0.0
kind: DataProduct
id: shop-back
name: back
version: 1.0.0
status: active
inputPorts:
  - {name: daily, version: 1.0.0, contractId: board-daily-contract}
outputPorts:
  - {name: back, version: 1.0.0, contractId: shop-back-contract}
""",
    "domains/shop/back/back.odcs.yaml": """
apiVersion: v3.1.0
kind: DataContract
id: shop-back-contract
version: 1.0.0
status: active
schema:
  - {name: back, properties: [{name: day, logicalType: date}]}
""",
    "domains/shop/back/back.sql": "SELECT day FROM board.daily.turnover\n",
}
POSTGRES = """apiVersion: weft/v1
kind: Source
name: till
connector: sql
config: {url: "postgresql://127.0.0.1:1/till", user: weft, password: "secret://env/TILL_PASSWORD"}
streams: {orders: {}}
"""
STANDS = "Invalid: 1 problem stands in the way\n  Mend them; `weft check` lists them too.\n"


@dataclass(frozen=True)
class Bad:
    """What is wrong, how a command tells, and how it is mended."""

    breaks: Callable[[Path], None]
    says: str
    """Standard output and error, exactly; `...` stands for what differs from machine to machine."""
    mends: Callable[[Path], None]
    command: tuple[str, ...] = ("run", "shop.orders")
    code: int = 1
    environment: dict[str, str] = field(default_factory=dict)
    reads: bool = True
    """Whether what was published can be read all the while."""
    again: tuple[str, ...] = ("run",)
    """The next correct run."""


GOOD = put(NEW, TUESDAY)
TABLE_OF_BAD = {
    "a file that was read is gone": Bad(
        breaks=move("data/orders/monday.csv", "monday.csv"),
        says="shop.orders: succeeded\n  orders: 0 rows in, published\n    file vanished: orders/monday.csv\n",
        code=0,
        mends=all_of(move("monday.csv", "data/orders/monday.csv"), GOOD),
    ),
    "the folder of a source is gone": Bad(
        breaks=move("data", "away"),
        says="shop.orders: failed\n"
        "  orders: failed: there is no file or folder 'data', though files of it were read before\n"
        "    Look whether the folder is mounted; if it moved, mend 'path' of the source.\n",
        mends=all_of(move("away", "data"), GOOD),
    ),
    "wrong delimiter": Bad(
        breaks=put(NEW, TUESDAY.replace(",", ";")),
        says="shop.orders: failed\n"
        f"  orders: failed: the columns of shop.till.orders do not fit {ORDERS}: "
        "column 'order_id;day;email;amount' is new, and the contract does not take it; "
        "column 'order_id' is missing, and 'order_id' is part of the primary key; "
        "column 'day' is missing, and 'day' is required; "
        "column 'email' is missing, 'email' is NULL; "
        "column 'amount' is missing, and 'amount' is required\n"
        "    Nothing of this batch was written. "
        "The files have a single column: is ',' the right delimiter of the source?\n",
        mends=GOOD,
    ),
    "truncated gzip": Bad(
        breaks=all_of(
            edit(TILL, "orders/*.csv", "orders/*"), apply, put(f"{NEW}.gz", gzip.compress(TUESDAY.encode())[:40])
        ),
        says="shop.orders: failed\n"
        "  orders: failed: data/orders/tuesday.csv.gz is cut off: "
        "its compressed data ends after ... bytes of content without its end mark\n"
        "    Fetch the file again from where it came; nothing of it was taken.\n",
        mends=put(f"{NEW}.gz", gzip.compress(TUESDAY.encode())),
    ),
    "invalid UTF-8": Bad(
        breaks=put(NEW, TUESDAY.encode().replace(b"a@", b"\xe4@")),
        says="shop.orders: failed\n"
        "  orders: failed: data/orders/tuesday.csv is not utf-8 text: the byte at position 39 does not fit\n"
        "    Set 'encoding' of the source or stream to what the file is written in (often windows-1252 or latin-1).\n",
        mends=GOOD,
    ),
    "duplicate key in YAML": Bad(
        breaks=edit("domains/shop/domain.yaml", "name: shop\n", "name: shop\nname: store\n"),
        command=("apply", "--yes"),
        code=2,
        says="domains/shop/domain.yaml:4:1: error: the key 'name' stands twice, first in line 3\n" + STANDS,
        mends=all_of(edit("domains/shop/domain.yaml", "name: store\n", ""), GOOD),
    ),
    "unknown kind of document": Bad(
        breaks=edit("people/bo.yaml", "kind: Person", "kind: Preson"),
        command=("apply", "--yes"),
        code=2,
        says="people/bo.yaml:2:1: error: 'kind' is 'Preson', allowed are Person, Team, ServiceAccount\n" + STANDS,
        mends=all_of(edit("people/bo.yaml", "kind: Preson", "kind: Person"), GOOD),
    ),
    "unknown kind of connector": Bad(
        breaks=edit(TILL, "connector: files", "connector: flies"),
        command=("apply", "--yes"),
        code=2,
        says=f"{TILL}:4:1: error: 'flies' is not a known connector, known are ...Files,...\n" + STANDS,
        mends=all_of(edit(TILL, "connector: flies", "connector: files"), GOOD),
    ),
    "unknown kind of policy": Bad(
        breaks=put("policies/moon.yaml", "apiVersion: weft/v1\nkind: Policy\nname: moon\ntype: Moonlight\n"),
        command=("apply", "--yes"),
        code=2,
        says="policies/moon.yaml:4:1: error: 'Moonlight' is not a known kind, known are Access, Deny, Mask, RowFilter...\n"
        + STANDS,
        mends=all_of(remove("policies/moon.yaml"), GOOD),
    ),
    "cycle among products": Bad(
        breaks=all_of(
            *(put(path, text.lstrip()) for path, text in BACK.items()),
            edit(f"{DAILY}/product.odps.yaml", "shop-orders-contract", "shop-back-contract"),
            put(f"{DAILY}/turnover.sql", "SELECT day, 1.00 AS amount FROM shop.back.back\n"),
        ),
        command=("apply", "--yes"),
        code=2,
        says=f"{DAILY}/product.odps.yaml:1:1: error: products read each other in a circle: "
        "board.daily -> shop.back -> board.daily\n" + STANDS,
        mends=all_of(
            lambda folder: shutil.rmtree(folder / "domains/shop/back"),
            edit(f"{DAILY}/product.odps.yaml", "shop-back-contract", "shop-orders-contract"),
            put(f"{DAILY}/turnover.sql", f"SELECT day, sum(amount) AS amount FROM {ORDERS} GROUP BY day\n"),
            GOOD,
        ),
    ),
    "SQL of a product that names nothing known": Bad(
        breaks=edit(f"{DAILY}/turnover.sql", ORDERS, "shop.orders.oders"),
        command=("apply", "--yes"),
        code=2,
        says=f"{DAILY}/turnover.sql:1:40: error: no product offers a table 'shop.orders.oders'; "
        f"did you mean '{ORDERS}'? Known are board.daily.turnover, {ORDERS}\n" + STANDS,
        mends=all_of(edit(f"{DAILY}/turnover.sql", "shop.orders.oders", ORDERS), GOOD),
    ),
    "SQL of a product that is not one SELECT": Bad(
        breaks=edit(f"{DAILY}/turnover.sql", "GROUP BY day", "GROUP BY day; DROP TABLE t"),
        command=("apply", "--yes"),
        code=2,
        says=f"{DAILY}/turnover.sql:1:1: error: 2 statements were found, allowed is exactly one SELECT\n" + STANDS,
        mends=all_of(edit(f"{DAILY}/turnover.sql", "; DROP TABLE t", ""), GOOD),
    ),
    "SQL of a product that is no SQL": Bad(
        breaks=put(f"{DAILY}/turnover.sql", "SELEC day\n"),
        command=("apply", "--yes"),
        code=2,
        says=f"{DAILY}/turnover.sql:1:1: error: this is not SQL near 'SELEC'\n" + STANDS,
        mends=all_of(
            put(f"{DAILY}/turnover.sql", f"SELECT day, sum(amount) AS amount FROM {ORDERS} GROUP BY day\n"), GOOD
        ),
    ),
    "a question that names nothing known": Bad(
        breaks=nothing,
        command=("ask", "SELECT * FROM shop.orders.oders"),
        code=2,
        says="Unknown: no product offers a table 'shop.orders.oders'\n"
        f"  Near it: {ORDERS}. `weft search` finds others.\n",
        mends=GOOD,
    ),
    "a question that is not one SELECT": Bad(
        breaks=nothing,
        command=("ask", f"DELETE FROM {ORDERS}"),
        code=2,
        says="Invalid: Found DELETE.\n  Allowed is exactly one SELECT over tables named domain.product.table.\n",
        mends=GOOD,
    ),
    "a question of two statements": Bad(
        breaks=nothing,
        command=("ask", f"SELECT 1 FROM {ORDERS}; DROP TABLE {ORDERS}"),
        code=2,
        says="Invalid: Found 2 statements.\n  Allowed is exactly one SELECT over tables named domain.product.table.\n",
        mends=GOOD,
    ),
    "source down": Bad(
        breaks=all_of(put(TILL, POSTGRES), apply),
        environment={"TILL_PASSWORD": "hush-hush"},
        says="shop.orders: failed\n"
        "  orders: failed: the database 'till' on 127.0.0.1:1 cannot be reached: connection refused\n"
        "    Look whether it is up, then run again.\n",
        mends=all_of(
            put(
                TILL,
                "apiVersion: weft/v1\nkind: Source\nname: till\nconnector: files\nconfig:\n  path: data\n"
                "streams:\n  orders: {path: orders/*.csv}\n",
            ),
            apply,
            GOOD,
        ),
    ),
    "a secret that is not there": Bad(
        breaks=all_of(put(TILL, POSTGRES), apply),
        says="shop.orders: failed\n"
        "  orders: failed: there is no secret behind 'secret://env/TILL_PASSWORD'\n"
        "    Looked for the environment variable TILL_PASSWORD: set it, then run again.\n",
        mends=all_of(
            put(
                TILL,
                "apiVersion: weft/v1\nkind: Source\nname: till\nconnector: files\nconfig:\n  path: data\n"
                "streams:\n  orders: {path: orders/*.csv}\n",
            ),
            apply,
            GOOD,
        ),
    ),
    "registry of a newer version": Bad(
        breaks=newer_registry,
        code=2,
        says="Invalid: the registry is of version 9999, written by a newer weft; this one knows versions up to 0002\n"
        "  Install the newer weft again, or put back the copy that was made beside it (*.backup-0002).\n",
        mends=all_of(same_registry, GOOD),
        reads=False,
    ),
    "registry that is no registry": Bad(
        breaks=all_of(
            move(".weft/registry.db", "kept.db"), put(".weft/registry.db", "not a database, not at all" * 99)
        ),
        code=4,
        says="Broken: the registry's file is damaged, or is no SQLite database\n"
        "  Put a backup in its place; `weft doctor` then tells again what the tables hold.\n",
        mends=all_of(move("kept.db", ".weft/registry.db"), GOOD),
        reads=False,
    ),
    "a data file deleted by hand": Bad(
        breaks=all_of(GOOD, remove(f"{TABLE}/*.parquet")),
        says="shop.orders: failed\n"
        "  orders: failed: 1 of 1 data files of table shop/orders/orders/v1/table, version 1, are missing or changed: "
        f"part-....parquet\n    {BACKUP}\n",
        mends=nothing,
        again=("run", "--full-refresh"),
        reads=False,
    ),
    "a data file cut by hand": Bad(
        breaks=all_of(GOOD, cut(f"{TABLE}/*.parquet")),
        command=("doctor",),
        code=4,
        says="BROKEN shop.orders.orders: the published version 1 is broken: 1 of 1 data files of table "
        f"shop/orders/orders/v1/table, version 1, are missing or changed: part-....parquet\n  {BACKUP}\n...",
        mends=nothing,
        again=("run", "--full-refresh"),
        reads=False,
    ),
    "the first log file deleted by hand": Bad(
        breaks=all_of(GOOD, remove(f"{TABLE}/_delta_log/*0.json")),
        says="shop.orders: failed\n"
        "  orders: failed: file _delta_log/00000000000000000000.json of table shop/orders/orders/v1/table "
        f"is missing or damaged\n    {BACKUP}\n",
        mends=nothing,
        again=("run", "--full-refresh"),
    ),
    "the newest log file deleted by hand": Bad(
        breaks=all_of(GOOD, remove(f"{TABLE}/_delta_log/*.json", newest=True)),
        says="shop.orders: failed\n"
        "  orders: failed: table shop/orders/orders/v1/table ends at version 0, but version 1 was published or held: "
        f"files of its _delta_log are missing\n    {BACKUP}\n",
        mends=nothing,
        again=("run", "--full-refresh"),
    ),
    "the whole folder of a table deleted by hand": Bad(
        breaks=all_of(GOOD, lambda folder: shutil.rmtree(folder / ".weft/tables/shop")),
        says="shop.orders: failed\n"
        "  orders: failed: table shop/orders/orders/v1/table ends at version -1, but version 1 was published or held: "
        f"files of its _delta_log are missing\n    {BACKUP}\n",
        mends=nothing,
        again=("run", "--full-refresh"),
        reads=False,
    ),
}
