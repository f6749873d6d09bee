"""One company for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from walks.governed.asking import Company
from walks.governed.company import COMPANY, first_files, raw, second_files
from walks.mesh import open_mesh, write
from weft.flow.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """People with a log that is not folded, calls, orders, and members derived from people."""
    world = open_mesh(tmp_path_factory.mktemp("company"), COMPANY, first_files())
    assert [one.state for one in run(world)] == ["succeeded"] * 2
    write(world.folder, second_files())
    assert [one.state for one in run(world)] == ["succeeded"] * 2
    with world.registry.transaction() as unit:
        people = unit.publications.get("d.crm.people@1")
    assert people is not None
    assert people.relation.files
    assert people.relation.log, "the log must not be folded"
    yield Company(world, raw())
    world.close()
