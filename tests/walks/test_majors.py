"""Two majors of a contract side by side, and the older one retired."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from walks.planning import BREAKS, CONTRACT, ORDERS, PRODUCT, applied, asked, edit, planned
from walks.terminal import weft

if TYPE_CHECKING:
    from pathlib import Path


def second_major(folder: Path) -> None:
    """Version 2 of the orders beside version 1: the day is gone."""
    text = (folder / CONTRACT).read_text().replace("version: 1.0.0", "version: 2.0.0")
    text = text.replace("      - {name: day, logicalType: date, required: true}\n", "")
    (folder / CONTRACT.replace("orders.odcs", "orders-2.odcs")).write_text(text)
    edit(
        folder,
        PRODUCT,
        "outputPorts:\n",
        "outputPorts:\n  - {name: orders, version: 2.0.0, contractId: shop-orders-contract}\n",
    )


def test_two_majors_stand_side_by_side(read_shop: Path) -> None:
    edit(read_shop, "domains/board/daily/turnover.sql", ORDERS, 'shop.orders."orders@1"')
    second_major(read_shop)
    plan = planned(read_shop)
    (new,) = [c for c in plan["changes"] if c["action"] == "add"]
    assert new["refused"] is False
    assert new["breaking"] == [
        "'shop.orders.orders' is version 2 now; version 1 stays readable as \"orders@1\"",
        "the column 'day' is taken away: queries that name it fail",
    ]
    assert new["breaks"] == BREAKS
    applied(read_shop)
    assert weft(read_shop, "run").code == 0
    assert set(asked(read_shop, f"SELECT * FROM {ORDERS}")[0]) == {"order_id", "email", "amount"}
    old = 'SELECT min(day) AS day FROM shop.orders."orders@1"'
    assert asked(read_shop, old) == [{"day": "2026-01-05"}]
    both = 'SELECT count(*) AS n FROM shop.orders.orders n JOIN shop.orders."orders@1" o USING (order_id)'
    assert asked(read_shop, both) == [{"n": 2}]
    assert asked(read_shop, "SELECT count(*) AS n FROM board.daily.turnover") == [{"n": 1}]
    (read_shop / "data/orders/friday.csv").write_text("order_id,day,email,amount\n9,2026-01-09,z@home.example,1.00\n")
    assert weft(read_shop, "run").code == 0
    assert asked(read_shop, both) == [{"n": 3}], "each major reads the stream by itself"
    assert '"table": "shop.orders.orders@1"' in weft(read_shop, "show", f"{ORDERS}@1", "--json").out


def test_a_reader_who_does_not_say_which_major_is_asked_to(read_shop: Path) -> None:
    second_major(read_shop)
    refused = weft(read_shop, "apply", "--yes")
    assert refused.code == 2
    assert refused.err.startswith(
        "domains/board/daily/turnover.sql:1:40: error: the SQL reads version 2.0.0 of 'shop.orders.orders', "
        'its input port names 1.0.0; write the port\'s version anew, or read "orders@1"\n'
    )


def test_an_older_major_is_retired_in_its_time(read_shop: Path) -> None:
    shutil.rmtree(read_shop / "domains/board/daily")
    second_major(read_shop)
    applied(read_shop)
    (read_shop / CONTRACT).unlink()
    edit(read_shop, PRODUCT, "  - {name: orders, version: 1.0.0, contractId: shop-orders-contract}\n", "")
    retired = planned(read_shop)
    assert [c["breaking"] for c in retired["changes"] if c["action"] == "retire"] == [
        ["version 1 of the table 'orders' is retired; its data is kept until --prune"]
    ]
    applied(read_shop, "--prune", "--keep", "0")
    assert weft(read_shop, "ask", 'SELECT * FROM shop.orders."orders@1"').code == 2
    assert not list((read_shop / ".weft/tables/shop/orders/orders/v1").rglob("*.parquet"))


def test_a_new_major_in_the_place_of_the_old_one(read_shop: Path) -> None:
    shutil.rmtree(read_shop / "domains/board/daily")
    applied(read_shop)
    edit(read_shop, CONTRACT, "version: 1.0.0", "version: 2.0.0")
    edit(read_shop, CONTRACT, "      - {name: day, logicalType: date, required: true}\n", "")
    edit(read_shop, PRODUCT, "name: orders, version: 1.0.0", "name: orders, version: 2.0.0")
    (contract, _) = planned(read_shop)["changes"]
    assert contract["breaking"] == [
        "version 1 of 'orders' is no longer offered, 'shop.orders.orders' is version 2 now",
        "the column 'day' is taken away: queries that name it fail",
    ]
    assert contract["refused"] is False
    applied(read_shop)
    waits = weft(read_shop, "ask", f"FROM {ORDERS}")
    assert (waits.code, waits.err.splitlines()[0]) == (
        5,
        f"Unavailable: {ORDERS} is not published: it has not run yet",
    )
    assert weft(read_shop, "run").code == 0
    assert asked(read_shop, f"SELECT count(*) AS n FROM {ORDERS}") == [{"n": 2}]
