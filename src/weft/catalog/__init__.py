"""What the journal and the documents say about the mesh: usage, runs, health, incidents, search."""

from weft.catalog.fold import Fold
from weft.catalog.folds.health import Failed, Health, all_health, health
from weft.catalog.folds.incidents import Incident, incidents
from weft.catalog.folds.rules import Judged, Point, judged
from weft.catalog.folds.runs import last_runs, run
from weft.catalog.folds.usage import Use, readers, uses
from weft.catalog.known import FOLDS
from weft.catalog.lexicon import Lexicon
from weft.catalog.replay import behind, catch_up, rebuild
from weft.catalog.search import Asked, Hit, index, search

__all__ = [
    "FOLDS",
    "Asked",
    "Failed",
    "Fold",
    "Health",
    "Hit",
    "Incident",
    "Judged",
    "Lexicon",
    "Point",
    "Use",
    "all_health",
    "behind",
    "catch_up",
    "health",
    "incidents",
    "index",
    "judged",
    "last_runs",
    "readers",
    "rebuild",
    "run",
    "search",
    "uses",
]
