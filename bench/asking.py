"""Questions under policy against raw DuckDB over the same files."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from bench.measure import middle, python, spend, told
from bench.mesh import back, keep, run
from bench.report import Row

if TYPE_CHECKING:
    from bench.plan import Plan

NAMES = ("q1", "q3", "q6")


def measure(plan: Plan) -> list[Row]:
    """Rows of the table; the state with the tables is kept as `tpch`."""
    spend(python("-m", "bench.data", "tpch", plan.mesh / "tpch", plan.scale))
    back(plan, "empty")
    spend(run(plan, "d.tpch"))
    keep(plan, "tpch")
    whole, kept, first, one = _quick(plan) if plan.quick else _thorough(plan)
    rows = [_row(f"ask {n}, whole", [whole[n]], "1.1") for n in NAMES]
    rows += [_row(f"ask {n}, masks and a filter, kept", [kept[n]], "1.3") for n in NAMES]
    rows += [_row(f"ask {n}, masks and a filter, first time", first[n], "3") for n in NAMES]
    return [*rows, *_one_row(one)]


def _thorough(plan: Plan) -> tuple[Any, Any, dict[str, list[Any]], Any]:
    """Each manner in a process of its own, each first time in a process of its own."""
    whole = _child(plan, "whole")["whole"]
    first: dict[str, list[Any]] = {name: [] for name in NAMES}
    for _ in range(plan.runs):
        for name in NAMES:
            shutil.rmtree(plan.mesh / ".weft/kept", ignore_errors=True)
            first[name].append(_child(plan, "first", name)["first"][name])
    return whole, _child(plan, "kept")["kept"], first, _child(plan, "one,beside")


def _quick(plan: Plan) -> tuple[Any, Any, dict[str, list[Any]], Any]:
    """All in one process."""
    found = _child(plan, "whole,one,first,kept,beside")
    return found["whole"], found["kept"], {n: [found["first"][n]] for n in NAMES}, found


def _child(plan: Plan, how: str, *names: str) -> dict[str, Any]:
    return dict(told(spend(python("-m", "bench.asker", how, plan.mesh, 2 * plan.runs + 1, *names))))


def _row(what: str, found: list[dict[str, Any]], aim: str) -> Row:
    """CPU of the asking process and its workers, and the time that it took."""
    weft, raw = (middle(f[side]["cpu"] for f in found) for side in ("weft", "raw"))
    waited, raw_waited = (middle(f[side]["wall"] for f in found) * 1000 for side in ("weft", "raw"))
    return Row(
        what,
        f"{weft * 1000:.0f} ms CPU, {waited:.0f} ms",
        f"{raw * 1000:.0f} ms CPU, {raw_waited:.0f} ms",
        f"{middle(f['weft']['cpu'] / f['raw']['cpu'] for f in found):.2f}",
        aim,
        f"{weft:.3f}",
        f"{middle(f['megabytes'] for f in found):.0f}",
    )


def _one_row(found: dict[str, Any]) -> list[Row]:
    found, beside = found["one"], found["beside"]["one"]["weft"]
    weft, raw = found["one"]["weft"], found["one"]["raw"]
    more = (weft["wall"] - raw["wall"]) * 1000
    return [
        Row(
            "ask for one row, warm, audited",
            f"{weft['wall'] * 1000:.1f} ms",
            f"{raw['wall'] * 1000:.1f} ms",
            f"+{more:.1f} ms",
            "+15 ms",
            f"{weft['cpu']:.3f}",
            f"{found['one']['megabytes']:.0f}",
        ),
        Row(
            "the same beside a question that never ends, against alone",
            f"{beside['wall'] * 1000:.1f} ms",
            f"{weft['wall'] * 1000:.1f} ms",
            f"{beside['wall'] / weft['wall']:.2f}",
        ),
    ]
