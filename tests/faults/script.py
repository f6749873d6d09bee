"""The life of a small mesh, stage by stage, and what must be true of it whoever died on the way. Runs in a child."""

from __future__ import annotations

import json
import shutil
import sys
import time
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from faults import company
from walks.mesh import ADA, BO, open_mesh, reapply
from weft import catalog
from weft.engines.duck.relation import render
from weft.errors import Invalid, Unavailable
from weft.flow import base, fold, places, publish, quarantine, upkeep
from weft.flow.ask import ask
from weft.flow.ingest import Options
from weft.flow.run import run
from weft.mesh import open_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.model import Placed, Publication, Relation
    from weft.seams import World

_BAD_IDS = "SELECT CASE WHEN id = 'y' THEN '99' ELSE id END AS id, amount, note FROM inbox.orders"
_BAD_PRICES = "SELECT sku, replace(price, 'oops', '50') AS price FROM inbox.items"
_RECALLED = (
    "SELECT CASE WHEN id = 'y' THEN '99' ELSE id END AS id, coalesce(amount, '70') AS amount, "
    "CASE WHEN id = '7' THEN 'recall' ELSE note END AS note FROM inbox.orders"
)


def small() -> None:
    """Let small tables have logs that are laid over them, and files worth rewriting. For this whole process."""
    fold.SHARE, upkeep.MANY = 0.5, 2


def _first(folder: Path) -> None:
    company.orders(folder, "1", (1, 10, "a"), (2, 20, "b"), ("x", 3, "bad"))
    company.orders(folder, "2", (3, 30, "c"), (4, 40, "d"), extra=True)
    company.items(folder, "1", ("a", 1), ("b", 2), ("c", "bad"))
    company.items(folder, "2", ("d", 4), ("b", 3))


def _accounts(folder: Path) -> None:
    company.accounts(folder, (0, 1), (1, 2), (2, None))


def _changed(folder: Path) -> None:
    company.orders(folder, "1", (1, 11, "a"), ("y", 5, "bad"), (5, 600, "e"))
    company.orders(folder, "3", (6, 60, "f"))
    company.items(folder, "1", ("b", 2), ("c", 7))


def _accounts_changed(folder: Path) -> None:
    company.accounts(folder, (0, 1), (2, 3), (3, None))


def _recalled(folder: Path) -> None:
    company.orders(folder, "3", (6, 60, "recall"), (7, "", "bad"))
    company.items(folder, "2", ("d", 5), ("e", "oops"))


def _mended(folder: Path) -> None:
    company.orders(folder, "3", (6, 60, "f"), (7, "", "bad"))


def _again(folder: Path) -> None:
    company.orders(folder, "4", (8, 80, "recall"))


def _sql(folder: Path) -> None:
    company.orders(folder, "4", (8, 80, "h"))
    _apply(folder, {"domains/d/shop/orders.sql": _BAD_IDS, "domains/d/shop/items.sql": _BAD_PRICES})


def _column(folder: Path) -> None:
    path = "domains/d/shop/out.odcs.yaml"
    text = (folder / path).read_text().replace("version: 1.0.0", "version: 1.1.0")
    _apply(folder, {path: text.replace("    quality:", "      - {name: channel, logicalType: string}\n    quality:")})
    company.items(folder, "3", ("f", 8))


def _vanished(folder: Path) -> None:
    (folder / "silos" / "orders-2.csv").unlink()


def _recalled_by_sql(folder: Path) -> None:
    _apply(folder, {"domains/d/shop/orders.sql": _RECALLED})


def _apply(folder: Path, files: dict[str, str]) -> None:
    world = open_world(folder, user=ADA)
    reapply(world, files)
    world.close()


def _nothing(folder: Path) -> None:
    """What the stage before left is all."""


SHOP, CRM, REPORT = (f"run {name}" for name in company.PRODUCTS)
STAGES: tuple[tuple[str, Callable[[Path], None], tuple[str, ...]], ...] = (
    ("files read first", _first, (SHOP,)),
    ("a database read first", _accounts, (CRM,)),
    ("derived first", _nothing, (REPORT,)),
    ("changed files", _changed, (SHOP,)),
    ("a database read again", _accounts_changed, (CRM,)),
    ("derived again", _nothing, (REPORT,)),
    ("held", _recalled, (SHOP,)),
    ("discarded", _nothing, ("discard d.shop.orders",)),
    ("mended", _mended, (SHOP,)),
    ("held again", _again, (SHOP,)),
    ("forced", _nothing, ("force d.shop.items",)),
    ("mended by SQL", _sql, (SHOP,)),
    ("replayed", _nothing, ("replay d.shop.orders", "replay d.shop.items")),
    ("a new column", _column, (SHOP,)),
    ("upkeep", _nothing, ("compact", "vacuum")),
    ("all files again", _nothing, ("refresh d.shop",)),
    ("a vanished file", _vanished, (SHOP,)),
    ("replayed and held", _recalled_by_sql, ("replay d.shop.orders",)),
    ("replay discarded", _nothing, ("discard d.shop.orders",)),
)


def build(folder: str, copies: str) -> dict[str, Any]:
    """Live through all stages undisturbed; keep a copy of the mesh before each, and what it looked like around it."""
    home, stages = Path(folder), []
    open_mesh(home, company.DOCUMENTS).close()
    passed = sys.modules["__main__"].Traced.seen
    after = look(folder)
    for number, (name, prepare, commands) in enumerate(STAGES):
        prepare(home)
        shutil.copytree(home, f"{copies}/{number}")
        stage: dict[str, Any] = {"name": name, "commands": commands, "seen": [after["published"]], "passed": []}
        stage |= {"said": [], "seconds": 0.0}
        for command in commands:
            del passed[:]
            begun = time.monotonic()
            stage["said"] += play(folder, [command])["said"].values()
            stage["seconds"] += time.monotonic() - begun
            stage["passed"] += passed
            after = look(folder)
            stage["seen"].append(after["published"])
        stages.append({**stage, "after": after})
    return {"stages": stages}


def play(folder: str, commands: list[str], *, again: bool = False, lease: float = 0.0) -> dict[str, Any]:
    """Carry out commands, each as a person would.

    Args:
        folder: of the mesh.
        commands: such as `run d.shop`.
        again: one of them was interrupted, so it may be done already.
        lease: seconds that leases of this process last; 0 = as usual.
    """
    base.LEASE_SECONDS = lease or base.LEASE_SECONDS
    world = open_world(folder, user=ADA)
    said = {}
    for command in commands:
        said[command] = _command(world, *command.split(), again=again)
    world.close()
    return {"said": said}


def _command(world: World, verb: str, table: str = "", *, again: bool) -> Any:
    known = base.declared(world)
    try:
        return COMMANDS[verb](world, known, table)
    except Invalid as error:
        if again and ("is held" in error.message or "waits in quarantine" in error.message):
            return error.message
        raise
    except Unavailable as error:
        if base.LEASE_SECONDS > 1:  # who fell asleep over a short lease may be told that others were faster
            raise
        return error.message


def _run(world: World, _: Any, product: str, *, refresh: bool = False) -> Any:
    return [one.model_dump(mode="json") for one in run(world, (product,), Options(full_refresh=refresh))]


COMMANDS: dict[str, Callable[[World, Any, str], Any]] = {
    "run": _run,
    "refresh": partial(_run, refresh=True),
    "discard": publish.discard,
    "force": lambda *of: publish.force(*of, "it is known").model_dump(mode="json"),
    "replay": lambda *of: quarantine.replay(*of).model_dump(mode="json"),
    "compact": lambda world, known, _: [upkeep.compact(world, known, placed) for placed in known.placed],
    "vacuum": lambda world, known, _: [upkeep.vacuum(world, known, placed) for placed in known.placed],
}


def asking(folder: str) -> dict[str, Any]:
    """Ask something that takes very long."""
    world = open_world(folder, user=ADA)
    sql = "SELECT sum(hash(a.id + b.range)) FROM d.shop.orders a, range(100000000000) b"
    with ask(world, sql, ADA).answer as answer:
        list(answer)
    return {}


def sweep(folder: str) -> dict[str, Any]:
    """Vacuum all tables, with no grace for readers."""
    world = open_world(folder, user=ADA)
    known = base.declared(world)
    for placed in known.placed:
        upkeep.vacuum(world, known, placed, grace=0.0)
    world.close()
    return {}


def listed(folder: str) -> dict[str, Any]:
    """Files that the newest versions and what is published list."""
    world = open_world(folder, user=ADA)
    with world.registry.transaction() as unit:
        seen = [path for p in unit.publications.all() for path in (*p.relation.files, *p.relation.log)]
        versions = {(p.table.key, "quarantine"): p.quarantine_version for p in unit.publications.all()}
    for place in world.store.places():
        seen += world.store.snapshot(place).paths
        if (place.name.key, place.part) in versions:
            seen += world.store.snapshot(place, versions[place.name.key, place.part]).paths
    world.close()
    return {"files": sorted(set(seen))}


def recover(folder: str, commands: list[str]) -> dict[str, Any]:
    """After a death: what readers see at once; then the same commands again, and what came of it."""
    world = open_world(folder, user=ADA)
    found = {"at once": _published(world)}
    world.close()
    # What a replay has landed and could not publish, the next run publishes.
    runs = {f"run {c.split()[1].rpartition('.')[0]}" for c in commands if c.startswith("replay")}
    return {**found, **play(folder, [*commands, *runs], again=True), "after": look(folder)}


def look(folder: str) -> dict[str, Any]:
    """All that matters of a mesh, without names of runs and numbers of versions; and what is wrong with it."""
    world = open_world(folder, user=ADA)
    known = base.declared(world)
    with world.registry.transaction() as unit:
        held = {p.table.key: _rows(p.relation) for p in unit.publications.all() if p.held}
    waits = {p.name.key: _waiting(world, known, p) for p in known.placed}
    found = {
        "published": _published(world),
        "held": held,
        "store": {p.name.key: _candidate(world, known, p) for p in known.placed},
        "waiting": waits,
        "alerts": {"all": sorted({line["subject"] for line in _outbox(world.folder)})},
        "faults": [*_journal(world), *_projections(world, known, waits), *_leftovers(world)],
    }
    world.close()
    return found


class Reader:
    """Somebody who looks at what is published, again and again."""

    def __init__(self, folder: str) -> None:
        self.world = open_world(folder, user=BO)

    def now(self) -> dict[str, Any]:
        """Rows of every published table, of one moment."""
        return _published(self.world)

    def close(self) -> None:
        """Read no more."""
        self.world.close()


def _outbox(folder: Path) -> list[dict[str, Any]]:
    path = folder / ".weft" / "outbox.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _published(world: World) -> dict[str, Any]:
    with world.registry.transaction() as unit:
        seen: list[Publication] = [p for p in unit.publications.all() if not p.held]
    return {p.table.key: _rows(p.relation) for p in seen}


def _candidate(world: World, known: Any, placed: Placed) -> list[str]:
    goal = places.target(world, known, placed)
    return _rows(places.candidate(world, goal, "").relation) if world.store.snapshot(goal.table).version >= 0 else []


@cache
def _base() -> duckdb.DuckDBPyConnection:
    """Opened by whoever reads first: never before a fork."""
    return duckdb.connect()


def _rows(relation: Relation) -> list[str]:
    with _base().cursor() as cursor:
        rows = cursor.execute(render(relation)).fetchall()
    return sorted(json.dumps(row, default=str) for row in rows)


def _waiting(world: World, known: Any, placed: Placed) -> list[str]:
    if not world.store.snapshot(places.target(world, known, placed).quarantine).files:
        return []
    actor = BO if placed.name.domain == "e" else ADA
    rows = quarantine.look(world, known, str(placed.name), actor, 1000).to_pylist()
    return sorted(json.dumps({**row, "row": _cells(row["row"])}) for row in rows)


def _cells(raw: str) -> dict[str, Any]:
    """Of a row that was replayed in vain the columns come in another order, and those of newer files with it."""
    return {name: value for name, value in sorted(json.loads(raw).items()) if value is not None}


def _journal(world: World) -> list[str]:
    """Every commit is told once, and nothing else is."""
    with world.registry.transaction() as unit:
        unit.journal.verify()
        events = unit.journal.read(limit=100_000)
    batches = {(e.data["app"], e.data["sequence"], e.data["run"]) for e in events if e.type == "batch.committed"}
    bad = {(e.data["sequence"], e.data["run"]): e.data["rows"] for e in events if e.type == "quarantine.added"}
    vanished = [(e.subject, e.data["file"]) for e in events if e.type == "source.vanished"]
    commits, lost = set(), 0
    for place in world.store.places():
        for one in world.store.history(place, 1000):
            told = one["metadata"]
            if place.part == "quarantine" or "weft.sequence" not in told:
                continue
            key = told["weft.app"], int(told["weft.sequence"]), one["run"]
            commits.add(key)
            lost += int(told["weft.quarantined"]) != bad.get(key[1:], 0)
    found = [f"untold: {key}" for key in commits - batches] + [f"never happened: {key}" for key in batches - commits]
    if lost:
        found.append(f"{lost} batches whose bad rows are told wrongly")
    if len(vanished) != len(set(vanished)):
        found.append(f"told twice: {vanished}")
    return found


def _projections(world: World, known: Any, waits: dict[str, list[str]]) -> list[str]:
    """They rebuild to the same, and what they say is so."""

    def dump(unit: Any) -> dict[str, Any]:
        return {f.name: dict(unit.projections.rows(f.name)) for f in catalog.FOLDS}

    with world.registry.transaction(write=True) as unit:
        catalog.catch_up(unit)
        one = dump(unit)
        catalog.rebuild(unit)
        other = dump(unit)
        health = {p.name.key: catalog.health(unit.projections, p.name.key) for p in known.placed}
        published = {p.table.key: p.relation for p in unit.publications.all() if not p.held}
        held = {p.table.key for p in unit.publications.all() if p.held}
        runs = [r for name in known.products for r in catalog.last_runs(unit.projections, name, 50)]
    found = [] if one == other else ["projections rebuild to something else"]
    found += [f"run {r.id} of {r.product} never ended" for r in runs if r.state == "running"]
    for key, told in health.items():
        if told.waiting != len(waits[key]):
            found.append(f"{key}: {told.waiting} rows are told to wait, {len(waits[key])} do")
        if (told.held is not None) != (key in held):
            found.append(f"{key}: told as held: {told.held}, held are {held}")
        if key in published and told.rows != published[key].rows:
            found.append(f"{key}: {told.rows} rows told as published, {published[key].rows} are")
    return found


def _leftovers(world: World) -> list[str]:
    """Nobody holds a lease."""
    with world.registry.transaction() as unit:
        leases = [unit.leases.holder(f"product:{name}") for name in company.PRODUCTS]
    return [f"held lease: {lease}" for lease in leases if lease]
