"""Mounts the faces: the API below /api/v1, the portal everywhere else, the guards around both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Mount

from weft import api, portal
from weft.web import Guards, Site

if TYPE_CHECKING:
    from weft.seams import World


def application(world: World, looking_as: str = "") -> Guards:
    """The site of an open mesh.

    Args:
        world: stays open as long as the application is asked.
        looking_as: id of whom a reader looks as who has not picked anybody; default: this machine's user.
    """
    faces = Starlette(routes=[Mount(api.PREFIX, api.application()), Mount("/", portal.application())])
    return Guards(faces, Site(world, looking_as or world.user))
