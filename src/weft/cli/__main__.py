"""python -m weft.cli."""

from weft.cli import process

process()
