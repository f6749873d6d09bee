"""The search keeps up with the documents: only what changed is made anew, and that comes to the same as all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from walks.mesh import open_mesh, product, reapply
from weft.flow.find import catch_up, find

if TYPE_CHECKING:
    from pathlib import Path

    from weft.seams import World


def kept(world: World) -> dict[str, Any]:
    with world.registry.transaction() as unit:
        keys = unit.search.match([])
        return {"words": unit.search.words(), "things": unit.search.get(keys), "at": unit.search.bookmark()}


def again(world: World) -> dict[str, Any]:
    """What a search that forgot everything holds."""
    with world.registry.transaction(write=True) as unit:
        unit.search.drop()
    catch_up(world)
    return kept(world)


def table(name: str, *columns: str) -> str:
    listed = "".join(f"\n      - {{name: {c}, logicalType: string}}" for c in columns)
    return f"schema:\n  - name: {name}\n    properties:{listed}\n"


MESH = product("crm", table("accounts", "id", "name")) | product("shop", table("orders", "id", "amount"))


def test_only_what_changed_is_made_anew(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, MESH)
    assert catch_up(world) == len(kept(world)["things"]) == 6, "two tables, two products, two domains"
    assert catch_up(world) == 0
    assert find(world, "amount")[0].name == "d.shop.orders"
    reapply(world, product("shop", table("orders", "id", "amount", "price")))
    assert catch_up(world) == 1, "one table"
    assert find(world, "price")[0].name == "d.shop.orders"
    reapply(world, {"people/ada.yaml": "{apiVersion: weft/v1, kind: Person, id: ada@x.example, name: Ada Lovelace}"})
    assert {hit.name for hit in find(world, "lovelace")} == {"d", "d.crm", "d.crm.accounts", "d.shop", "d.shop.orders"}
    (tmp_path / "domains/d/crm/product.odps.yaml").unlink()
    (tmp_path / "domains/d/crm/out.odcs.yaml").unlink()
    reapply(world)
    assert find(world, "accounts") == ()
    assert kept(world) == again(world)
    world.close()


def test_a_search_that_holds_another_state_is_brought_to_this_one(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, MESH)
    catch_up(world)
    with world.registry.transaction(write=True) as unit:
        thing = unit.search.get(["table d.crm.accounts"])[0]
        strange = thing.model_copy(update={"name": "strange", "signature": "x"})
        unit.search.put([strange], [thing.key], unit.search.bookmark() + 9)
    catch_up(world)
    assert kept(world) == again(world)
    world.close()
