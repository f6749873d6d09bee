"""A mesh whose tables lie in buckets: the whole path, a bucket of a domain's own, faults of the object store, no secret told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import objects
from proxy import between
from walks.mesh import ADA, BO, open_mesh, product, reapply, rows, source
from walks.terminal import weft
from weft.errors import Denied, Unavailable
from weft.flow import base, publish, upkeep
from weft.flow.doctor import doctor
from weft.flow.ingest import Options
from weft.flow.run import run
from weft.mesh import open_world
from weft.mesh.backup import backup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from objects import Objects
    from proxy import Proxy
    from weft.model import Run
    from weft.seams import World

FILES = source("s", "connector: files\nconfig: {path: data}\nstreams: {t: {path: '*.csv'}}\n")
KEYED = """
schema:
  - name: t
    customProperties: [{property: weft.stream, value: s.t}]
    properties:
      - {name: k, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: mail, logicalType: string, tags: [pii.email], classification: confidential}
      - name: v
        logicalType: integer
        quality: [{metric: invalidValues, arguments: {validValues: [1, 2, 3]}, mustBeLessThan: 2, severity: error}]
"""
DERIVED = """
schema:
  - name: sums
    properties:
      - {name: v, logicalType: integer, required: true}
      - {name: n, logicalType: integer}
"""
SQL = {"domains/e/r/sums.sql": "SELECT v, count(*) AS n FROM d.p.t GROUP BY v\n"}
PRODUCTS = {
    **product("p", KEYED, reads=("stream:s.t",)),
    **product("r", DERIVED, reads=("d-p-c",), domain="e"),
    **SQL,
}


@pytest.fixture(scope="module")
def s3() -> Iterator[Objects]:
    with objects.s3() as running:
        running.more("of-e")
        yield running


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_KEY", objects.KEY)
    monkeypatch.setenv("S3_SECRET", objects.SECRET)


def options(endpoint: str) -> str:
    return (
        f"storageOptions: {{endpoint: '{endpoint}', region: us-east-1, accessKey: 'secret://env/S3_KEY', "
        "secretKey: 'secret://env/S3_SECRET'}\n"
    )


def mesh(storage: str) -> dict[str, str]:
    head = "apiVersion: weft/v1\nkind: Mesh\nname: test\nstance: open\npurposes: [reporting]\n"
    return {"mesh.yaml": f"{head}{storage}"}


def put(folder: Path, name: str, *lines: str) -> None:
    path = folder / "data" / f"{name}.csv"
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text("\n".join(("k,mail,v", *lines)) + "\n")


def many(first: int, last: int, value: int = 1) -> list[str]:
    return [f"{k},m{k}@x.example,{value}" for k in range(first, last)]


@pytest.fixture
def world(s3: Objects, tmp_path: Path) -> Iterator[World]:
    folder = tmp_path / "mesh"
    put(folder, "a", *many(0, 200))
    storage = f"storage: {s3.url(tmp_path.name)}\n{options(s3.endpoint)}"
    opened = open_mesh(folder, mesh(storage), FILES, PRODUCTS)
    yield opened
    opened.close()


def ran(world: World, *products: str) -> list[Run]:
    runs = list(run(world, products))
    assert [one.state for one in runs if one.state != "succeeded"] == [], runs
    return runs


def counted(world: World, actor: str = ADA) -> tuple[int, int, int]:
    (found,) = rows(world, "SELECT count(*) AS n, count(DISTINCT k) AS k, sum(v)::BIGINT AS v FROM d.p.t", actor)
    return found["n"], found["k"], found["v"]


def test_from_end_to_end(world: World) -> None:
    """Ingest, keyed fold, derive, ask with masks, hold and discard, compaction and vacuum: as on a disk."""
    ran(world)
    assert counted(world) == (200, 200, 200)
    put(world.folder, "b", *many(100, 103, 2))  # stays in the log: below its share of the table
    ran(world)
    with world.registry.transaction() as unit:
        published = unit.publications.get("d.p.t@1")
    assert published is not None
    assert all(path.startswith("s3://tables/") for path in published.relation.log)
    assert len(published.relation.log) == 1
    assert counted(world) == (200, 200, 203)
    assert rows(world, "SELECT v, n FROM e.r.sums ORDER BY v", BO) == [{"v": 1, "n": 197}, {"v": 2, "n": 3}]
    for actor, mail in ((ADA, "m0@x.example"), (BO, None), (BO, None)):
        assert rows(world, "SELECT mail FROM d.p.t WHERE k = 0", actor) == [{"mail": mail}]
    put(world.folder, "c", *many(300, 310, 9))
    assert [one.state for one in run(world, ("d.p",))] == ["held"]
    assert counted(world) == (200, 200, 203)
    known = base.declared(world)
    publish.discard(world, known, "d.p.t")
    put(world.folder, "c", *many(300, 310, 3))
    ran(world)
    put(world.folder, "f", *many(310, 312))
    ran(world)
    assert counted(world) == (212, 212, 235)
    assert upkeep.compact(world, known, known.table("d.p.t"))
    removed = upkeep.vacuum(world, known, known.table("d.p.t"), grace=0.0)
    assert removed > 0
    assert upkeep.vacuum(world, known, known.table("d.p.t"), grace=0.0) == 0
    assert counted(world) == (212, 212, 235)
    assert doctor(world, known) == ()


def test_what_is_seen_is_fetched_once_and_within_a_budget(world: World) -> None:
    ran(world)
    cache = world.folder / ".weft" / "fetched"
    first = {path.name: path.stat().st_ino for path in cache.iterdir()}
    assert first, "what was uploaded is kept: it is read again soon"
    assert counted(world) == (200, 200, 200)
    assert {path.name: path.stat().st_ino for path in cache.iterdir()} == first
    for path in cache.iterdir():
        path.unlink()
    assert counted(world) == (200, 200, 200)
    assert any(cache.iterdir()), "it was fetched again"
    assert not any((world.scratch / "fetched").iterdir()), "nothing is held after the answer"


def test_a_domain_keeps_its_tables_in_a_bucket_of_its_own(world: World, s3: Objects) -> None:
    path = "domains/e/domain.yaml"
    text = (world.folder / path).read_text()
    reapply(world, {path: text + f"storage: s3://of-e/x\n{options(s3.endpoint)}"})
    ran(world)
    with world.registry.transaction() as unit:
        files = {str(p.table): p.relation.files[0] for p in unit.publications.all()}
    assert files["d.p.t"].startswith("s3://tables/")
    assert files["e.r.sums"].startswith("s3://of-e/x/e/r/sums/")
    assert rows(world, "SELECT n FROM e.r.sums JOIN d.p.t USING (v) LIMIT 1", BO) == [{"n": 200}]
    assert {place.name.domain for place in world.store.places()} == {"d", "e"}


def test_another_environment_keeps_away_from_it(world: World, s3: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "domains/e/domain.yaml"
    text = (world.folder / path).read_text()
    reapply(world, {path: text + f"storage: s3://of-e/real\n{options(s3.endpoint)}"})
    head = "apiVersion: weft/v1\nkind: Mesh\nname: test\nstorage: .weft/dev\nregistry: sqlite:///.weft/dev.db\n"
    (world.folder / "mesh.dev.yaml").write_text(head)
    monkeypatch.setenv("WEFT_ENV", "dev")
    for line in (["apply", "--yes"], ["run"]):
        done = weft(world.folder, *line, WEFT_USER=ADA)
        assert done.code == 0, done
    assert (world.folder / ".weft/dev/e/r/sums").is_dir()
    monkeypatch.delenv("WEFT_ENV")
    assert world.store.places() == ()


@pytest.mark.slow
def test_killed_between_upload_and_commit(world: World) -> None:
    ran(world, "d.p")
    command = [sys.executable, "-m", "weft", "run", "d.p", "--mesh", str(world.folder)]
    there = 200
    for point in ("store.after_move", "store.before_commit", "store.after_commit", "land.committed"):
        put(world.folder, point, *many(there, there + 100))
        environment = {**os.environ, "WEFT_FAILPOINT": point, "WEFT_USER": ADA}
        assert subprocess.run(command, env=environment, capture_output=True).returncode == -signal.SIGKILL, point
        assert counted(world) == (there,) * 3, point
        ran(world, "d.p")
        there += 100
        assert counted(world) == (there,) * 3, point
    known = base.declared(world)
    upkeep.vacuum(world, known, known.table("d.p.t"), grace=0.0)
    assert counted(world) == (there,) * 3
    assert world.store.vacuum(world.store.places()[0], [], older_than=0) == 0


FAULTS = {
    "the answer to a commit is lost": ("PUT", r"_delta_log/0+[1-9]\d*\.json", "lost", 1, True),
    "a commit is refused once": ("PUT", r"_delta_log/0+[1-9]\d*\.json", "503", 1, True),
    "the answer to an upload is lost": ("PUT", r"part-.*parquet", "lost", 1, True),
    "uploads are refused twice": ("PUT", r"part-.*parquet", "503", 2, True),
    "listing is refused twice": ("GET", r"list-type=2", "503", 2, True),
    "all is slow": ("PUT", "", "slow", 3, True),
    "no upload comes through": ("PUT", r"part-.*parquet", "503", 1000, False),
    "no commit comes through": ("PUT", r"_delta_log/0+[1-9]\d*\.json", "503", 1000, False),
    "every commit's answer is lost": ("PUT", r"_delta_log/0+[1-9]\d*\.json", "lost", 1000, True),
    "nothing comes through": ("", "", "503", 1000, False),
}


@pytest.fixture(scope="module")
def fared(s3: Objects, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Proxy]]:
    """A mesh that ran, behind a proxy; upkeep is left out, it asks much."""
    folder = tmp_path_factory.mktemp("fared") / "mesh"
    put(folder, "a", *many(0, 100))
    with pytest.MonkeyPatch.context() as patch, between(s3.endpoint) as proxy:
        patch.setenv("S3_KEY", objects.KEY)
        patch.setenv("S3_SECRET", objects.SECRET)
        storage = f"storage: {s3.url('fared')}\n{options(proxy.url)}engine: {{upkeep: 0}}\n"
        world = open_mesh(folder, mesh(storage), FILES, PRODUCTS)
        ran(world, "d.p")
        yield world, proxy
        world.close()


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_the_object_store(fared: tuple[World, Proxy], fault: str) -> None:
    """Nothing is lost, doubled or half published; who cannot go on says why, and the next run goes on."""
    world, proxy = fared
    method, path, fate, times, works = FAULTS[fault]
    before = counted(world)[0]
    after = before + 100
    put(world.folder, f"{before}", *many(before, after))
    proxy.rule(method, path, fate, times)
    (one,) = run(world, ("d.p",))
    assert proxy.rule() > 0, "it happened"
    assert one.state == ("succeeded" if works else "failed"), one
    assert works or "object store" in one.error, one
    assert counted(world) == ((after,) * 3 if works else (before,) * 3)
    ran(world, "d.p")
    assert counted(world) == (after, after, after)


def test_questions_while_the_object_store_is_away(fared: tuple[World, Proxy]) -> None:
    """What was fetched answers; what was not is Unavailable. Afterwards nothing that was left behind is in the way."""
    world, proxy = fared
    before = counted(world)
    proxy.rule("", "", "503")
    assert counted(world) == before
    for cached in (world.folder / ".weft" / "fetched").iterdir():
        cached.unlink()
    with pytest.raises(Unavailable, match="object store"):
        counted(world)
    proxy.rule()
    known = base.declared(world)
    upkeep.vacuum(world, known, known.table("d.p.t"), grace=0.0)
    assert counted(world) == before


def test_a_store_without_conditional_writes_is_refused(s3: Objects, tmp_path: Path) -> None:
    folder = tmp_path / "mesh"
    put(folder, "a", *many(0, 2))
    with between(s3.endpoint) as proxy:
        proxy.rule("PUT", "", "plain")
        world = open_mesh(folder, mesh(f"storage: {s3.url(tmp_path.name)}\n{options(proxy.url)}"), FILES, PRODUCTS)
        (one,) = run(world, ("d.p",))
        assert "conditional writes" in one.error, one
        assert world.store.places() == ()
        world.close()


def test_credentials_appear_nowhere(world: World, s3: Objects) -> None:
    ran(world)
    assert counted(world, BO) == (200, 200, 200)
    with pytest.raises(Denied):
        rows(world, "SELECT mail FROM d.p.t", "nobody@x.example")
    said = [weft(world.folder, *line, WEFT_USER=ADA) for line in (["show"], ["doctor"], ["events", "--json"], ["run"])]
    wrong = (world.folder / "mesh.yaml").read_text().replace(s3.endpoint, "http://127.0.0.1:9")
    (world.folder / "mesh.yaml").write_text(wrong)
    for debug in ("", "1"):
        said.append(weft(world.folder, "doctor", WEFT_USER=ADA, WEFT_DEBUG=debug))
        assert said[-1].code in (4, 5), said[-1]
    seen = "".join(one.out + one.err for one in said).encode()
    for path in world.folder.rglob("*"):
        seen += path.read_bytes() if path.is_file() else b""
    for canary in (objects.KEY, objects.SECRET):
        assert canary.encode() not in seen


def test_a_credential_in_clear_is_refused(tmp_path: Path) -> None:
    storage = "storage: s3://b/p\nstorageOptions: {accessKey: AKEYOFTHETEST, secretKey: 'secret://env/S3_SECRET'}\n"
    (tmp_path / "mesh.yaml").write_text(mesh(storage)["mesh.yaml"])
    done = weft(tmp_path, "check")
    assert "'accessKey' holds a secret in clear text" in done.out
    assert objects.KEY not in done.out


@pytest.mark.parametrize(
    ("storage", "told"),
    [
        ("storage: ftp://x/y\n", "allowed are"),
        ("storage: s3://b/p\nstorageOptions: {account: me}\n", "'account' is not one of this kind"),
        ("storage: s3://b/p\nstorageOptions: {secretKey: 'secret://env/NOT_THERE'}\n", "NOT_THERE"),
    ],
)
def test_settings_that_cannot_be_followed(tmp_path: Path, storage: str, told: str) -> None:
    (tmp_path / "mesh.yaml").write_text(mesh(storage)["mesh.yaml"])
    weft(tmp_path, "apply", "--yes")
    done = weft(tmp_path, "doctor")
    assert told.lower() in done.err.lower(), done
    assert done.code in (2, 5)


def test_a_backup_brings_back_what_the_bucket_lost_and_nothing_twice(world: World, s3: Objects, tmp_path: Path) -> None:
    ran(world)
    put(world.folder, "b", *many(200, 203, 2))
    ran(world)
    saved, home = tmp_path / "saved", world.folder
    told = backup(home, saved)
    assert (told.copied, told.elsewhere) == ({}, (s3.url(tmp_path.name),))
    told = backup(home, saved, everywhere=True)
    assert {place.rpartition("/")[2] for place in told.copied[s3.url(tmp_path.name)]} == {"table", "log", "quarantine"}
    put(home, "c", *many(203, 300, 3))
    ran(world)
    where = world.store.storages.of("d").ground
    kept = where.folder("e/r/sums/v1/table").log()
    for place in ("d/p/t/v1/table", "d/p/t/v1/log"):
        where.discard(place)
    world.close()
    done = weft(home, "restore", str(saved), "--replace")
    assert done.code == 0, done
    assert "e/r/sums/v1/table is there in another state and stays as it is" in done.out
    again = open_world(home, user=ADA)
    assert counted(again) == (203, 203, 206)
    assert where.folder("e/r/sums/v1/table").log() == kept
    brought, stayed = run(again)
    assert (brought.state, stayed.state) == ("succeeded", "failed")
    assert "does not know the cursor" in stayed.error, "it was never in the registry that was restored"
    assert counted(again) == (300, 300, 497)
    assert run(again, ("e.r",), Options(full_refresh=True))[0].state == "succeeded"
    assert rows(again, "SELECT sum(n)::BIGINT AS n FROM e.r.sums") == [{"n": 300}]
    assert [a.text for a in doctor(again, base.declared(again)) if not a.mended] == []
    again.close()
