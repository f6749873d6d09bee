"""A part of a mesh tells what the whole mesh tells of the products in it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import weft.demo
from weft import spec
from weft.errors import Invalid
from weft.flow import access, base, scope
from weft.flow.apply import apply
from weft.flow.plan import plan
from weft.mesh import judges, open_world
from weft.policy import actor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.seams import World


@pytest.fixture
def company(tmp_path: Path) -> Iterator[World]:
    """Messy, Inc., applied."""
    shutil.copytree(Path(weft.demo.__file__).parent / "company", tmp_path / "messy")
    world = open_world(tmp_path / "messy")
    apply(world, plan(world, judges(), world.folder))
    yield world
    world.close()


def test_a_part_decides_as_the_whole(company: World) -> None:
    with company.registry.transaction() as unit:
        documents = unit.documents.all()
        whole, _ = spec.resolve(documents)
        assert scope.known(unit)
        for name in whole.products:
            part = base.declared_around(company, unit, [name], readers=True)
            assert part is not whole
            assert part.products[name] == whole.products[name]
            mine = [p for p in whole.placed if str(p.product) == name]
            assert [p for p in part.placed if str(p.product) == name] == mine
            for placed in mine:
                assert {p.name for p in part.consumers(placed.name)} == {p.name for p in whole.consumers(placed.name)}
                assert base.effective(company, part, placed.name) == base.effective(company, whole, placed.name)
                for who in (*whole.people, "service:board_report", f"product:{name}", "nobody"):
                    one, other = (access.decide(company, k, placed, actor(k, who), "") for k in (part, whole))
                    assert one == other
        read = {d.path for d in scope.around(unit, ["product.issues"])}
        assert "domains/product/issues/issues.sql" in read
        assert "domains/manufacturing/oee/daily.sql" not in read


def test_a_domain_is_planned_with_whom_it_breaks(company: World) -> None:
    assert plan(company, judges(), company.folder / "domains/finance", "domains/finance").changes == ()
    shutil.rmtree(company.folder / "domains/success/customers")
    with pytest.raises(Invalid) as whole:
        plan(company, judges(), company.folder)
    with pytest.raises(Invalid) as part:
        plan(company, judges(), company.folder / "domains/success", "domains/success")
    assert _marks(part.value) == _marks(whole.value)
    assert any(not place.startswith("domains/success/") for place, _ in _marks(part.value))


def _marks(error: Invalid) -> set[tuple[str, str]]:
    """Places and texts, without what is known instead."""
    return {(str(p.position), p.message.partition("; ")[0]) for p in error.problems}


def test_names_are_kept_up_and_found_again(company: World) -> None:
    def names() -> dict[str, object]:
        with company.registry.transaction() as unit:
            return dict(unit.projections.rows("names.1"))

    (company.folder / "domains/people/policies/kinds_of_absence.yaml").unlink()
    text = (company.folder / "domains/success/health/accounts.sql").read_text()
    (company.folder / "domains/success/health/accounts.sql").write_text(text + "\n-- said anew\n")
    apply(company, plan(company, judges(), company.folder))
    kept = names()
    assert not any("kinds_of_absence" in key for key in kept)
    with company.registry.transaction(write=True) as unit:
        unit.projections.drop("names.1")
        assert not scope.known(unit)
        assert base.declared_around(company, unit, ["sales.crm"]) == base.declared(company, unit), "else all is read"
        scope.note(unit, unit.documents.revision(), (), ())
    assert names() == kept
