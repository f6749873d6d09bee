"""One folder of documents, several places where it runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from walks.mesh import ADA, BASE, product, write
from walks.terminal import weft

if TYPE_CHECKING:
    from pathlib import Path

TABLE = product("p", "schema: [{name: t, properties: [{name: id, logicalType: integer}]}]\n")
SEED = "domains/d/p/t.csv"
DEV = """
    apiVersion: weft/v1
    kind: Mesh
    name: test
    storage: dev/tables
    registry: sqlite:///dev.db
    """


@pytest.fixture
def mesh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WEFT_ENV", "")
    write(tmp_path, {**BASE, **TABLE, SEED: "id\n1\n", "mesh.dev.yaml": DEV})
    return tmp_path


def asked(mesh: Path, *before: str) -> str:
    done = weft(mesh, *before, "ask", "SELECT count(*) AS n FROM d.p.t", "--as", ADA, "--format", "csv")
    return done.out or done.err


def test_what_is_tried_in_one_is_not_seen_in_the_other(mesh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for words in (("apply", "--yes"), ("run",)):
        assert weft(mesh, *words).code == 0
    write(mesh, {SEED: "id\n1\n2\n"})
    for words in (("apply", "--yes"), ("run",)):
        assert weft(mesh, "--env", "dev", *words).code == 0
    assert os.environ["WEFT_ENV"] == "", "it holds for that command"
    assert asked(mesh) == "n\n1\n"
    monkeypatch.setenv("WEFT_ENV", "dev")
    assert asked(mesh) == "n\n2\n"
    assert (mesh / "dev/tables/d/p/t").is_dir()
    assert (mesh / "dev.db").is_file()
    one, other = (mesh / ".weft" / place / "keys/mask.key" for place in (".", "env-dev"))
    assert one.read_bytes() != other.read_bytes(), "what is hashed in one cannot be joined with the other"


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({}, "Invalid: there is no environment 'prod'\n  It needs a file mesh.prod.yaml; there are: dev.\n"),
        (
            {"mesh.prod.yaml": "apiVersion: weft/v1\nkind: Mesh\nname: shop\nstance: open\nstorage: x\n"},
            """mesh.prod.yaml:4:1: error: 'stance' stands in mesh.yaml alone: it is the same everywhere
mesh.prod.yaml:1:1: error: 'registry' is missing, an environment has its own
mesh.prod.yaml:3:1: error: 'name' is 'shop', allowed is 'test'
Invalid: mesh.prod.yaml has problems
  Mend them.
""",
        ),
        (
            {"mesh.prod.yaml": "apiVersion: weft/v1\nkind: Mesh\nname: test\nstore: x\n"},
            """mesh.prod.yaml:4:1: error: 'store' is not a known key, did you mean 'storage'? Allowed are ...
Invalid: mesh.prod.yaml has problems
  Mend them.
""",
        ),
    ],
    ids=["missing", "wrong", "unknown key"],
)
def test_what_is_wrong_with_an_environment_is_told(
    mesh: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], text: str
) -> None:
    write(mesh, files)
    monkeypatch.setenv("WEFT_ENV", "prod")
    begin, _, end = text.partition("...")
    told = weft(mesh, "run").err
    assert told.startswith(begin)
    assert told.endswith(end)
