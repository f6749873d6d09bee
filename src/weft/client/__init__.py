"""weft.open: a mesh as a Python object."""

from weft.client.answer import Result
from weft.client.mesh import Mesh, open  # noqa: A004 - weft.open is what it is

__all__ = ["Mesh", "Result", "open"]
