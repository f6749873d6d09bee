"""Killed at any moment, twice in a row, with somebody reading all the time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from faults import life as lives

if TYPE_CHECKING:
    from faults.life import Life

SEEDS = range(50)
PAIRS = list(zip(SEEDS[::2], SEEDS[1::2], strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(5))
def test_killed_at_any_moment(life: Life, part: int) -> None:
    pairs = PAIRS[part::5]
    print("seeds", pairs)
    assert life.each(pairs, partial(lives.die_twice, life)) == []
