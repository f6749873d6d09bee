"""The mesh's own secrets: stored, listed, forgotten, their master key changed. A value goes in and never comes out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weft import policy
from weft.errors import Denied, Invalid
from weft.flow import base
from weft.model import Noun, Rewrapped, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.model import Document
    from weft.seams import World

_NAME = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_-]{0,63}/)?[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\Z")
_LARGEST = 65_536
_REFERENCE = re.compile(r"secret://vault/([A-Za-z0-9_./-]+)")
_ROLES = {"owner", "steward", "producer"}


class Kept(Noun):
    """A secret and what refers to it."""

    secret: Secret
    used: tuple[str, ...] = ()
    """Sources (`domain.source`), and paths of other documents."""


def put(world: World, name: str, value: str, actor: str = "") -> Secret:
    """Store a secret, or a new version of it.

    Args:
        world: the open mesh.
        name: `domain/name` for the sources of a domain alone, or a plain name for the whole mesh.
        value: text of at most 64 KiB.
        actor: who asks; empty = who works in the mesh's folder.

    Raises:
        Invalid: no such name can be given, or there is no value.
        Denied: they have no such role.
    """
    if not _NAME.match(name):
        raise Invalid(
            "a secret cannot be called so",
            hint="Write NAME or DOMAIN/NAME in letters, digits, '-', '_' and '.': sales/crm-token.",
        )
    if not value or len(value.encode()) > _LARGEST or "\0" in value:
        raise Invalid("there is no value, or it is no text of at most 64 KiB", hint="Nothing was stored.")
    return world.safe.put(name, value, may(world, name, actor))


def listed(world: World, actor: str = "") -> tuple[Kept, ...]:
    """What may be told of the secrets, by name: of all to who works in the folder, else of those they may change."""
    with world.registry.transaction() as unit:
        uses = _uses(unit.documents.all())
    uses |= {name: ("mesh.yaml", *uses.get(name, ())) for name in _named(world.mesh.model_dump_json())}
    return tuple(
        Kept(secret=secret, used=uses.get(secret.name, ()))
        for secret in world.safe.all()
        if not actor or _answers(world, secret.name, actor)
    )


def remove(world: World, name: str, actor: str = "", *, force: bool = False) -> None:
    """Forget a secret.

    Raises:
        Unknown: there is none of that name.
        Invalid: something refers to it, and `force` is not said.
        Denied: they have no such role.
    """
    by = may(world, name, actor)
    used = next((kept.used for kept in listed(world) if kept.secret.name == name), ())
    if used and not force:
        raise Invalid(
            f"the secret '{name}' is used by {', '.join(used)}",
            hint="Change what refers to it first, or say --force: what uses it then fails.",
        )
    world.safe.drop(name, by)


def rotate(world: World, actor: str = "") -> Rewrapped:
    """Take a new master key; what is stored stays readable, older backups need the old one.

    Raises:
        Denied: they are not of the council.
    """
    return world.safe.rotate(may(world, "", actor))


def may(world: World, name: str, actor: str) -> str:
    """Who is named by the event of a change.

    Raises:
        Denied: they have no such role.
    """
    if actor and not _answers(world, name, actor):
        domain = name.partition("/")[0] if "/" in name else ""
        who = (
            f"Owner, stewards and producers of the domain {domain}, and the council may."
            if domain
            else ("The council may; a secret of a domain is called DOMAIN/NAME.")
        )
        raise Denied(
            f"{actor} may not change this secret" if name else f"{actor} may not change the master key", hint=who
        )
    return actor or world.user


def _answers(world: World, name: str, actor: str) -> bool:
    known = base.declared(world)
    person = policy.actor(known, actor)
    if person.known and actor in known.mesh.council:
        return True
    return "/" in name and bool(_ROLES & set(person.domains.get(name.partition("/")[0], ())))


def _uses(documents: Iterable[Document]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for document in documents:
        for name in _named(document.content.decode("utf-8", "replace")):
            found[name] = (*found.get(name, ()), _told(document))
    return found


def _named(text: str) -> set[str]:
    return set(_REFERENCE.findall(text))


def _told(document: Document) -> str:
    """`domain.source` of a source, else the path."""
    return document.id if document.kind == "Source" else document.path
