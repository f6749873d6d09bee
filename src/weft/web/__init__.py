"""Ground of the web faces: who looks, guards over every request, errors as HTTP, negotiation."""

from weft.web.errors import TITLES, problem, status_of
from weft.web.guards import Guards
from weft.web.loopback import must_be_loopback
from weft.web.negotiate import Twins, wants_json
from weft.web.routes import Route
from weft.web.site import WORK, WORKS, Cookies, Site, cookies, csrf_token, form_of, site_of, viewer_of

__all__ = [
    "TITLES",
    "WORK",
    "WORKS",
    "Cookies",
    "Guards",
    "Route",
    "Site",
    "Twins",
    "cookies",
    "csrf_token",
    "form_of",
    "must_be_loopback",
    "problem",
    "site_of",
    "status_of",
    "viewer_of",
    "wants_json",
]
