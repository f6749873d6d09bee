"""weft diff: two files, or one and what is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from walks.mesh import open_mesh, product
from walks.terminal import weft

if TYPE_CHECKING:
    from pathlib import Path

TABLE = """
schema:
  - name: t
    properties:
      - {name: id, logicalType: integer, required: true}
      - {name: mail, logicalType: string, description: Where to write.}
    quality:
      - {metric: rowCount, mustBeGreaterThan: 0, severity: warning}
"""
PATH = "domains/d/p/out.odcs.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    open_mesh(tmp_path, product("p", TABLE)).close()
    return tmp_path


def change(folder: Path, *pairs: tuple[str, str]) -> None:
    text = (folder / PATH).read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    (folder / PATH).write_text(text)


def test_a_file_against_what_is_applied(folder: Path) -> None:
    assert weft(folder, "diff", PATH).out == "nothing differs\n"
    change(folder, ("Where to write.", "Where to write to."), ("required: true", "required: false"))
    done = weft(folder, "diff", PATH)
    assert done.code == 1
    assert done.out.splitlines() == [
        "breaking       'id' is no longer required: readers find NULL where they relied on a value",
        "documentation  the description of 'mail' changes",
        "2 changes, a new major version is due; it goes 1.0.0 -> 1.0.0",
    ]
    change(folder, ("version: 1.0.0", "version: 2.0.0"))
    told = weft(folder, "diff", PATH, "--json").json()
    assert (told["bump"], told["refused"], told["to"]) == ("major", False, "2.0.0")
    assert [c["class"] for c in told["changes"]] == ["breaking", "documentation"]


def test_two_files(folder: Path) -> None:
    (folder / "old.yaml").write_text((folder / PATH).read_text())
    change(
        folder, ("severity: warning", "severity: info"), ("logicalType: string,", "logicalType: string, tags: [pii],")
    )
    done = weft(folder, "diff", "old.yaml", PATH)
    assert (done.code, [line.split()[0] for line in done.out.splitlines()]) == (0, ["compatible", "compatible", "2"])
    back = weft(folder, "diff", PATH, "old.yaml", "--json").json()
    assert [c["class"] for c in back["changes"]] == ["compatible", "compatible"]


def test_what_is_no_contract_is_refused(folder: Path) -> None:
    assert "is not a contract" in weft(folder, "diff", "mesh.yaml", PATH).err
    assert weft(folder, "diff", "nothere.yaml", PATH).code == 2
    change(folder, ("id: d-p-c", "id: other"))
    assert "no contract with the id 'other' is applied" in weft(folder, "diff", PATH).err
