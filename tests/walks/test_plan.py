"""Plan and apply: what changes, what breaks and whom, all or nothing, a domain by itself, majors side by side."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from walks.planning import BREAKS, CONTRACT, ORDERS, PRODUCT, applied, asked, edit, planned
from walks.terminal import weft

if TYPE_CHECKING:
    from pathlib import Path


BREAKING = {
    "column away": (
        "      - {name: day, logicalType: date, required: true}\n",
        "",
        "the column 'day' is taken away: queries that name it fail",
    ),
    "column renamed": (
        "{name: day, logicalType: date, required: true}",
        "{name: on_day, physicalName: day, logicalType: date, required: true}",
        "the column 'day' is renamed to 'on_day': queries that name it fail",
    ),
    "type": (
        "{name: day, logicalType: date,",
        "{name: day, logicalType: string,",
        "the type of 'day' goes from date to string: what readers do with its values may fail",
    ),
    "no longer required": (
        "{name: day, logicalType: date, required: true}",
        "{name: day, logicalType: date}",
        "'day' is no longer required: readers find NULL where they relied on a value",
    ),
    "key": (
        "primaryKey: true",
        "required: true",
        "the primary key of 'orders' goes from (order_id) to none: what one row stands for changes",
    ),
    "table away": (
        "  - name: orders\n    description",
        "  - name: sales\n    description",
        "the table 'orders' is retired; its data is kept until --prune",
    ),
}


@pytest.mark.parametrize("case", BREAKING)
def test_a_breaking_change_is_marked_with_whom_it_breaks_and_refused(read_shop: Path, case: str) -> None:
    old, new, text = BREAKING[case]
    if case != "key":
        shutil.rmtree(read_shop / "domains/board/daily")  # else the mesh would not resolve, which is another refusal
        applied(read_shop)
    edit(read_shop, CONTRACT, old, new)
    plan = weft(read_shop, "plan")
    assert f"    BREAKING {text}\n" in plan.out
    assert "      breaks reader bo@shop.example\n" in plan.out
    if case == "table away":  # to retire is allowed: the data stays
        assert plan.code == 0
        return
    assert plan.code == 1
    assert "    refused: an active contract changes so only with a new major version\n" in plan.out
    refused = weft(read_shop, "apply", "--yes")
    assert (refused.code, refused.err) == (
        2,
        (
            f"Invalid: a breaking change of an active contract needs a new major version: {CONTRACT}: {text}\n"
            "  Raise the contract's version to the next major, or keep what consumers rely on. "
            "`weft plan` shows whom it breaks.\n"
        ),
    )
    assert planned(read_shop)["refused"] is True, "nothing was applied"


def test_derived_tables_are_named_as_broken(read_shop: Path) -> None:
    edit(read_shop, CONTRACT, "primaryKey: true", "required: true")
    (change,) = planned(read_shop)["changes"]
    assert change["breaks"] == BREAKS
    assert (change["action"], change["path"], change["refused"]) == ("change", CONTRACT, True)


def test_moving_a_contract_does_not_get_around_it(read_shop: Path) -> None:
    edit(read_shop, CONTRACT, "primaryKey: true", "required: true")
    moved = CONTRACT.replace("orders.odcs", "all-orders.odcs")
    (read_shop / CONTRACT).rename(read_shop / moved)
    plan = planned(read_shop)
    assert [(c["action"], c["path"], c["refused"]) for c in plan["changes"]] == [
        ("add", moved, True),
        ("retire", CONTRACT, False),
    ]
    edit(read_shop, moved, "id: shop-orders-contract", "id: another-contract")
    edit(read_shop, PRODUCT, "contractId: shop-orders-contract", "contractId: another-contract")
    edit(read_shop, "domains/board/daily/product.odps.yaml", "shop-orders-contract", "another-contract")
    assert planned(read_shop)["refused"] is True


def test_moving_a_contract_unchanged_breaks_nobody(read_shop: Path) -> None:
    (read_shop / CONTRACT).rename(read_shop / CONTRACT.replace("orders.odcs", "all-orders.odcs"))
    assert [c["breaking"] for c in planned(read_shop)["changes"]] == [[], []]
    applied(read_shop)
    assert asked(read_shop, f"SELECT count(*) AS n FROM {ORDERS}") == [{"n": 2}]


def test_what_breaks_nobody_is_told_and_goes_through(read_shop: Path) -> None:
    edit(read_shop, CONTRACT, "      - {name: day,", "      - {name: note, logicalType: string}\n      - {name: day,")
    plan = weft(read_shop, "plan")
    assert plan.out == (
        f"~ DataContract shop-orders-contract  ({CONTRACT})\n    the column 'note' is new\n1 change: 1 to change\n"
    )
    applied(read_shop)
    assert weft(read_shop, "run", "shop.orders").code == 0
    assert asked(read_shop, f"SELECT note, count(*) AS n FROM {ORDERS} GROUP BY note") == [{"note": None, "n": 2}]


def test_apply_twice_changes_nothing(own_shop: Path) -> None:
    before = weft(own_shop, "events", "--limit", "1000", "--json").out
    assert applied(own_shop).out == "nothing to change\n"
    assert weft(own_shop, "plan").out == "nothing to change\n"
    assert weft(own_shop, "events", "--limit", "1000", "--json").out == before


def test_apply_is_all_or_nothing(own_shop: Path) -> None:
    edit(own_shop, "people/bo.yaml", "name: Bo", "name: Bob")
    (own_shop / "people/cleo.yaml").write_text("apiVersion: weft/v1\nkind: Person\nid: cleo@shop.example\nnam: Cleo\n")
    before = weft(own_shop, "export", "people/bo.yaml").out
    refused = weft(own_shop, "apply", "--yes")
    assert refused.code == 2
    assert refused.err.startswith("people/cleo.yaml:4:1: error: ")
    assert refused.err.endswith("Invalid: 1 problem stands in the way\n  Mend them; `weft check` lists them too.\n")
    assert weft(own_shop, "export", "people/bo.yaml").out == before


def test_who_applies_second_on_an_old_plan_is_told(own_shop: Path) -> None:
    from weft.errors import Unavailable
    from weft.flow.apply import apply
    from weft.flow.plan import plan
    from weft.mesh import judges, open_world

    world = open_world(own_shop)
    edit(own_shop, "people/bo.yaml", "name: Bo", "name: Bob")
    first = plan(world, judges(), own_shop)
    edit(own_shop, "people/bo.yaml", "name: Bob", "name: Robert")
    second = plan(world, judges(), own_shop)
    assert apply(world, second) == 1
    with pytest.raises(Unavailable) as told:
        apply(world, first)
    world.close()
    assert str(told.value) == (
        "documents were applied by somebody else since the plan was made\n  Plan again, look, and apply."
    )
    assert "Robert" in weft(own_shop, "export", "people/bo.yaml").out


def test_a_subtree_is_all_that_is_touched(own_shop: Path) -> None:
    edit(own_shop, "people/bo.yaml", "name: Bo", "name: Bob")
    edit(own_shop, "domains/shop/domain.yaml", "name: shop", "name: shop\npurpose: The shop.")
    assert [c["path"] for c in planned(own_shop, "domains/shop")["changes"]] == ["domains/shop/domain.yaml"]
    assert [c["path"] for c in planned(own_shop / "domains/shop")["changes"]] == ["domains/shop/domain.yaml"]
    applied(own_shop, "domains/shop")
    assert [c["path"] for c in planned(own_shop)["changes"]] == ["people/bo.yaml"]


def test_a_subtree_that_is_gone_is_retired_and_a_wrong_name_is_told(own_shop: Path) -> None:
    shutil.rmtree(own_shop / "domains/board")
    gone = planned(own_shop, "domains/board")
    assert {c["action"] for c in gone["changes"]} == {"retire"}
    wrong = weft(own_shop, "plan", "domains/bord")
    assert (wrong.code, wrong.err) == (
        2,
        "Invalid: there is no folder 'domains/bord'\n  Name the mesh's folder or a folder in it.\n",
    )
    file = weft(own_shop, "apply", CONTRACT, "--yes")
    assert file.err == f"Invalid: '{CONTRACT}' is a file\n  plan and apply take a folder: a mesh's, or one in it.\n"


def test_a_domain_lives_in_a_repository_of_its_own(own_shop: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "shop-repository"
    shutil.move(own_shop / "domains/shop", elsewhere)
    mesh = ("--mesh", str(own_shop))
    assert weft(elsewhere, "plan", *mesh).out == "nothing to change\n"
    edit(elsewhere, "orders/product.odps.yaml", "Every order of the shop.", "Every single order.")
    assert [c["path"] for c in planned(elsewhere, *mesh)["changes"]] == [PRODUCT]
    applied(elsewhere, *mesh)
    assert "Every single order." in weft(own_shop, "show", "shop.orders").out
    outside = weft(tmp_path, "plan", *mesh)
    assert outside.err == (
        "Invalid: '.' lies outside the mesh and holds neither mesh.yaml nor domain.yaml\n"
        "  Name a folder of the mesh, or a domain's own folder together with --mesh.\n"
    )


def test_what_is_retired_keeps_its_data_until_it_is_pruned(own_shop: Path, tmp_path: Path) -> None:
    shutil.move(own_shop / "domains/board/daily", tmp_path / "daily")
    plan = weft(own_shop, "plan")
    assert "    BREAKING the table 'turnover' is retired; its data is kept until --prune\n" in plan.out
    applied(own_shop)
    lost = weft(own_shop, "ask", "FROM board.daily.turnover")
    assert (lost.code, lost.err) == (
        2,
        (
            "Unknown: no product offers a table 'board.daily.turnover'\n"
            "  Near it: shop.orders.orders. `weft search` finds others.\n"
        ),
    )
    shutil.move(tmp_path / "daily", own_shop / "domains/board/daily")
    applied(own_shop)
    assert asked(own_shop, "SELECT count(*) AS n FROM board.daily.turnover") == [{"n": 1}], "it is as it was"


def test_prune_says_what_goes_asks_and_is_an_event(own_shop: Path) -> None:
    shutil.rmtree(own_shop / "domains/board/daily")
    applied(own_shop)
    stored = own_shop / ".weft/tables/board/daily"
    spared = weft(own_shop, "apply", "--prune", "--yes")
    assert (spared.out, stored.exists()) == ("nothing to change\n", True), "not within 30 days"
    unasked = weft(own_shop, "apply", "--prune", "--keep", "0")
    assert (unasked.code, stored.exists()) == (2, True)
    assert unasked.out == "nothing to change\n- data of board.daily.turnover@1  (--prune)\n"
    assert weft(own_shop, "apply", "domains/shop", "--prune", "--keep", "0", "--yes").out == "nothing to change\n", (
        "not of that subtree"
    )
    done = applied(own_shop, "--prune", "--keep", "0")
    assert done.out.splitlines()[-1] == "deleted the data of 1 table"
    assert not list(stored.rglob("*.parquet"))
    (event,) = weft(own_shop, "events", "--type", "table.dropped", "--json").json()
    assert event["subject"] == "board.daily.turnover@1"
    assert asked(own_shop, f"SELECT count(*) AS n FROM {ORDERS}") == [{"n": 2}]
    assert weft(own_shop, "doctor").code == 0


def test_a_table_pruned_and_declared_again_starts_anew(own_shop: Path, tmp_path: Path) -> None:
    shutil.move(own_shop / "domains/board/daily", tmp_path / "daily")
    applied(own_shop, "--prune", "--keep", "0")
    shutil.move(tmp_path / "daily", own_shop / "domains/board/daily")
    applied(own_shop)
    assert weft(own_shop, "ask", "FROM board.daily.turnover").code == 5
    assert weft(own_shop, "run").code == 0
    assert asked(own_shop, "SELECT count(*) AS n FROM board.daily.turnover") == [{"n": 1}]


def test_an_old_name_is_answered_by_where_it_went(own_shop: Path) -> None:
    shutil.rmtree(own_shop / "domains/board/daily")
    applied(own_shop)
    edit(own_shop, CONTRACT, "  - name: orders\n    description", "  - name: sales\n    description")
    edit(
        own_shop,
        CONTRACT,
        "      - {property: weft.stream, value: till.orders}\n",
        f"      - {{property: weft.stream, value: till.orders}}\n      - {{property: weft.was, value: {ORDERS}}}\n",
    )
    applied(own_shop)
    for arguments in (("ask", f"FROM {ORDERS}"), ("show", ORDERS), ("why", ORDERS), ("hold", ORDERS)):
        told = weft(own_shop, *arguments)
        assert (told.code, told.err) == (
            2,
            f"Invalid: '{ORDERS}' is now called shop.orders.sales\n  Ask for shop.orders.sales.\n",
        ), arguments


def test_a_draft_may_change_as_it_likes(read_shop: Path) -> None:
    shutil.rmtree(read_shop / "domains/board/daily")
    edit(read_shop, CONTRACT, "status: active", "status: draft")
    applied(read_shop)
    edit(read_shop, CONTRACT, "{name: day, logicalType: date,", "{name: day, logicalType: string,")
    assert planned(read_shop)["refused"] is False
    applied(read_shop)
    stored = weft(read_shop, "run", "shop.orders")
    assert (stored.code, stored.out) == (
        1,
        (
            "shop.orders: failed\n"
            "  orders: failed: column day of table shop/orders/orders/v1/table is day DATE, not VARCHAR\n"
            "    A column keeps its name and type; anything else is a new major version of the contract.\n"
        ),
    )
    assert asked(read_shop, f"SELECT count(*) AS n FROM {ORDERS}") == [{"n": 2}]


def test_plan_is_json_for_a_pull_request(read_shop: Path) -> None:
    edit(read_shop, CONTRACT, "primaryKey: true", "required: true")
    done = weft(read_shop, "plan", "--json")
    assert done.code == 1
    (change,) = json.loads(done.out)["changes"]
    assert set(change) == {"action", "kind", "id", "path", "details", "breaking", "breaks", "refused", "position"}
    assert change["position"]["file"] == CONTRACT
