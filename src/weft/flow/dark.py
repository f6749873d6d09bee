"""What people do about dark data: ask who knows it, answer, adopt it as a product, retire it and take that back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft import catalog, policy, spec
from weft.errors import Denied, Invalid
from weft.flow import base, life
from weft.flow.draft import draft, keep
from weft.model import Handled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.flow.draft import Drafted
    from weft.model import Declared, Document, Event, EventType
    from weft.seams import Unit, World

UNDO_DAYS = life.KEPT


def domain_of(known: Declared, subject: str) -> str:
    """Domain of `stream:domain.source.stream`, `table:domain.product.table` or `product:domain.product`.

    Raises:
        Invalid: it names none of the mesh.
    """
    kind, _, name = subject.partition(":")
    domain = name.partition(".")[0]
    if kind not in {"stream", "table", "product"} or domain not in known.domains:
        raise Invalid(
            f"'{subject}' names no data of this mesh",
            hint="`weft dark` lists what is dark: stream:domain.source.stream, table:domain.product.table, "
            "product:domain.product.",
        )
    return domain


def _there(world: World, known: Declared, subject: str) -> None:
    """Is it there at all? What was retired counts.

    Raises:
        Invalid: nothing was seen of that name.
    """
    domain_of(known, subject)
    kind, _, name = subject.partition(":")
    with world.registry.transaction(write=True) as unit:
        catalog.catch_up(unit)
        if catalog.handled(unit.projections, subject) != Handled():
            return
        if kind == "stream":
            there = any(str(seen) == name for seen in catalog.streams(unit.projections))
        else:
            there = name in (known.products if kind == "product" else known.tables)
    if not there:
        raise Invalid(f"nothing was seen of {subject}", hint="`weft dark` looks into sources and lists what is dark.")


def may_decide(known: Declared, subject: str, actor: str) -> bool:
    """Whether somebody answers for it: owner and stewards of its domain, and the council."""
    roles = policy.actor(known, actor).domains.get(domain_of(known, subject), ())
    return bool({"owner", "steward"} & set(roles)) or (actor in known.mesh.council and actor in known.people)


def ask(world: World, subject: str, actor: str, to: Sequence[str], question: str) -> None:
    """Ask people what it is; they are told.

    Raises:
        Invalid: nobody, or somebody who is not here, is asked; or no question.
        Denied: who asks is no person of this mesh.
    """
    known = base.declared(world)
    _there(world, known, subject)
    _person(known, actor)
    strangers = [who for who in to if who not in known.people or not known.people[who].active]
    if strangers or not to:
        raise Invalid(
            f"'{strangers[0]}' is no active person of this mesh" if strangers else "nobody is asked",
            hint="Name people by their id, an e-mail of people/*.yaml.",
        )
    said = _text(question, "question")
    _tell(world, "dark.asked", subject, {"actor": actor, "to": list(to), "question": said})
    world.notifier.tell(list(to), f"{subject}: {actor} asks", f"- {said}\n- `weft dark answer {subject} TEXT` answers.")


def answer(world: World, subject: str, actor: str, text: str) -> None:
    """Say what one knows about it; it stays when people go.

    Raises:
        Denied: no person of this mesh.
    """
    known = base.declared(world)
    _there(world, known, subject)
    _person(known, actor)
    _tell(world, "dark.answered", subject, {"actor": actor, "text": _text(text, "answer")})


def adopt(world: World, subject: str, actor: str, product: str) -> Drafted:
    """Draft a product over a stream and write its documents into the mesh's folder, to be filled and applied.

    Raises:
        Denied: not owner, steward or council.
        Invalid: no stream, a name of another domain, or a file is in the way; nothing is written then.
    """
    known = base.declared(world)
    _there(world, known, subject)
    _decides(known, subject, actor)
    kind, _, name = subject.partition(":")
    domain, source, stream = (*name.split(".", 2), "", "")[:3]
    if kind != "stream" or product.partition(".")[0] != domain:
        raise Invalid(
            f"'{product}' cannot be drafted from {subject}",
            hint=f"A stream is adopted by its own domain: {domain}.<product>.",
        )
    drafted = draft(world, product, f"{source}.{stream}")
    keep(world, drafted.files, product)
    _tell(world, "dark.adopted", subject, {"actor": actor, "product": product})
    return drafted


def retire(world: World, subject: str, actor: str, reason: str) -> None:
    """Decide that nobody needs it. A stream is not listed as dark any more; a product's documents are retired.

    Its data stays, and for 30 days `restore` takes all of it back.

    Raises:
        Denied: not owner, steward or council.
        Invalid: no reason, or something declared needs the product; nothing is changed then.
    """
    known = base.declared(world)
    _there(world, known, subject)
    _decides(known, subject, actor)
    said = _text(reason, "reason")
    retired: list[Document] = []
    with world.registry.transaction(write=True) as unit:
        events = [_event(world, "dark.retired", subject, {"actor": actor, "reason": said})]
        ended: list[Event] = []
        if folder := _folder(subject):
            retired = [d for d in unit.documents.all() if d.path.startswith(folder)]
            events += _take(world, unit, retired, actor)
            after = base.declared(world, unit)
            ended = life.ended(world, unit, known, after)
        unit.journal.append([*events, *ended])
    life.tell(world, ended)
    for document in retired:
        path = world.folder / document.path
        if path.is_file() and path.read_bytes() == document.content:
            path.unlink()


def restore(world: World, subject: str, actor: str) -> None:
    """Take a retirement back: a product's documents are written and count again.

    Raises:
        Denied: not owner, steward or council.
        Invalid: it is not retired, or a file is in the way.
    """
    known = base.declared(world)
    _decides(known, subject, actor)
    with world.registry.transaction(write=True) as unit:
        catalog.catch_up(unit)
        done = catalog.handled(unit.projections, subject)
    if not done.retired_at:
        raise Invalid(f"{subject} is not retired", hint="`weft dark --retired` lists what is.")
    written = life.bring_back(world, _folder(subject)) if _folder(subject) else ()
    with world.registry.transaction(write=True) as unit:
        events = [_event(world, "dark.restored", subject, {"actor": actor})]
        for path in written:
            document = next(d for *_, d in reversed(unit.documents.history(path)) if d is not None)
            unit.documents.put(document, at=base.now(world), actor=actor)
            data = {"actor": actor, "kind": document.kind, "id": document.id, "action": "add"}
            events.append(_event(world, "document.applied", path, data | {"digest": document.digest}))
        unit.journal.append(events)


def _take(world: World, unit: Unit, documents: Sequence[Document], actor: str) -> list[Event]:
    """Retire documents, if what is left still resolves."""
    gone = {d.path for d in documents}
    _, problems = spec.resolve([d for d in unit.documents.all() if d.path not in gone])
    errors = [p for p in problems if p.severity == "error"]
    if errors:
        raise Invalid(f"something needs it still: {errors[0]}", hint="Change or retire that first.")
    for document in documents:
        unit.documents.retire(document.path, at=base.now(world), actor=actor)
    told = [{"actor": actor, "kind": d.kind, "id": d.id, "action": "retire", "digest": ""} for d in documents]
    return [_event(world, "document.retired", d.path, data) for d, data in zip(documents, told, strict=True)]


def _folder(subject: str) -> str:
    """Where the documents of a product lie; empty for a stream."""
    kind, _, name = subject.partition(":")
    return f"domains/{'/'.join(name.split('.')[:2])}/" if kind in {"product", "table"} else ""


def _decides(known: Declared, subject: str, actor: str) -> None:
    if not may_decide(known, subject, actor):
        domain = known.domains[domain_of(known, subject)]
        raise Denied(
            f"{actor} may not decide about {subject}",
            hint=f"Owner ({domain.owner or 'nobody yet'}) and stewards of {domain.name} may, and the council.",
        )


def _person(known: Declared, actor: str) -> None:
    if actor not in known.people or not known.people[actor].active:
        raise Denied(f"{actor} is no active person of this mesh", hint="Name a person with --as.")


def _text(text: str, what: str) -> str:
    if not text.strip():
        raise Invalid(f"the {what} is empty", hint="One sentence is enough.")
    return text.strip()[:2000]


def _event(world: World, kind: EventType, subject: str, data: dict[str, Any]) -> Event:
    return base.event(world, kind, subject, data)


def _tell(world: World, kind: EventType, subject: str, data: dict[str, Any]) -> None:
    base.tell(world, _event(world, kind, subject, data))
