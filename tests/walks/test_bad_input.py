"""Bad input, each with its exact message: nothing lost, nothing half-published, and the next correct run goes on."""

from __future__ import annotations

import os
import shutil
import socket
from typing import TYPE_CHECKING

import pytest

from docs.console import same
from walks.bad_input import AFTER, BEFORE, NEW, ORDERS, TABLE_OF_BAD, TUESDAY, apply
from walks.terminal import Ended, shell, weft

if TYPE_CHECKING:
    from pathlib import Path


def seen(folder: Path) -> dict[str, float]:
    """What a consumer sees of the orders."""
    done = weft(folder, "ask", f"SELECT count(*) AS n, sum(amount) AS total FROM {ORDERS}", "--json")
    assert done.code == 0, done
    (row,) = done.json()
    return row


def sound(folder: Path) -> None:
    """The journal holds, one bad row waits once, doctor finds nothing."""
    assert weft(folder, "doctor", "--json").json()["healthy"] is True
    (waits,) = weft(folder, "quarantine", "--json").json()["waiting"]
    assert (waits["table"], waits["rows"]) == (ORDERS, 1)
    assert weft(folder, "hold", "--json").json() == []


@pytest.mark.parametrize("case", TABLE_OF_BAD)
def test_bad_input(own_shop: Path, case: str) -> None:
    bad = TABLE_OF_BAD[case]
    bad.breaks(own_shop)
    done = weft(own_shop, *bad.command, **bad.environment)
    assert same(bad.says, done.out + done.err), f"--- wanted\n{bad.says}\n--- printed\n{done.out + done.err}"
    assert done.code == bad.code
    if bad.reads:
        assert seen(own_shop) == BEFORE, "consumers go on seeing what was published"
    bad.mends(own_shop)
    again = weft(own_shop, *bad.again)
    assert again.code == 0, again
    sound(own_shop)
    assert "rows in" not in weft(own_shop, "run").out, "nothing was left for a second run"
    assert seen(own_shop) == AFTER


def test_a_source_that_was_never_there(new_shop: Path) -> None:
    shutil.move(new_shop / "data", new_shop / "away")
    apply(new_shop)
    first = weft(new_shop, "run")
    assert (first.code, first.out) == (
        1,
        """shop.orders: failed
  orders: failed: there is no file or folder 'data'
    'path' is a URL or relative to the mesh's folder; name a folder, a file or a pattern such as in/*.csv.
board.daily: failed
  turnover: failed: shop.orders.orders is not published: it has not run yet
    `weft run shop.orders` makes it.
""",
    )
    (new_shop / "data").mkdir()
    second = weft(new_shop, "run", "shop.orders")
    assert second.out == (
        """shop.orders: failed
  orders: failed: the stream 'orders' has no file: 'data' does not hold 'orders/*.csv'
    It holds no file at all.
"""
    )
    shutil.rmtree(new_shop / "data")
    shutil.move(new_shop / "away", new_shop / "data")
    assert weft(new_shop, "run").code == 0
    assert seen(new_shop) == BEFORE
    sound(new_shop)


def grow(folder: Path, rows: int) -> None:
    """A file of orders that packs badly."""
    lines = (f"{n},2026-01-07,{os.urandom(12).hex()}@home.example,1.00\n" for n in range(10, 10 + rows))
    (folder / "data/orders/many.csv").write_text("order_id,day,email,amount\n" + "".join(lines))


def test_disk_full(own_shop: Path) -> None:
    """A limit on the size of files stands in for the full disk: writing fails in the middle of a data file."""
    grow(own_shop, 200_000)
    full = shell(own_shop, "ulimit -f 1500; weft run shop.orders")
    assert (full.code, full.out, full.err) == (
        1,
        (
            "shop.orders: failed\n"
            "  orders: failed: the disk is full, nothing was committed\n"
            "    Free space where the mesh keeps its tables, then run it again.\n"
        ),
        "",
    )
    assert seen(own_shop) == BEFORE
    assert not [p for p in (own_shop / ".weft/tables/.staging").rglob("*") if p.is_file() and p.name != "lock"]
    assert weft(own_shop, "run", "shop.orders").code == 0
    assert seen(own_shop) == {"n": 200_002, "total": 200_200.5}
    sound(own_shop)


def test_disk_full_under_the_registry(own_shop: Path) -> None:
    (own_shop / NEW).write_text(TUESDAY)
    full = shell(own_shop, "ulimit -f 40; weft run shop.orders")
    assert full.code != 0 and "Traceback" not in full.err
    assert seen(own_shop) == BEFORE
    assert weft(own_shop, "run").code == 0
    assert seen(own_shop) == AFTER
    sound(own_shop)


@pytest.mark.usefixtures("warm_shell")
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_no_room_for_what_is_printed(shop: Path) -> None:
    for command in (f"ask 'FROM {ORDERS}'", f"ask 'FROM {ORDERS}' --format csv", "show", "export mesh.yaml"):
        done = shell(shop, f"weft {command} > /dev/full")
        assert (done.code, done.err) == (
            5,
            (
                "Unavailable: the system refused: No space left on device\n"
                "  Mend that and try again; what was committed stays.\n"
            ),
        ), command


@pytest.mark.usefixtures("warm_shell")
def test_the_second_of_two_processes_on_one_table_is_told_who_works_on_it(own_shop: Path) -> None:
    from weft.flow import base
    from weft.mesh import open_world

    (own_shop / NEW).write_text(TUESDAY)
    world = open_world(own_shop)
    with base.Held(world, "product:shop.orders"):
        told = shell(own_shop, "weft run shop.orders")
    world.close()
    says = (
        f"shop.orders: failed\n  product shop.orders is being worked on by process {os.getpid()} "
        f"on {socket.gethostname()}\n"
        "    Wait until it is done (its lease ends in at most ... s), then run again.\n"
    )
    assert (told.code, told.err) == (1, "")
    assert same(says, told.out), told.out
    assert seen(own_shop) == BEFORE
    assert weft(own_shop, "run").code == 0
    assert seen(own_shop) == AFTER
    sound(own_shop)


@pytest.mark.usefixtures("warm_shell")
def test_two_processes_at_once_double_nothing(own_shop: Path) -> None:
    grow(own_shop, 50_000)
    both = shell(own_shop, "weft run & weft run & wait %1; one=$?; wait %2; echo $one $?")
    codes = both.out.splitlines()[-1].split()
    assert "0" in codes and "Traceback" not in both.err, both
    assert weft(own_shop, "run").code == 0
    assert seen(own_shop) == {"n": 50_002, "total": 50_200.5}
    sound(own_shop)


def test_a_failing_product_does_not_stop_the_others_and_says_which_table(own_shop: Path) -> None:
    (own_shop / NEW).write_bytes(b"order_id,day,email,amount\n4,2026-01-06,\xe4,7.00\n")
    done: Ended = weft(own_shop, "run")
    assert done.code == 1
    assert done.out.splitlines()[0] == "shop.orders: failed"
    assert done.out.splitlines()[1].startswith("  orders: failed: data/orders/tuesday.csv is not utf-8 text")
    assert done.out.splitlines()[-2:] == ["board.daily: succeeded", "  turnover: nothing new"]
    (run, _) = weft(own_shop, "run", "--json").json()
    assert (run["state"], run["tables"][0]["state"]) == ("failed", "failed")
    assert run["tables"][0]["error"].startswith("data/orders/tuesday.csv is not utf-8 text")
