"""Messy, Inc.: its documents, the generator of its silos, and the story that the demo tells."""

from weft.demo.build import QUESTION, build

__all__ = ["QUESTION", "build"]
