"""From a connector to a product: a source is filled in and tried, streams are chosen, a product is drafted and applied.

What is drafted lies in the mesh's folder, as if somebody had written it there; nothing counts before it is applied.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weft.errors import Denied, Invalid, Unknown, WeftError
from weft.flow import base, secrets, sources
from weft.flow.changing import answers, apply_files
from weft.flow.draft import Stream, keep, look, product_of
from weft.kinds import form, typed
from weft.model import Noun, Source
from weft.spec.reading import read
from weft.spec.secrets import written_out
from weft.spec.write import write_weft

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from weft.flow.changing import PlanView
    from weft.flow.draft import Looked
    from weft.kinds import Field
    from weft.model import Consent, Declared
    from weft.seams import Connectors, World

MARK = "# Drafted in the portal.\n"
"""How the document of a source begins that may be written over: nobody has taken it in hand yet."""
MOST = 5
"""Streams of which one product is drafted at once."""
_ROWS = 2_000
_PREFIX = "secret://"
_VAULT = "secret://vault/"
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
"""Names of sources, products, connectors."""
_NAMES = "Names are lower case letters, digits and underscores, a letter first."


class Filled(Noun):
    """A form that was filled in."""

    connector: str
    domain: str
    name: str
    """Of the source."""
    values: dict[str, str] = {}
    """What was given, by the names of the form's fields; credentials are among them."""


def connectors(world: World, known: Declared) -> Connectors:
    """What can be connected: what weft has, what packages bring, what the mesh describes."""
    return base.declared_connectors(world.connectors, known)


def domains(known: Declared, actor: str) -> tuple[str, ...]:
    """Where somebody may connect a source: owner and stewards in their domains, the council everywhere."""
    return tuple(name for name in sorted(known.domains) if answers(known, actor, f"domains/{name}/"))


def shown_again(fields: Sequence[Field], filled: Filled) -> dict[str, str]:
    """Of what was filled in, what may be shown again: no secret, also none that was written into another field."""
    own = {field.name for field in fields if field.asks != "secret"}
    found = {name: text for name, text in filled.values.items() if name in own and not written_out(name, text)}
    return found | {"domain": filled.domain, "name": filled.name}


def begin(world: World, actor: str, filled: Filled) -> Source:
    """Try a source, and draft its document when it answers. Credentials go into the vault, never into the document.

    Raises:
        Denied: who asks does not answer for the domain.
        Invalid: what was filled in does not fit, or a source of that name is there.
        Unavailable: the system does not answer. What was given as a secret is kept for the next try.
    """
    source = _filled_in(world, actor, filled)
    sources.test(world, source)
    _write(world, _path(source), source)
    return source


def login(world: World, actor: str, filled: Filled, redirect: str) -> tuple[Source, Consent]:
    """Draft a source that a person lets in with a browser, and say where; it is tried when they come back.

    Args:
        world: the open mesh.
        actor: who asks.
        filled: without what the login will give.
        redirect: address that the browser is sent back to.

    Raises:
        Denied: who asks does not answer for the domain.
        Invalid: what was filled in does not fit, or nobody logs in to such a source.
    """
    source = _filled_in(world, actor, filled, expected=True)
    will_be = sources.begin_login(world, source, redirect, actor).reference
    there = {will_be, *(one.reference for one in world.safe.all())}
    config = {k: v for k, v in source.config.items() if not str(v).startswith(_VAULT) or v in there}
    source = source.model_copy(update={"config": config})
    asked = sources.begin_login(world, source, redirect, actor)
    _write(world, _path(source), source)
    return source, asked


def login_again(world: World, actor: str, name: str, redirect: str) -> tuple[Source, Consent]:
    """Log a source in once more, and say where; what the system gives then takes the place of what it gave before.

    Raises:
        Unknown: there is no such source.
        Denied: who asks does not answer for its domain, or may not change the secret.
        Invalid: nobody logs in to such a source.
    """
    source = source_of(world, actor, name)
    return source, sources.begin_login(world, source, redirect, actor)


def logs_in(world: World, known: Declared, actor: str, source: Source) -> bool:
    """Whether that person can log a source in with a browser."""
    if source.domain not in domains(known, actor) or not connectors(world, known).told(source.connector).logs_in:
        return False
    try:
        login_again(world, actor, str(source), "http://127.0.0.1/login")
    except WeftError:
        return False
    return True


def logged_in(world: World, actor: str, name: str, asked: Consent, answered: Mapping[str, str]) -> Source:
    """Keep what the system gives for what the browser came back with, and try the source.

    Raises:
        Denied: the person, or the system, says no.
        Invalid: it is no answer to this question.
    """
    source = source_of(world, actor, name)
    sources.finish_login(world, source, asked, answered, actor)
    sources.test(world, source)
    return source


def _filled_in(world: World, actor: str, filled: Filled, *, expected: bool = False) -> Source:
    """The source that a form says, its secrets in the vault; those that are still expected are named, too."""
    known = base.declared(world)
    _answers(known, actor, filled.domain)
    if not _plain(filled.domain, filled.name):
        raise Invalid(f"a source cannot be called '{filled.name}'", hint=_NAMES)
    source = Source(name=filled.name, domain=filled.domain, connector=filled.connector)
    _free(world, _path(source))
    fields = form(connectors(world, known).get(filled.connector))
    config, hidden = in_vault(world, fields, filled.values, f"{filled.domain}/{filled.name}")
    if expected:
        place = f"{_VAULT}{filled.domain}/{filled.name}"
        config = {**{f.name: f"{place}.{f.name}" for f in fields if f.asks == "secret"}, **config}
    source = source.model_copy(update={"config": config})
    _read(_path(source), source)
    connectors(world, known).build(source.connector, config)
    for name, value in hidden.items():
        secrets.put(world, name, value, actor)
    return source


def in_vault(
    world: World, fields: Sequence[Field], values: Mapping[str, str], place: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """A form that was filled in as a configuration with references, and the secrets behind them, not yet kept.

    Args:
        world: the open mesh.
        fields: of the form.
        values: what was given, by their names; an empty secret is the one that was given before.
        place: how names in the vault begin: `domain/source`.
    """
    given, hidden = dict(values), {}
    kept = {one.name for one in world.safe.all()}
    for field in fields:
        if field.asks != "secret":
            continue
        value, name = given.get(field.name, "").strip(), f"{place}.{field.name}"
        if value and not value.startswith(_PREFIX):
            hidden[name] = value
        if not value.startswith(_PREFIX):
            given[field.name] = f"{_VAULT}{name}" if value or name in kept else ""
    return typed(fields, given), hidden


def _path(source: Source) -> str:
    return f"domains/{source.domain}/sources/{source.name}.yaml"


def source_of(world: World, actor: str, name: str) -> Source:
    """A source that is applied, or drafted in the folder.

    Raises:
        Unknown: there is none of that name (`domain.source`).
        Denied: who asks does not answer for its domain.
    """
    known = base.declared(world)
    domain, _, short = name.partition(".")
    _answers(known, actor, domain)
    if name in known.sources:
        return known.sources[name]
    path = f"domains/{domain}/sources/{short}.yaml"
    file = world.folder / path
    noun = read(path, file.read_bytes(), placed=True).noun if _plain(domain, short) and file.is_file() else None
    if not isinstance(noun, Source):
        raise Unknown(f"there is no source '{name}'", hint="Connect one: the page of connectors lists what there is.")
    return noun


def choose(world: World, actor: str, name: str, cursors: Mapping[str, str]) -> Source:
    """Choose streams, each with the column that only grows (empty = none, or the connector knows).

    A drafted source notes them down; an applied one stays as it is.

    Raises:
        Invalid: none is chosen, or too many.
    """
    source = source_of(world, actor, name)
    if not 0 < len(cursors) <= MOST:
        raise Invalid(f"{len(cursors)} streams are chosen, allowed are 1 to {MOST}", hint="Choose again.")
    if name in base.declared(world).sources:
        return source
    chosen = {stream: {"cursor": column} if column else {} for stream, column in cursors.items()}
    fresh = source.model_copy(update={"streams": {**source.streams, **chosen}})
    _write(world, _path(source), fresh)
    return fresh


def looked(world: World, actor: str, source: Source, streams: Sequence[str]) -> tuple[Looked, ...]:
    """Look at the first rows of streams, to propose tables; each look is an event."""
    if not 0 < len(streams) <= MOST:
        raise Invalid(f"{len(streams)} streams are chosen, allowed are 1 to {MOST}", hint="Choose again.")
    there = {one.name: one for one in sources.discover(world, source)}
    if gone := [one for one in streams if one not in there]:
        raise Invalid(f"{source} has no stream '{gone[0]}'", hint="Choose again.")
    told = [{"actor": actor, "what": f"source.{one}", "rows": _ROWS} for one in streams]
    base.tell(world, *(base.event(world, "unpublished.looked", str(source), one) for one in told))
    return tuple(look(world, source, Stream.of(there[one], one), _ROWS) for one in streams)


def product(world: World, actor: str, source: Source, streams: Sequence[str], name: str) -> tuple[str, ...]:
    """Draft a product over streams of a source, into the mesh's folder; returns the paths.

    Raises:
        Invalid: it cannot be called so, or is there.
    """
    known = base.declared(world)
    whole = f"{source.domain}.{name}"
    there = whole in known.products or (world.folder / "domains" / source.domain / name).exists()
    if not _plain(source.domain, name) or there:
        raise Invalid(f"a product cannot be called '{name}' here, or is there already", hint=_NAMES)
    return keep(world, product_of(known, whole, looked(world, actor, source, streams)).files, whole)


def draft_files(world: World, source: Source, name: str) -> dict[str, str]:
    """Text by path of a drafted source and product, as they lie in the folder.

    Raises:
        Unknown: there is no such draft.
    """
    own = (_path(source), f"domains/{source.domain}/{name}/")
    found = dict(_files(world.folder, own)) if _plain(source.domain, name) else {}
    if len(found) < 2:  # noqa: PLR2004 - a source and a product
        raise Unknown(f"there is no draft '{name}' over the source {source}", hint="Choose streams, then draft one.")
    return {path: file.read_text(encoding="utf-8") for path, file in found.items()}


def apply(world: World, actor: str, source: Source, name: str) -> PlanView:
    """Apply a drafted source and product, and nothing else that lies in the folder.

    Raises:
        Denied: who asks does not answer for the domain.
        Invalid: the documents have problems.
    """
    known = base.declared(world)
    _answers(known, actor, source.domain)
    own = draft_files(world, source, name)
    with world.registry.transaction() as unit:
        files = {d.path: d.content for d in unit.documents.below([f"domains/{source.domain}"])}
    files |= {path: text.encode() for path, text in own.items()}
    return apply_files(world, actor, f"domains/{source.domain}", files)


def _files(folder: Path, own: tuple[str, str]) -> list[tuple[str, Path]]:
    found = [folder / own[0], *sorted((folder / own[1]).glob("*"))]
    return [(file.relative_to(folder).as_posix(), file) for file in found if file.is_file()]


def _read(path: str, source: Source) -> None:
    """As `weft check` would see it."""
    reading = read(path, write_weft(source).encode(), placed=True)
    errors = [problem for problem in reading.problems if problem.severity == "error"]
    if errors:
        raise Invalid(errors[0].message, problems=errors)


def _free(world: World, path: str) -> None:
    file = world.folder / path
    with world.registry.transaction() as unit:
        applied = bool(unit.documents.below([path]))
    if applied or (file.is_file() and not file.read_text("utf-8", errors="replace").startswith(MARK)):
        raise Invalid("a source of that name is there already", hint="Choose another name.")


def _write(world: World, path: str, source: Source) -> None:
    file = world.folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(MARK + write_weft(source), encoding="utf-8")


def _plain(*names: str) -> bool:
    return all(NAME.match(name) for name in names)


def _answers(known: Declared, actor: str, domain: str) -> None:
    if domain not in known.domains or domain not in domains(known, actor):
        raise Denied(
            f"{actor} may not connect a source in the domain '{domain}'",
            hint="Owner and stewards of a domain may, and the council.",
        )
