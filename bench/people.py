"""Many people who click through a served mesh at once."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

if TYPE_CHECKING:
    from bench.served import Served

PAUSE = (1.0, 5.0)
"""Seconds between two clicks of one person, at least and at most."""
WEIGHTS = {"home": 3, "search": 6, "product": 10, "lineage": 1, "board": 2, "sample": 2, "ask": 3, "other": 3}
"""How often each kind of page is clicked."""
TABS = ("", "", "/schema", "/quality", "/usage", "/use", "/history")


@dataclass
class Clicks:
    """What a crowd found."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in WEIGHTS})
    errors: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[float]:
        """Seconds of every click."""
        return [s for each in self.seconds.values() for s in each]


class Reach:
    """What there is to click for somebody.

    Args:
        served: the mesh.
        who: id of a person.
    """

    def __init__(self, served: Served, who: str) -> None:
        self.served, self.who = served, who
        found = served.json("/search.json?kind=product", who)["items"]
        self.products = [item["name"].replace(".", "/") for item in found]
        tables = [table for name in self.products for table in served.json(f"/p/{name}.json", who)["tables"]]
        self.tables = [one["name"] for one in tables if one["published"] and one["access"]["allowed"]]
        self.boards = [board["name"] for board in served.json("/boards.json", who)["boards"]]


class Person:
    """Somebody who looks around, always in the same way.

    Args:
        reach: what they can look at.
        number: decides the way.
    """

    def __init__(self, reach: Reach, number: int) -> None:
        self._reach, self.dice = reach, random.Random(number)

    def click(self, kind: str) -> int:
        """Open a page of that kind; returns its status."""
        reach = self._reach
        if kind == "ask" and reach.tables:
            return reach.served.ask(f"SELECT count(*) AS n FROM {self.dice.choice(reach.tables)}", reach.who)[0]
        return reach.served.get(self._address(kind), reach.who)[0]

    def _address(self, kind: str) -> str:
        product = f"/p/{self.dice.choice(self._reach.products)}"
        if kind == "search":
            name = self.dice.choice(self._reach.products).replace("/", " ")
            return f"/search?q={quote_plus(self.dice.choice((name, name[:-1], name.partition(' ')[2], '')))}"
        if kind == "board" and self._reach.boards:
            return f"/boards/{self.dice.choice(self._reach.boards)}"
        pages = {"home": "/", "product": product + self.dice.choice(TABS), "lineage": f"{product}/lineage"}
        if kind == "sample" and self._reach.tables:
            domain, name, table = self.dice.choice(self._reach.tables).split(".")
            return f"/p/{domain}/{name}/sample?table={table}"
        return pages.get(kind) or self.dice.choice(("/runs", "/domains", "/dark", "/glossary", "/events"))


def persons(served: Served, people: list[str], count: int) -> list[Person]:
    """So many, each looking as one of those people."""
    reaches = {who: Reach(served, who) for who in people[:count]}
    return [Person(reaches[people[n % len(people)]], n) for n in range(count)]


def crowd(found: list[Person], seconds: float) -> Clicks:
    """All of them at once, for so long."""
    clicks, until = Clicks(), time.monotonic() + seconds
    threads = [Thread(target=_wander, args=(person, clicks, until)) for person in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return clicks


def _wander(person: Person, clicks: Clicks, until: float) -> None:
    time.sleep(person.dice.uniform(0, PAUSE[1]))
    while time.monotonic() < until:
        kind = person.dice.choices([*WEIGHTS], [*WEIGHTS.values()])[0]
        began = time.monotonic()
        try:
            status = person.click(kind)
        except OSError as error:
            status = 0
            clicks.errors.append(f"{kind}: {error}")
        clicks.seconds[kind].append(time.monotonic() - began)
        if status >= 400:
            clicks.errors.append(f"{kind}: {status}")
        time.sleep(person.dice.uniform(*PAUSE))
