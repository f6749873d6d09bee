"""The silos of Messy, Inc.: SQL tells what happened (`company.sql`) and how each system exports its part of it."""

from weft.demo.silos.make import last_night, make

__all__ = ["last_night", "make"]
