"""Files of a bucket or a server: what a table holds follows them as it follows a local folder."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

import folders
from walks.mesh import open_mesh, product, rows, source
from weft.connectors.files.kind import Files
from weft.connectors.files.remote import bucket, client, sftp
from weft.errors import Unavailable
from weft.flow.run import run
from weft.seams import Reach

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weft.model import Run
    from weft.seams import World

SCHEMA = """
schema:
  - name: t
    customProperties: [{property: weft.stream, value: in.t}]
    properties:
      - {name: id, logicalType: integer, required: true}
      - {name: v, logicalType: string}
"""


@pytest.fixture(params=["s3", "az", "sftp", "web"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[folders.Folder]:
    monkeypatch.setattr(client, "_PAUSE", 0.001)
    monkeypatch.setattr(bucket, "_RETRIES", 0)
    monkeypatch.setattr(bucket, "_PART", 1000)
    monkeypatch.setattr(sftp, "_WINDOW", 1000)
    (tmp_path / "there/in").mkdir(parents=True)
    with folders.opened(request.param, tmp_path / "there") as one:
        for name, value in one.secrets.items():
            monkeypatch.setenv(f"FOLDER_{name}", value)
        yield one


@pytest.fixture
def world(tmp_path: Path, folder: folders.Folder) -> Iterator[World]:
    config = json.dumps({"path": f"{folder.url}/**", **folder.config})
    told = f"connector: files\nconfig: {config}\nstreams: {{t: {{path: '**/*.csv'}}, z: {{path: '*.zip'}}}}\n"
    zipped = SCHEMA.replace("name: t", "name: z").replace("in.t", "in.z")
    opened = open_mesh(
        tmp_path / "mesh",
        {
            **source("in", told),
            **product("p", SCHEMA, reads=("stream:in.t",)),
            **product("q", zipped, reads=("stream:in.z",)),
        },
    )
    yield opened
    opened.close()


def step(world: World) -> dict[str, str]:
    told = {
        str(t.table): t.state
        for one in run(world)
        for t in one.tables
        if one.state == "succeeded" or pytest.fail(str(one))
    }
    return {name.rpartition(".")[2]: state for name, state in told.items()}


def values(world: World) -> list[tuple[int, str]]:
    return [(r["id"], r["v"]) for r in rows(world, "SELECT id, v FROM d.p.t ORDER BY id")]


def failed(world: World, folder: folders.Folder) -> str:
    found: list[Run] = [one for one in run(world) if one.state != "succeeded"]
    assert found, "nothing failed"
    text = str(found)
    assert not [value for value in folder.secrets.values() if value in text]
    return text


def archive(*members: tuple[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in members:
            made.writestr(name, text)
    return out.getvalue()


def nothing_is_half_taken(world: World, folder: folders.Folder, scratch: Path) -> None:
    """What changes or goes between listing and reading is noticed."""
    reach = Reach(world.vault, world.folder, scratch, world.clock, world.progress)
    folder.put("x/y.csv", b"id,v\n1,a\n")
    with Files(path=f"{folder.url}/x/y.csv", **folder.config).place(reach) as place:
        (file,) = place.files()
        folder.put("x/y.csv", b"id,v\n1,b\n")
        with pytest.raises(Unavailable, match=r"x/y.csv changed while it was read"):
            file.here()
        folder.delete("x/y.csv")
        with pytest.raises(Unavailable, match=r"x/y.csv (vanished|changed) while it was read"):
            file.here()
        assert not file.path.exists()
        with pytest.raises(FileNotFoundError):
            list(place.files())


def test_rows_follow_the_files(
    world: World, folder: folders.Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder.put("a.csv", b"id,v\n1,a\n2,b\n")
    folder.put("deep/er/b c+.csv", b"id,v\n3,c\n")
    folder.put(".hidden/x.csv", b"id,v\n100,x\n")
    folder.put(".x.csv", b"id,v\n101,x\n")
    folder.put("z.zip", archive(("m.csv", "id,v\n7,m\n"), ("n.csv", "id,v\n8,n\n")))
    assert step(world) == {"t": "published", "z": "published"}
    first = [(1, "a"), (2, "b"), (3, "c")]
    assert values(world) == first
    assert rows(world, "SELECT count(*) AS n FROM d.q.z") == [{"n": 2}]
    assert step(world) == {"t": "unchanged", "z": "unchanged"}

    folder.put("a.csv", b"id,v\n1,A\n2,b\n")
    folder.put("d.csv", b"id,v\n4,d\n")
    folder.put("z.zip", archive(("m.csv", "id,v\n7,M\n9,m\n"), ("n.csv", "id,v\n8,n\n")))
    folder.delete("deep/er/b c+.csv")
    assert step(world) == {"t": "published", "z": "published"}
    changed = [(1, "A"), (2, "b"), (3, "c"), (4, "d")]
    assert values(world) == changed
    assert rows(world, "SELECT count(*) AS n FROM d.q.z") == [{"n": 3}]
    with world.registry.transaction() as unit:
        assert [e.data["file"] for e in unit.journal.read(types=("source.vanished",))] == ["deep/er/b c+.csv"]

    folder.put("e.csv", b"id,v\n5,e\n" * 1000)
    folder.fail("cut")
    assert "cannot be read" in failed(world, folder)
    assert values(world) == changed
    folder.fail("denied")
    told = failed(world, folder)
    assert "may not be read" in told or "does not accept the credentials" in told
    folder.fail("")
    for name in folder.secrets:
        monkeypatch.setenv(f"FOLDER_{name}", "d3Jvbmc=")
    if not folder.url.startswith("s3"):  # moto looks at no signature, and azurite tells a wrong one as no right
        text = failed(world, folder)
        assert ("may not be read" if folder.url.startswith("az") else "does not accept the credentials") in text
    for name, value in folder.secrets.items():
        monkeypatch.setenv(f"FOLDER_{name}", value)
    assert step(world)["t"] == "published"
    assert len(values(world)) == 1004
    assert not list(world.scratch.rglob("*.part"))
    nothing_is_half_taken(world, folder, tmp_path)
    if folder.url.startswith("s3"):
        folder.put("marker", b"")
        assert step(world)["t"] == "unchanged"
        folder.put("odd//x.csv", b"id,v\n1,a\n")
        assert "holds an object whose name has an empty part" in failed(world, folder)
