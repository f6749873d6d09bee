"""Killing a mesh at some step of some stage, and whether it lives on."""

from __future__ import annotations

import json
import os
import queue
import random
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from faults import script
from faults.birth import Mother

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

CONTRACTS = (("d.shop.orders@1", "d.shop.items@1"), ("d.crm.accounts@1",), ("e.report.totals@1",))
"""Tables that are published together."""
ALL = os.environ.get("WEFT_FAULTS") == "all"
"""Kill at every passing of every failpoint, not at one of each kind: takes an hour."""


LASTING = ("store.after_move", "store.after_commit", "registry.after_commit")


class Life:
    """The stages as they were lived undisturbed, and two zygotes to live them again. It begins at once, aside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(1)
        self._begun = self._pool.submit(self._begin)

    @property
    def mothers(self) -> list[Mother]:
        """Zygotes, each with a mesh of its own; the first is asked for what only one does."""
        return self._begun.result()[0]

    @property
    def stages(self) -> list[dict[str, Any]]:
        """What `script.build` says of each."""
        return self._begun.result()[1]

    def _begin(self) -> tuple[list[Mother], list[dict[str, Any]]]:
        copies = self._folder / "one" / "copies"
        mothers = [Mother(self._folder / name, copies) for name in ("one", "two")]
        try:
            return mothers, mothers[0].call("build", "*", copies=str(copies))["stages"]
        except BaseException:
            for mother in mothers:
                mother.close()
            raise

    def close(self) -> None:
        """End the zygotes."""
        self._pool.shutdown()
        if not self._begun.exception():
            for mother in self.mothers:
                mother.close()

    def each(self, cases: Iterable[Any], check: Callable[[Mother, Any], list[str]]) -> list[str]:
        """Check all cases, as many at once as there are zygotes; returns what was wrong."""
        free: queue.Queue[Mother] = queue.Queue()
        for mother in self.mothers:
            free.put(mother)

        def one(case: Any) -> list[str]:
            mother = free.get()
            try:
                return [f"{case}: {text}" for text in check(mother, case)]
            except AssertionError as error:
                return [f"{case}: {error}"]
            finally:
                free.put(mother)

        with ThreadPoolExecutor(len(self.mothers)) as pool:
            return [text for found in pool.map(one, cases) for text in found]

    def steps(self) -> list[tuple[int, str]]:
        """The steps to die at: the stage, the failpoint and which passing of it.

        What lasts is changed by store and registry alone, so a step of theirs that has just changed something counts as
        another one behind each step of the flow. Each is taken in one of the stages that have it, by turns.
        """
        where: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        for number, stage in enumerate(self.stages):
            flow, times = "", defaultdict(int)
            for name in stage["passed"]:
                times[name] += 1
                flow = flow if name.startswith(("store.", "registry.")) else name
                where[flow if name in LASTING else "", name].append((number, f"{name}:{times[name]}"))
        chosen: dict[int, list[str]] = defaultdict(list)
        for places in where.values():
            stages = {stage for stage, _ in places}
            least = min(stages, key=lambda number: len(chosen[number]))
            for stage, step in places:
                if ALL or (stage == least and step == next(s for n, s in places if n == least)):
                    chosen[stage].append(step)
        return [(stage, step) for stage, steps in sorted(chosen.items()) for step in steps]

    def wrong(self, stage: int, found: dict[str, Any]) -> list[str]:
        """What differs from the undisturbed life, in words."""
        lived, after = self.stages[stage], found["after"]
        complaints = list(after["faults"])
        complaints += half(lived["seen"], found["at once"])
        told = ("alerts",) if lived["commands"][0].startswith("run") else ()
        for part in ("published", "held", "store", "waiting", *told):
            for table in sorted({*lived["after"][part], *after[part]}):
                wanted, got = lived["after"][part].get(table, []), after[part].get(table, [])
                if wanted != got:
                    complaints.append(f"{part} {table}: {json.dumps(got)} instead of {json.dumps(wanted)}")
        return complaints + [text for said in found["said"].values() for text in failed(said)]


def half(allowed: list[dict[str, Any]], seen: dict[str, Any]) -> list[str]:
    """Contracts of which readers see what was never published together."""
    found = []
    for contract in CONTRACTS:
        mine = [seen.get(table) for table in contract]
        if mine not in [[one.get(table) for table in contract] for one in allowed]:
            found.append(f"readers see of {contract}: {mine}")
    return found


def failed(said: Any) -> list[str]:
    """Errors of runs."""
    runs = said if isinstance(said, list) else []
    return [run["error"] for run in runs if isinstance(run, dict) and run["state"] == "failed"]


def die_at(life: Life, mother: Mother, case: tuple[int, str]) -> list[str]:
    """Die at a step, then go on."""
    stage, step = case
    commands = life.stages[stage]["commands"]
    mother.restore(stage)
    if not mother.killed("play", step, commands=commands):
        return ["the step was not passed"]
    return life.wrong(stage, mother.call("recover", commands=commands))


def die_twice(life: Life, mother: Mother, seeds: tuple[int, int]) -> list[str]:
    """Die at any moment, die again at any moment of going on, with somebody reading all the time; then go on."""
    chance = random.Random(seeds[0])
    stage = chance.randrange(len(life.stages))
    lived = life.stages[stage]
    mother.restore(stage)
    complaints: list[str] = []
    reader = script.Reader(str(mother.mesh))
    for seed, again in zip(seeds, (False, True), strict=True):
        moment = random.Random(seed).uniform(0, 1.2 * lived["seconds"])
        child = mother.start("play", commands=lived["commands"], again=again)
        end = time.monotonic() + moment
        while time.monotonic() < end:
            complaints += half(lived["seen"], reader.now())
            time.sleep(min(0.05, max(0.0, end - time.monotonic())))
        child.kill()
    reader.close()
    return complaints + life.wrong(stage, mother.call("recover", commands=lived["commands"]))
