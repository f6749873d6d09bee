"""The front page: what do you want to know, what waits for you?"""

from __future__ import annotations

from weft.flow.views.home import HomeView
from weft.flow.views.home import home as view_home
from weft.portal.look import Looking
from weft.portal.pages import page, routes

router = routes()


@page(router, "/", "home.html")
def home(look: Looking) -> HomeView:
    """What concerns the viewer now."""
    return view_home(look.world, look.viewer)
