"""One small protocol per outside thing, and World, which holds one of each."""

from weft.seams.connector import Allowance, Connector, Connectors, Glimpse, Glimpsing, Reach, Window
from weft.seams.engine import Answer, Engine
from weft.seams.failpoint import failpoint
from weft.seams.outside import Clock, Notifier, Outlet, Progress, Safe, Tally, Vault
from weft.seams.registry import (
    Cursors,
    Documents,
    Journal,
    Leases,
    Projections,
    Publications,
    Registry,
    Search,
    Secrets,
    Unit,
)
from weft.seams.store import TableStore
from weft.seams.world import World

__all__ = [
    "Allowance",
    "Answer",
    "Clock",
    "Connector",
    "Connectors",
    "Cursors",
    "Documents",
    "Engine",
    "Glimpse",
    "Glimpsing",
    "Journal",
    "Leases",
    "Notifier",
    "Outlet",
    "Progress",
    "Projections",
    "Publications",
    "Reach",
    "Registry",
    "Safe",
    "Search",
    "Secrets",
    "TableStore",
    "Tally",
    "Unit",
    "Vault",
    "Window",
    "World",
    "failpoint",
]
