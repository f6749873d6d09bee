"""Keeps the projections near the journal's head, so that pages need not fold; tends nothing else."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from weft.errors import understood
from weft.flow import base

if TYPE_CHECKING:
    from threading import Event

    from weft.seams import World

EVERY_SECONDS = 1.0
_LOG = logging.getLogger(__name__)


def follow(world: World, stop: Event) -> None:
    """Fold what is new, again and again, until told to stop; what goes wrong is logged and tried again."""
    while not stop.wait(EVERY_SECONDS):
        try:
            base.caught_up(world)
        except Exception as error:  # noqa: BLE001 - the thread must live on
            _LOG.warning("projections were not brought up to date: %s", understood(error).message)
