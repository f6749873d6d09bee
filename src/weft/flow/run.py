"""Run products: repair what a crash left, bring in or derive every table, publish contract by contract."""

from __future__ import annotations

from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from weft import quality
from weft.errors import Unknown, WeftError
from weft.flow import base, openlineage, repair, sound, tend
from weft.flow.ahead import Ahead
from weft.flow.audit import watch
from weft.flow.ingest import Options, begin, ingest
from weft.flow.publish import holds, publish
from weft.model import Run, TableResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.model import Declared, Placed
    from weft.seams import World


def run(world: World, products: Sequence[str] = (), options: Options | None = None) -> tuple[Run, ...]:
    """Run the named products (all when none are named) in the order of what they read.

    A failing product does not stop the others; what derives from it goes on from what is published.

    Args:
        world: the open mesh.
        products: `domain.product`; none = all.
        options: what to read.

    Raises:
        Unknown: a name is no product.
    """
    known = base.declared(world)
    wanted = [product_of(known, name) for name in products] or list(known.products)
    order = _order(known)
    world.progress.start("products", len(wanted))
    done = []
    for name in sorted(set(wanted), key=order.index):
        done.append(_one(world, known, _fresh(world, name), options or Options()))
        world.progress.step("products", 1, name)
    world.progress.done("products")
    _after(world, known, done)
    return tuple(done)


class Begun(Struct, frozen=True):
    """A run that the journal tells of and that holds its product, and is not carried out yet."""

    world: World
    run: Run
    held: base.Held


def start(world: World, product: str) -> Begun:
    """Begin the run of one product: told at once, for whoever carries it out later or elsewhere.

    Raises:
        Conflict: somebody works on it; names who.
    """
    one = _fresh(world, product)
    held = base.Held(world, f"product:{product}")
    held.renew()
    _tell_started(world, one)
    return Begun(world, one, held)


def go_on(begun: Begun) -> Run:
    """Carry out a run that was begun. However it ends, the journal tells."""
    known = base.declared(begun.world)
    done = _one(begun.world, known, begun.run, Options(), begun.held)
    _after(begun.world, known, (done,))
    return done


def _fresh(world: World, product: str) -> Run:
    return Run(id=base.new_id(world), product=product, started=base.now(world))


def _after(world: World, known: Declared, done: Sequence[Run]) -> None:
    tend.after(world, known, [one.product for one in done if one.state == "succeeded"])
    openlineage.after(world)


def product_of(known: Declared, name: str) -> str:
    """`domain.product`, also by one of its tables.

    Raises:
        Unknown: there is none.
    """
    if name in known.products:
        return name
    owner = known.tables.get(name)
    if owner is not None:
        return str(owner.product)
    listed = ", ".join(sorted(known.products)) or "none"
    raise Unknown(f"'{name}' is not a product", hint=f"Products are named domain.product; there are: {listed}.")


def _order(known: Declared) -> list[str]:
    """Products, each after those that its tables read and, if that can be, its foreign keys point to."""
    reads: dict[str, list[str]] = {name: [] for name in known.products}
    points: dict[str, list[str]] = {name: [] for name in known.products}
    for placed in known.placed:
        name = str(placed.product)
        reads[name] += [f"{n.domain}.{n.product}" for n in placed.shape.inputs]
        points[name] += [str(known.tables[n].product) for n in quality.references(placed.table) if n in known.tables]
    both = {name: dict.fromkeys(n for n in reads[name] + points[name] if n != name) for name in reads}
    try:
        return list(TopologicalSorter(both).static_order())
    except CycleError:
        # Only foreign keys may go in a circle: documents in which products read each other so are refused.
        plain = {name: dict.fromkeys(n for n in reads[name] if n != name) for name in reads}
        return list(TopologicalSorter(plain).static_order())


def _one(world: World, known: Declared, one: Run, options: Options, held: base.Held | None = None) -> Run:
    """One product, alone on it. Whoever else works on it is named in the error; told only of a run that was begun."""
    try:
        with held or base.Held(world, f"product:{one.product}"):
            return _held(world, known, one, options)
    except WeftError as error:
        failed = one.model_copy(update={"state": "failed", "error": str(error)})
        return _ended(world, failed, tell=held is not None)


def _held(world: World, known: Declared, one: Run, options: Options) -> Run:
    tables = [p for p in known.placed if str(p.product) == one.product]
    broken: WeftError | None = None
    try:
        for placed in tables if options.full_refresh else ():
            sound.clear(world, known, placed)
        repair.product(world, known, one.product, tables, but=one.id)
    except WeftError as error:
        broken = error
    _tell_started(world, one)
    if broken:
        failed = [TableResult(table=p.name, state="failed", error=str(broken)) for p in tables]
        return _finish(world, one.model_copy(update={"tables": tuple(failed)}))
    return _finish(world, _tables(world, known, tables, one, options))


def _tell_started(world: World, one: Run) -> None:
    told = {"run": one.id, "product": one.product}
    base.tell(world, base.event(world, "run.started", one.product, told, key=one.id))


def _tables(world: World, known: Declared, tables: list[Placed], one: Run, options: Options) -> Run:
    results: dict[str, TableResult] = {}
    contracts: dict[str, list[Placed]] = defaultdict(list)
    for placed in tables:
        contracts[f"{placed.contract.id}@{placed.name.major}"].append(placed)
    groups = {name: _referenced_first(group) for name, group in contracts.items()}
    read = [p for group in groups.values() for p in group if _reads(p)]
    with Ahead(read, lambda placed: begin(world, known, placed, options)) as ahead:
        options = replace(options, ahead=ahead)
        for group in groups.values():
            for placed in group:
                results[placed.name.key] = _table(world, known, placed, one.id, options)
            failed = [p for p in group if results[p.name.key].state == "failed"]
            if not failed:
                _publish(world, known, group, one.id, results)
    return one.model_copy(update={"tables": tuple(results.values())})


def _referenced_first(group: list[Placed]) -> list[Placed]:
    """Tables that foreign keys of others in the contract point to come before them."""
    needed = {name for placed in group for name in quality.references(placed.table)}
    return sorted(group, key=lambda placed: str(placed.name) not in needed)


def _reads(placed: Placed) -> bool:
    return placed.contract.status != "retired" and placed.shape.kind not in ("none", "derived")


def _table(world: World, known: Declared, placed: Placed, run_id: str, options: Options) -> TableResult:
    kind = placed.shape.kind
    if placed.contract.status == "retired" or kind == "none":
        return TableResult(table=placed.name)
    try:
        base.renew()
        sound.check(world, known, placed)
        if kind == "derived":
            from weft.flow.derive import derive  # it brings all of policy along

            return derive(world, known, placed, run_id, again=options.full_refresh)
        return ingest(world, known, placed, run_id, options)
    except WeftError as error:
        return TableResult(table=placed.name, state="failed", error=str(error))
    finally:
        world.progress.done(str(placed.name))


def _publish(world: World, known: Declared, group: list[Placed], run_id: str, results: dict[str, TableResult]) -> None:
    try:
        base.renew()
        live = [p for p in group if p.shape.kind != "none" and p.contract.status != "retired"]
        judged = publish(world, known, live, run_id) if live else {}
        watched = watch(world, known, live, run_id) if live and not judged else {}
    except WeftError as error:
        for placed in group:
            results[placed.name.key] = results[placed.name.key].model_copy(
                update={"state": "failed", "error": str(error)}
            )
        return
    held = any(holds(findings) for findings in judged.values())
    for key, findings in judged.items():
        state = "held" if held else "published"
        results[key] = results[key].model_copy(update={"state": state, "findings": findings})
    for key, findings in watched.items():
        results[key] = results[key].model_copy(update={"findings": findings})


def _finish(world: World, one: Run) -> Run:
    states = {t.state for t in one.tables}
    state = "failed" if "failed" in states else "held" if "held" in states else "succeeded"
    error = next((t.error for t in one.tables if t.error), "")
    return _ended(world, one.model_copy(update={"state": state, "error": error}))


def _ended(world: World, one: Run, *, tell: bool = True) -> Run:
    finished = one.model_copy(update={"finished": base.now(world)})
    data = {"run": one.id, "product": one.product, "result": finished.model_dump(mode="json")}
    if tell:
        base.tell(world, base.event(world, "run.finished", one.product, data, key=one.id))
    return finished
