"""Messy, Inc.: its documents, the generator of its silos, and what a first run finds there."""

from weft.demo.build import PEOPLE, QUESTION, build, has_workbooks, tell
from weft.demo.findings import Found
from weft.demo.story import Story

__all__ = ["PEOPLE", "QUESTION", "Found", "Story", "build", "has_workbooks", "tell"]
