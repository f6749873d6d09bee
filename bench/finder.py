"""Searches of a large mesh, in a process of its own: `python -m bench.finder FOLDER TIMES`; prints JSON."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from bench.large import name_of
from bench.mesh import ADA
from weft import lineage
from weft.flow import base, find
from weft.flow.views.product import product
from weft.flow.views.search import Wanted, search
from weft.flow.views.viewer import Viewer
from weft.mesh import open_world
from weft.spec import read_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.seams import World

BOXES, LAYER = 1000, 100
PEOPLE = 3


def main() -> None:
    folder, times = sys.argv[1], int(sys.argv[2])
    world = open_world(folder, user=ADA)
    try:
        print(json.dumps(_measured(world, times)))
    finally:
        world.close()


def _measured(world: World, times: int) -> dict[str, Any]:
    """Seconds as (CPU, elapsed) of each look."""
    found: dict[str, Any] = {"layout": [_spent(_layout) for _ in range(times)]}
    _apply(world, read_folder(world.folder)[0])
    found["indexed"] = [_spent(lambda: find.catch_up(world))]
    known = base.declared(world)
    found["inherited"] = [_spent(lambda: base.effective(world, known, known.placed[0].name))]
    people = [Viewer(actor=f"p{n}@bench.example", purpose="reporting") for n in range(PEOPLE)]
    found["a viewer's first"] = [_spent(lambda v=viewer: search(world, v)) for viewer in people]  # type: ignore[misc]
    names = [name_of(n * 7919 % len(known.products)) for n in range(times)]
    for what, wanted in _wanted(names).items():
        looks = [(people[n % PEOPLE], one) for n, one in enumerate(wanted)]
        found[what] = [_spent(lambda v=v, one=one: search(world, v, one)) for v, one in looks]  # type: ignore[misc]
    found["product"] = [_spent(lambda n=n: product(world, people[0], n)) for n in names]  # type: ignore[misc]
    found["after an apply"] = [_after_an_apply(world, people[0], name) for name in names[:3]]
    found["mesh"] = [len(known.products), sum(len(p.table.properties) for p in known.placed)]
    return found


def _spent(work: Callable[[], object]) -> tuple[float, float]:
    cpu, elapsed = time.process_time(), time.monotonic()
    work()
    return time.process_time() - cpu, time.monotonic() - elapsed


def _wanted(names: list[str]) -> dict[str, list[Wanted]]:
    """Each text is another one, so that nothing is remembered."""
    tables = [f"{name}.rows" for name in names]
    return {
        "exact": [Wanted(text=name) for name in tables],
        "partial": [Wanted(text=name.rpartition(".")[2][:2]) for name in names],
        "several words": [Wanted(text=f"how {name.rpartition('.')[2]} goes rows") for name in names],
        "mistyped": [Wanted(text=f"{name.partition('.')[0]} confidental") for name in names],
        "all, by domain": [Wanted(domain=(name.partition(".")[0],)) for name in names],
    }


def _apply(world: World, documents: Any) -> None:
    """Without a plan: what that costs is measured elsewhere."""
    with world.registry.transaction(write=True) as unit:
        for document in documents:
            unit.documents.put(document, at=base.now(world), actor=ADA)


def _after_an_apply(world: World, viewer: Viewer, name: str) -> tuple[float, float]:
    domain, _, product_name = name.partition(".")
    with world.registry.transaction() as unit:
        (old,) = unit.documents.below([f"domains/{domain}/{product_name}/out.odcs.yaml"])
    content = old.content.replace(f"Rows of {product_name}".encode(), b"Lines of it")
    _apply(world, [old.model_copy(update={"content": content})])
    return _spent(lambda: search(world, viewer, Wanted(text=name)))


def _layout() -> None:
    """Ten layers: a box comes from one or two of the layer before, and now and then from one further back."""
    lines = []
    for n in range(LAYER, BOXES):
        layer = n // LAYER
        sources = [(layer - 1) * LAYER + (n * 7919 + 37 * k) % LAYER for k in range(1 + n % 2)]
        sources += [n * 104_729 % ((layer - 1) * LAYER)] if n % 5 == 0 and layer > 1 else []
        lines += [(f"n{source}", f"n{n}") for source in sources]
    lineage.layout([f"n{n}" for n in range(BOXES)], lines)


if __name__ == "__main__":
    main()
