"""Keeps the projections near the journal's head, so that pages need not fold; tends nothing else."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from weft.errors import understood
from weft.flow.views import viewer

if TYPE_CHECKING:
    from threading import Event

    from weft.seams import World

EVERY_SECONDS, BREATH_SECONDS = 1.0, 0.02
_LOG = logging.getLogger(__name__)


def follow(world: World, stop: Event) -> None:
    """Fold what is new, again and again, until told to stop; what goes wrong is logged and tried again.

    Piece by piece, and with a breath after each: who asks a question writes that down, and is not to wait for long.
    """
    left = 0
    world.memo[viewer.FOLLOWED] = True
    while not stop.wait(BREATH_SECONDS if left else EVERY_SECONDS):
        try:
            left = viewer.follow(world)
        except Exception as error:  # noqa: BLE001 - the thread must live on
            left = 0
            _LOG.warning("projections were not brought up to date: %s", understood(error).message)
    del world.memo[viewer.FOLLOWED]
