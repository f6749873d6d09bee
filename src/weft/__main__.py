"""python -m weft."""

from weft.cli import process

process()
