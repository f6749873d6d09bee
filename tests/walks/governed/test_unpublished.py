"""Rows that are not published are for their owners, and protected there too, whatever the source calls its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from walks.mesh import ADA, BO, open_mesh, product, source
from weft.errors import Denied
from weft.flow import base, quarantine, sources
from weft.flow.run import run

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT = """
    schema:
      - name: staff
        customProperties: [{property: weft.stream, value: hr.staff}]
        properties:
          - {name: id, logicalType: integer, required: true}
          - {name: email, logicalType: string, tags: [pii.email]}
          - {name: city, logicalType: string}
"""
SHAPED = "SELECT id, lower(MAIL) AS email, city FROM hr.staff"
CASES = {
    "as declared": ("id,email,city", ""),
    "in other letters": ("id,EMAIL,city", ""),
    "renamed in SQL": ("id,Mail,city", SHAPED),
    "renamed by a method": ("id,Mail,city", SHAPED.replace("lower(MAIL)", "mail.lower()")),
}


@pytest.mark.parametrize(("head", "sql"), CASES.values(), ids=CASES)
def test_a_look_does_not_show_what_is_protected(head: str, sql: str, tmp_path: Path) -> None:
    files = {
        **source("hr", "connector: files\nconfig: {path: silo}\nstreams: {staff: {path: staff.csv}}\n"),
        **product("staff", CONTRACT, reads=("stream:hr.staff",)),
        "silo/staff.csv": f"{head}\nx,secret@x,Rome\n2,b@x,Ulm\n3,secret@x\n",
    }
    if sql:
        files["domains/d/staff/staff.sql"] = sql
    world = open_mesh(tmp_path, files)
    (ran,) = run(world)
    assert (ran.tables[0].rows, ran.tables[0].quarantined) == (1, 2)
    known = base.declared(world)
    looked = quarantine.look(world, known, "d.staff.staff", ADA).to_pylist()
    assert len(looked) == 2
    assert "secret" not in str(looked)
    assert '"city":"Rome"' in str(looked)
    hr = sources.find(known, "hr")
    (tmp_path / "silo/staff.csv").write_text(f"{head}\nx,secret@x,Rome\n")
    shown = sources.preview(world, hr, "staff", ADA).to_pylist()
    assert "secret" not in str(shown)
    assert (shown[0]["id"], shown[0]["city"]) == ("x", "Rome")
    for look in (
        lambda: quarantine.look(world, known, "d.staff.staff", BO),
        lambda: sources.preview(world, hr, "staff", BO),
    ):
        with pytest.raises(Denied):
            look()
    world.close()
