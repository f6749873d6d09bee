"""What the journal and the documents say about the mesh: usage, runs, health, incidents, search."""

from weft.catalog.dark import Facts, joins, keys
from weft.catalog.fold import Fold
from weft.catalog.folds.handled import handled
from weft.catalog.folds.health import Failed, Health, all_health, health
from weft.catalog.folds.incidents import Incident, incidents
from weft.catalog.folds.reads import Reads, all_reads, readers, reads
from weft.catalog.folds.rules import Judged, Point, judged
from weft.catalog.folds.runs import last_runs, run
from weft.catalog.folds.streams import streams
from weft.catalog.folds.usage import Use, uses
from weft.catalog.known import FOLDS
from weft.catalog.lexicon import Lexicon
from weft.catalog.replay import behind, catch_up, rebuild
from weft.catalog.search import Asked, Hit, index, search

__all__ = [
    "FOLDS",
    "Asked",
    "Facts",
    "Failed",
    "Fold",
    "Health",
    "Hit",
    "Incident",
    "Judged",
    "Lexicon",
    "Point",
    "Reads",
    "Use",
    "all_health",
    "all_reads",
    "behind",
    "catch_up",
    "handled",
    "health",
    "incidents",
    "index",
    "joins",
    "judged",
    "keys",
    "last_runs",
    "readers",
    "reads",
    "rebuild",
    "run",
    "search",
    "streams",
    "uses",
]
