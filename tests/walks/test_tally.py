"""What a system allows in a day is counted over all processes of a mesh."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from walks.mesh import open_mesh
from weft.connectors.rest.http.line import Line
from weft.connectors.rest.http.message import Request
from weft.flow.tally import Tally
from weft.mesh import open_world

if TYPE_CHECKING:
    from pathlib import Path

LIMIT, DAY = 60, 86_400.0


class Clock:
    at = datetime(2026, 3, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


class Wire:
    def close(self) -> None:
        pass


class Budget:
    """Sixty requests a day, and any number in a second."""

    ratelimit_remaining_header = ratelimit_reset_header = ""
    status_codes_for_ratelimit_hit = ()

    def rates(self, _request: Request) -> tuple[Any, tuple[tuple[int, float], ...]]:
        return "policy", ((LIMIT, DAY), (1000, 1.0))


@pytest.mark.parametrize("seed", range(3))
def test_two_processes_take_no_more_than_one_may(tmp_path: Path, seed: int) -> None:
    dice, clock = Random(seed), Clock()
    worlds = [open_mesh(tmp_path), open_world(tmp_path, user="bo@x.example")]
    tallies = [Tally(replace(world, clock=clock)) for world in worlds]
    sent: list[datetime] = []
    for run in range(40):
        line = Line(Budget(), tally=(tallies[run % 2], "s"))  # a process asks, and ends
        with line.connected(Wire):
            waits = [line.delay("h", Request("GET", "https://h/x"), 0.0) for _ in range(dice.randint(1, 9))]
            sent += [clock.at for wait in waits if wait == 0]
        clock.at += timedelta(hours=dice.choice([0, 0, 1, 3]))
    for at in sent:
        assert sum(at - timedelta(seconds=DAY) < one <= at for one in sent) <= LIMIT
    line = Line(Budget(), tally=(tallies[0], "s"))
    while not (wait := line.delay("h", Request("GET", "https://h/x"), 0.0)):
        sent.append(clock.at)
    clock.at += timedelta(seconds=wait)
    assert wait <= DAY + 3600 and line.delay("h", Request("GET", "https://h/x"), 0.0) == 0, "that long, no longer"
    for world in worlds:
        world.close()


def test_what_is_not_used_is_given_back_and_the_registry_is_asked_seldom(tmp_path: Path) -> None:
    clock, asked = Clock(), []
    world = open_mesh(tmp_path)
    tally = Tally(replace(world, clock=clock))

    class Watched:
        def take(self, *given: Any) -> tuple[int, float]:
            asked.append(given[1])
            return tally.take(*given)

    class Large(Budget):
        def rates(self, _request: Request) -> tuple[Any, tuple[tuple[int, float], ...]]:
            return "policy", ((100_000, DAY),)

    for _ in range(2):
        line = Line(Large(), tally=(Watched(), "s"))
        with line.connected(Wire):
            assert all(line.delay("h", Request("GET", "https://h/x"), 0.0) == 0 for _ in range(1000))
    assert asked == [10, 20, 40, 80, 160, 320, 640, -270] * 2
    assert tally.take("s:h:policy:100000:86400.0", 100_000, 100_000, DAY) == (98_000, 0.0)
    world.close()
