"""The faces on the web, as one application of one process."""

from weft.serve.app import application
from weft.serve.run import Served, serve

__all__ = ["Served", "application", "serve"]
