"""The corner shop changed, planned and applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from walks.terminal import Ended, weft

if TYPE_CHECKING:
    from pathlib import Path


CONTRACT = "domains/shop/orders/orders.odcs.yaml"
PRODUCT = "domains/shop/orders/product.odps.yaml"
ORDERS = "shop.orders.orders"
BREAKS = ["table board.daily.turnover", "reader bo@shop.example"]


def edit(folder: Path, path: str, old: str, new: str) -> None:
    """Replace what must be there."""
    text = (folder / path).read_text()
    assert old in text, path
    (folder / path).write_text(text.replace(old, new))


def planned(folder: Path, *arguments: str) -> dict:
    return weft(folder, "plan", *arguments, "--json").json()


def applied(folder: Path, *arguments: str) -> Ended:
    done = weft(folder, "apply", "--yes", *arguments)
    assert done.code == 0, done
    return done


def asked(folder: Path, sql: str) -> list:
    done = weft(folder, "ask", sql, "--json")
    assert done.code == 0, done
    return done.json()
