"""weft.open and weft.connect: a mesh as a Python object."""

from weft.client.answer import Result
from weft.client.mesh import Mesh, connect, open  # noqa: A004 - weft.open is what it is

__all__ = ["Mesh", "Result", "connect", "open"]
