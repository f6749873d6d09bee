"""One step of a keyed table's life, in a process of its own: `python -m bench.step land|overlay|fold MESH TABLE`."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from bench.changes import QUESTIONS
from bench.measure import middle
from bench.mesh import ADA
from weft.flow import base, fold, places
from weft.flow.ingest import Options, ingest
from weft.mesh import open_world

if TYPE_CHECKING:
    from weft.model import Relation
    from weft.seams import World

TIMES = 7


def main() -> None:
    what, folder, name = sys.argv[1:]
    world = open_world(folder, user=ADA)
    try:
        known = base.declared(world)
        placed = known.table(name)
        goal = places.target(world, known, placed)
        if what == "land":
            ingest(world, known, placed, base.new_id(world), Options())
        elif what == "fold":
            fold.fold(world, goal, base.new_id(world))
        else:
            overlaid = places.candidate(world, goal, "").relation
            folded = overlaid.model_copy(update={"log": (), "key": (), "order": ()})
            print(json.dumps({n: [_seconds(world, q, r) for r in (overlaid, folded)] for n, q in QUESTIONS.items()}))
    finally:
        world.close()


def _seconds(world: World, sql: str, relation: Relation) -> float:
    def once() -> float:
        began = time.process_time()
        _: Any = world.engine.query(sql, {"rows": relation})
        return time.process_time() - began

    once()
    return middle(once() for _ in range(TIMES))


if __name__ == "__main__":
    main()
