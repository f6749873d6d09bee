"""Who looks: until people log in, they say it; and how they read."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from babel import Locale
from starlette.responses import Response

from weft.errors import Invalid, Unknown, WeftError
from weft.flow import base
from weft.model import Noun
from weft.portal.look import Look, Looking
from weft.portal.pages import Shown, page, routes
from weft.portal.words import languages
from weft.web import cookies

router = routes()


class Me(Noun):
    """Who looks, for what."""

    actor: str
    """Id of who looks."""
    name: str
    """As the documents call them; empty for a stranger."""
    purpose: str
    """Empty = none named."""


@page(router, "/me", "me.html")
def me(look: Looking, back: str = "/") -> Shown:
    """Pick a person, a purpose, a language."""
    who = Me(actor=look.viewer.actor, name=look.person.name if look.person else "", purpose=look.viewer.purpose)
    try:
        known = base.declared(look.world)
        people, purposes = [p for p in known.people.values() if p.active], known.mesh.purposes
        domains = {p.id: [d for d in known.domains.values() if p.id in {d.owner, *d.stewards}] for p in people}
    except WeftError:  # nothing is applied yet: there is nobody to be
        people, purposes, domains = [], (), {}
    names = {tag: (Locale(tag).display_name or tag).capitalize() for tag in languages()}
    return Shown(
        who, {"people": people, "purposes": purposes, "domains": domains, "names": names, "back": _inside(back)}
    )


@router.post("/me", response_model=None)
def look_as(look: Looking) -> Response:
    """Look as another person from now on."""
    named, form = cookies(look.request), look.form
    actor, purpose, language = form.get("as", ""), form.get("for", ""), form.get("in", "")
    known = base.declared(look.world)
    if actor and not (actor in known.people and known.people[actor].active):
        raise Unknown(f"nobody of this mesh is called '{actor}'", hint="The page lists whom you can look as.")
    if purpose and purpose not in known.mesh.purposes:
        raise Invalid(f"'{purpose}' is no purpose of this mesh", hint=f"It has {', '.join(known.mesh.purposes)}.")
    answer = look.done(_inside(form.get("back", "/")), _told(look, actor))
    for name, value in ((named.who, actor), (named.purpose, purpose), (named.language, language)):
        _keep(answer, name, value)
    return answer


def _keep(answer: Response, name: str, value: str) -> None:
    if value:
        answer.set_cookie(name, quote(value), httponly=True, samesite="strict")
    else:
        answer.delete_cookie(name)


def _told(look: Look, actor: str) -> str:
    person: Any = base.declared(look.world).people.get(actor)
    text = look.reader.words.gettext("You look as %(name)s now.")
    return text % {"name": person.name or actor} if person else ""


def _inside(back: str) -> str:
    """An address of this portal, never another site's."""
    return back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"
