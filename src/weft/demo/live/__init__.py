"""The systems of Messy, Inc. alive: simulators of their vendors, and the sources that read them over HTTP."""

from weft.demo.live.systems import Systems, installed

__all__ = ["Systems", "installed"]
