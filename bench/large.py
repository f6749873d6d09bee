"""A large mesh, made by public doors in processes of their own: `python -m bench.large WHAT FOLDER COUNT`."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.measure import middle, python, spend, told
from bench.mesh import ADA, BO, column, weft_command
from bench.report import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.measure import Spent
    from bench.plan import Plan
    from weft.model import Event

WEFT = {"apiVersion": "weft/v1"}
EACH = 100
"""Products of a domain."""
COLUMNS = 20
"""Columns of a product's one table."""
ACTORS = 200
RUN = 5
"""Events of a run; as many reads follow."""
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
CHUNK = 20_000
TYPES = ("string", "integer", "number", "date", "timestamp", "boolean")


def main() -> None:
    what, folder, count = sys.argv[1:]
    {"documents": documents, "events": events, "policies": policies, "rebuild": rebuild, "judge": judge}[what](
        Path(folder), int(count)
    )


def measure(plan: Plan) -> list[Row]:
    """Rows of the table: one domain of a large mesh against that domain alone, then the journal, then policies."""
    large, alone, ruled = (plan.folder / name for name in ("large", "alone", "ruled"))
    _make(large, plan.products)
    _make(alone, min(EACH, plan.products))
    spend(python("-m", "bench.large", "events", large, plan.events))
    rows = []
    changed = (("plan", "2 s", ("plan",)), ("apply", "5 s", ("apply", "--yes")))
    for what, aim, command in changed[:1] if plan.quick else changed:
        found: dict[Path, list[Spent]] = {large: [], alone: []}
        for turn in range(plan.runs):
            for mesh, spent in found.items():
                contract = mesh / "domains/d000/p00/out.odcs.yaml"
                contract.write_text(contract.read_text() + f"# {turn}\n")
                spent.append(spend([*weft_command(), *command, str(mesh / "domains/d000"), "--mesh", str(mesh)]))
        rows.append(_row(f"{what} of one domain of {plan.products:,} products, against it alone", found, aim))
    asked = (("show", ("show", "d000.p03")), ("search", ("search", "p03")))
    for what, command in () if plan.quick else asked:
        found = {mesh: [_again(mesh, command) for _ in range(plan.runs)] for mesh in (large, alone)}
        rows.append(_row(f"{what} there, after {plan.events:,} events", found, ""))
    again = [told(spend(python("-m", "bench.large", "rebuild", large, 0))) for _ in range(plan.runs)]
    rows.append(_seconds(f"all projections of {plan.events:,} events made anew, against verifying them", again, "60 s"))
    _make(ruled, plan.products // 10, policies=100)
    judged = [told(spend(python("-m", "bench.large", "judge", ruled, 0)))[0] for _ in range(plan.runs)]
    _make(alone, plan.products // 10)
    free = [told(spend(python("-m", "bench.large", "judge", alone, 0)))[0] for _ in range(plan.runs)]
    both = list(zip(judged, free, strict=True))
    return [*rows, _seconds(f"100 policies over {plan.products // 10:,} products, against none", both, "2 s")]


def _make(folder: Path, products: int, policies: int = 0) -> None:
    spend(python("-m", "bench.large", "documents", folder, products))
    if policies:
        spend(python("-m", "bench.large", "policies", folder, policies))
    spend([*weft_command(), "apply", str(folder), "--mesh", str(folder), "--yes"])


def _again(mesh: Path, command: Sequence[str]) -> Spent:
    """With everything that is kept up by reading already kept up."""
    spend([*weft_command(), *command, "--mesh", str(mesh)])
    return spend([*weft_command(), *command, "--mesh", str(mesh)])


def _row(what: str, found: dict[Path, list[Spent]], aim: str) -> Row:
    weft, peer = found.values()
    texts = [f"{middle(s.cpu for s in side):.2f} s CPU, {middle(s.wall for s in side):.2f} s" for side in (weft, peer)]
    ratio = middle(w.cpu / p.cpu for w, p in zip(weft, peer, strict=True))
    cpu, most = middle(s.cpu for s in weft), middle(s.megabytes for s in weft)
    return Row(what, *texts, f"{ratio:.2f}", aim, f"{cpu:.2f}", f"{most:.0f}")


def _seconds(what: str, both: Sequence[Sequence[float]], aim: str) -> Row:
    weft, peer = (middle(b[i] for b in both) for i in (0, 1))
    return Row(what, f"{weft:.2f} s CPU", f"{peer:.2f} s CPU", f"{weft / peer:.2f}", aim, f"{weft:.2f}")


def name_of(number: int) -> str:
    """`domain.product` of that number."""
    return f"d{number // EACH:03}.p{number % EACH:02}"


def documents(folder: Path, products: int) -> None:
    """So many products in domains of a hundred: three of four read a source, the fourth derives from the three."""
    files: dict[str, Any] = {
        "mesh.yaml": {**WEFT, "kind": "Mesh", "name": "large", "stance": "open", "purposes": ["reporting"]},
        "people/ada.yaml": {**WEFT, "kind": "Person", "id": ADA, "name": "Ada"},
        "people/bo.yaml": {**WEFT, "kind": "Person", "id": BO, "name": "Bo"},
    }
    files |= {
        f"people/p{n}.yaml": {**WEFT, "kind": "Person", "id": f"p{n}@bench.example", "name": f"Person {n}"}
        for n in range(ACTORS)
    }
    for number in range(products):
        if number % EACH == 0:
            files |= _domain(f"d{number // EACH:03}")
        files |= _product(number)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else _yaml(content), encoding="utf-8")


def _yaml(content: dict[str, Any]) -> str:
    """As people write it."""
    import yaml

    return yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=False)


def _domain(name: str) -> dict[str, Any]:
    head = {**WEFT, "kind": "Source", "name": "files", "connector": "files", "config": {"path": "data"}}
    return {
        f"domains/{name}/domain.yaml": {**WEFT, "kind": "Domain", "name": name, "owner": ADA},
        f"domains/{name}/sources/files.yaml": {**head, "streams": {"rows": {"path": "rows.csv"}}},
    }


def _product(number: int) -> dict[str, Any]:
    domain, _, name = name_of(number).partition(".")
    derived = number % 4 == 3
    # mostly its neighbours, and now and then a product of the domain before
    read = [number - 3, number - 2] + ([number - EACH - 1] if number % 20 == 3 and number > EACH else [])
    names = [f"c{n:02}" for n in range(COLUMNS)]
    properties = [
        column(c, TYPES[n % len(TYPES)], description=f"What {c} of {name} says, in a few words.")
        for n, c in enumerate(names)
    ]
    properties[0] |= {"required": True}
    properties[-1] |= {"tags": ["pii"], "classification": "confidential"}
    table: dict[str, Any] = {"name": "rows", "description": f"Rows of {name}.", "properties": properties}
    if not derived:
        table["customProperties"] = [{"property": "weft.stream", "value": "files.rows"}]
    ports = [name_of(n).replace(".", "-") for n in read] if derived else ["stream:files.rows"]
    inputs = [{"name": f"in{n}", "version": "1.0.0", "contractId": port} for n, port in enumerate(ports)]
    contract = f"{domain}-{name}"
    shared = {"version": "1.0.0", "status": "active"}
    odps = {"apiVersion": "v1.0.0", "kind": "DataProduct", "id": f"{contract}-p", "name": name, **shared}
    odps |= {"description": {"purpose": f"Shows how {name} of {domain} goes."}, "inputPorts": inputs}
    odps |= {"outputPorts": [{"name": "out", "version": "1.0.0", "contractId": contract}]}
    odcs = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": contract, **shared, "schema": [table]}
    place = f"domains/{domain}/{name}"
    made = {f"{place}/product.odps.yaml": odps, f"{place}/out.odcs.yaml": odcs}
    if derived:
        joins = "".join(f" LEFT JOIN {name_of(n)}.rows AS t{i} USING (c00)" for i, n in enumerate(read[1:], 1))
        shown = ", ".join(["c00", *(f"t0.{c}" for c in names[1:])])
        made[f"{place}/rows.sql"] = f"SELECT {shown} FROM {name_of(read[0])}.rows AS t0{joins}\n"
    return made


def policies(folder: Path, count: int) -> None:
    """So many policies of the whole mesh, each of which looks at every column."""
    for number in range(count):
        match = {"tags": [f"t{number}", "pii"]} if number % 2 else {"columns": [f"c{number % COLUMNS:02}", "*_secret"]}
        said = {**WEFT, "kind": "Policy", "name": f"rule-{number}", "type": "Mask", "match": match, "mask": "hash"}
        path = folder / f"policies/rule-{number}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(_yaml(said), encoding="utf-8")


def judge(folder: Path, _: int) -> None:
    """What somebody may see of every table; prints CPU seconds with documents read and protection known."""
    from weft import policy
    from weft.flow import access, base
    from weft.mesh import open_world

    world = open_world(folder, user=ADA)
    try:
        known = base.declared(world)
        who = policy.actor(known, BO)
        base.effective(world, known, known.placed[0].name)
        began = time.process_time()
        decisions = [access.decide(world, known, placed, who, "reporting") for placed in known.placed]
        print(json.dumps([time.process_time() - began, sum(len(d.masks) for d in decisions)]))
    finally:
        world.close()


def rebuild(folder: Path, _: int) -> None:
    """All projections; prints CPU seconds of that, and of verifying the journal."""
    from weft.flow import base
    from weft.mesh import open_world

    world = open_world(folder, user=ADA)
    try:
        began = time.process_time()
        with world.registry.transaction() as unit:
            unit.journal.verify()
        verified = time.process_time()
        base.rebuild(world)
        print(json.dumps([time.process_time() - verified, verified - began]))
    finally:
        world.close()


def events(folder: Path, count: int) -> None:
    """So many events of a year, appended through the registry; the chain of hashes is what it would be."""
    from weft.mesh import open_world

    world = open_world(folder, user=ADA)
    try:
        products = sum(1 for _ in folder.glob("domains/*/*/product.odps.yaml"))
        made = _events(count, products)
        for _ in range(0, count, CHUNK):
            with world.registry.transaction(write=True) as unit:
                unit.journal.append(event for event, _ in zip(made, range(CHUNK), strict=False))
    finally:
        world.close()


def _events(count: int, products: int) -> Iterator[Event]:
    """Ten events of a turn: a run with its batch, its checks and its publication, and five reads."""
    from weft.model import Event

    step = dt.timedelta(days=365) / count
    for number in range(count):
        turn, which = divmod(number, 10)
        name = name_of(turn * 7919 % products)
        kind, subject, data = _event(which, turn, name)
        at = (START + number * step).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        actor = f"p{(turn * 31 + which * 7) % ACTORS}@bench.example" if which >= RUN else ADA
        yield Event(type=kind, id=f"{kind}:{number}", at=at, actor=actor, subject=subject, data=data)


def _event(which: int, turn: int, name: str) -> tuple[Any, str, dict[str, Any]]:
    run, table = f"run-{turn}", f"{name}.rows@1"
    if which < RUN:
        return _of_run(which, turn, name)
    data = {"purpose": "reporting", "sql": f"{turn:064x}", "ask": f"ask-{turn}-{which}", "run": run}
    if which == RUN and turn % 4 == 0:
        return "read.refused", table, data | {"why": "no rule allows it"}
    return "read.allowed", table, data | {"why": ["allow stance"], "masked": ["c19:null"]}


def _of_run(which: int, turn: int, name: str) -> tuple[Any, str, dict[str, Any]]:
    run, table = f"run-{turn}", f"{name}.rows@1"
    findings = [{"rule": f"rule {n}", "passed": (turn + n) % 50 > 0, "found": 1.0} for n in range(3)]
    batch = {"app": f"weft:{table}", "sequence": turn, "rows": 1000 + turn % 100, "quarantined": turn % 3}
    result = {"table": dict(zip(("domain", "product", "table"), f"{name}.rows".split("."), strict=True))}
    ended = {"id": run, "product": name, "started": "2026-01-01T00:00:00.000Z", "state": "succeeded"}
    ended |= {"finished": "2026-01-01T00:00:01.000Z", "tables": [result | {"state": "published", "rows": 1000}]}
    told = (
        ("run.started", name, {"product": name}),
        ("batch.committed", table, batch | {"superseded": 0, "reasons": {}}),
        ("quality.checked", table, {"findings": findings}),
        ("publication.published", table, {"version": turn, "log_version": None, "rows": 1000}),
        ("run.finished", name, {"product": name, "result": ended}),
    )
    kind, subject, data = told[which]
    return kind, subject, {"run": run, **data}


if __name__ == "__main__":
    main()
