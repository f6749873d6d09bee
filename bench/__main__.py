"""`python -m bench [--quick] [--runs N] [--only PART ...]`."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from pathlib import Path

from bench import (
    asking,
    bucket,
    changes,
    database,
    finding,
    landing,
    large,
    measure,
    pages,
    rest,
    rules,
    serving,
    starting,
)
from bench.measure import ROOT
from bench.mesh import make
from bench.plan import Plan
from bench.report import Row, machine, table

PARTS = (
    "landing",
    "bucket",
    "database",
    "changes",
    "asking",
    "starting",
    "rules",
    "large",
    "finding",
    "serving",
    "pages",
    "rest",
)
_NEEDS = {"bucket": "landing", "changes": "landing", "starting": "asking", "serving": "asking"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description="weft beside a peer, each in a fresh process.")
    parser.add_argument("--quick", action="store_true", help="everything small: whether it runs, not how fast it is")
    parser.add_argument("--runs", type=int, default=0, help="rounds of each measurement; default: 3, quick: 1")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="these parts, and what they need")
    given = parser.parse_args()
    measure.together = given.quick
    out = ROOT / "bench/out"
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as folder:
        plan = Plan(Path(folder), given.runs or (1 if given.quick else 3), quick=given.quick)
        rows = _rows(plan, given.only)
    with contextlib.suppress(OSError):
        out.rmdir()  # unless another run is on its way
    print(f"{machine()}; median of {plan.runs}{'; quick: the numbers mean nothing' if plan.quick else ''}\n")
    print(table(rows))


def _rows(plan: Plan, only: tuple[str, ...]) -> list[Row]:
    plan.out.mkdir()
    rows: list[Row] = []
    with database.server(plan.folder / "postgres") as url:
        make(plan, url)
        parts = {
            "landing": lambda: landing.measure(plan),
            "bucket": lambda: bucket.measure(plan),
            "database": lambda: database.measure(plan, url),
            "changes": lambda: changes.measure(plan),
            "asking": lambda: asking.measure(plan),
            "starting": lambda: starting.measure(plan),
            "rules": lambda: rules.measure(plan),
            "large": lambda: large.measure(plan),
            "finding": lambda: finding.measure(plan, url),
            "serving": lambda: serving.measure(plan),
            "pages": lambda: pages.measure(plan),
            "rest": lambda: rest.measure(plan),
        }
        needed = {*only, *(before for part in only if (before := _NEEDS.get(part)))}
        for name, part in parts.items():
            if name in needed:
                sys.stderr.write(f"{name} ...\n")
                rows += part()
    return rows


if __name__ == "__main__":
    main()
