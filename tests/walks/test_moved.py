"""A mesh's folder may be moved or copied: nothing in it names the place where it lies."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from walks.terminal import weft

if TYPE_CHECKING:
    from pathlib import Path

COUNT = "SELECT count(*) AS n FROM shop.orders.orders"
NEW = "order_id,day,email,amount\n4,2026-01-06,a@home.example,7.00\n"


def test_a_moved_mesh_is_read_and_goes_on(own_shop: Path, tmp_path: Path) -> None:
    # own_shop is a copy already; what it was copied from must not be what it reads.
    moved = tmp_path / "elsewhere" / "shop"
    moved.parent.mkdir()
    shutil.move(own_shop, moved)
    assert weft(moved, "ask", COUNT, "--json").json() == [{"n": 2}]
    assert weft(moved, "run").out.count("nothing new") == 2
    assert weft(moved, "doctor").out == "everything is in order\n"
    (moved / "data/orders/tuesday.csv").write_text(NEW)
    assert weft(moved, "run").code == 0
    assert weft(moved, "ask", COUNT, "--json").json() == [{"n": 3}]
    assert weft(moved, "ask", "SELECT count(*) AS n FROM board.daily.turnover", "--json").json() == [{"n": 2}]


def test_copies_do_not_read_each_other(own_shop: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(own_shop, copy)
    (copy / "data/orders/tuesday.csv").write_text(NEW)
    assert weft(copy, "run").code == 0
    shutil.rmtree(own_shop)
    assert weft(copy, "ask", COUNT, "--json").json() == [{"n": 3}]
    assert b"copy" not in (copy / ".weft/registry.db").read_bytes()
