"""What can be said about policies and grants before anybody asks for data."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from weft.errors import Invalid
from weft.model import Position, Problem
from weft.policy.access import ends
from weft.policy.match import Except, names_table
from weft.policy.rules import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from weft.kinds import Kind, Locate
    from weft.model import Declared, Grant, Policy

    LocateIn: TypeAlias = Callable[[Policy | Grant], Locate]


def check(declared: Declared, locate: LocateIn | None = None) -> tuple[Problem, ...]:
    """Problems of all policies and grants of a mesh.

    Args:
        declared: the mesh.
        locate: for a document, gives the position of a path in it; without it, problems stand at the document's begin.

    Returns:
        Errors for what would refuse every read (unknown kind, parameters that do not fit) or reach nobody (unknown
        purposes, teams, tables of another domain), warnings for what matches nothing now.
    """
    find = locate or _at_begin
    problems: list[Problem] = []
    for policy in declared.policies:
        problems += _policy(declared, policy, find(policy))
    for grant in declared.grants:
        problems += _grant(declared, grant, find(grant))
    return tuple(problems)


def _at_begin(document: Policy | Grant) -> Locate:
    position = document.position or Position(file=document.name)
    return lambda _path: position


def _policy(declared: Declared, policy: Policy, locate: Locate) -> Iterator[Problem]:
    try:
        kind: Kind = KINDS.build(policy.type, policy.parameters, locate)
    except Invalid as error:
        found = [p for p in error.problems if isinstance(p, Problem)]
        yield from found or [Problem(position=locate(("type",)), message=error.message)]
        return
    for number, one in enumerate(getattr(kind, "exceptions", ())):
        yield from _exception(declared, one, locate, number)
    tables = getattr(getattr(kind, "match", None), "tables", ())
    for number, pattern in enumerate(tables):
        if not any(names_table((pattern,), placed.name, policy.domain) for placed in declared.placed):
            text = f"no table is named '{pattern}'"
            yield Problem(position=locate(("match", "tables", number)), message=text, severity="warning")
    yield from _filtered(declared, policy, kind, locate)


def _exception(declared: Declared, one: Except, locate: Locate, number: int) -> Iterator[Problem]:
    known: dict[str, Collection[str]] = {
        "domains": declared.domains,
        "teams": declared.teams,
        "purposes": declared.mesh.purposes,
        "domain_roles": ("owner", "steward", "producer", "consumer"),
    }
    for field, names in known.items():
        alias = type(one).model_fields[field].alias or field
        for place, name in enumerate(getattr(one, field)):
            if name not in names:
                path = ("except", number, alias, place)
                yield Problem(position=locate(path), message=_unknown(alias, name, names))


def _filtered(declared: Declared, policy: Policy, kind: Kind, locate: Locate) -> Iterator[Problem]:
    """A filter by a column that a table does not have would refuse every read of it."""
    about, where = getattr(kind, "about", None), getattr(kind, "where", ())
    if about is None:
        return
    for placed in declared.placed:
        if policy.domain not in ("", placed.name.domain) or not about(placed, policy):
            continue
        for number, one in enumerate(where):
            try:
                one.check(placed.table)
            except Invalid as error:
                yield Problem(position=locate(("where", number)), message=f"{placed.name}: {error.message}")


def _grant(declared: Declared, grant: Grant, locate: Locate) -> Iterator[Problem]:
    if grant.domain not in declared.domains:
        yield Problem(position=locate(()), message="a grant lies in the folder of the domain whose tables it grants")
        return
    for number, name in enumerate(grant.to):
        if (message := _nobody(declared, name)) is not None:
            yield Problem(position=locate(("to", number)), message=message)
    yield from _granted(declared, grant, locate)
    for number, name in enumerate(grant.purposes):
        if name not in declared.mesh.purposes:
            text = _unknown("purposes", name, declared.mesh.purposes)
            yield Problem(position=locate(("purposes", number)), message=text)
    try:
        ends(grant)
    except ValueError:
        text = f"'until' is '{grant.until}', allowed is an ISO date or timestamp such as 2027-01-31"
        yield Problem(position=locate(("until",)), message=text)


def _granted(declared: Declared, grant: Grant, locate: Locate) -> Iterator[Problem]:
    for number, pattern in enumerate(grant.tables):
        matched = [p for p in declared.placed if names_table((pattern,), p.name, grant.domain)]
        if not matched:
            text = f"no table is named '{pattern}'"
            yield Problem(position=locate(("tables", number)), message=text, severity="warning")
        elif all(placed.name.domain != grant.domain for placed in matched):
            text = f"'{pattern}' is not of the domain {grant.domain}; only its own domain grants a table"
            yield Problem(position=locate(("tables", number)), message=text)


def _nobody(declared: Declared, name: str) -> str | None:
    """Why nobody has that name, or none."""
    kind, _, rest = name.partition(":")
    known: dict[str, Iterable[str]] = {
        "team": declared.teams,
        "domain": declared.domains,
        "service": declared.services,
        "product": declared.products,
    }
    if not rest:
        return None if name in declared.people else f"no person has the id '{name}'"
    if kind == "role":
        return None
    if kind not in known:
        return f"'{name}' names nobody, allowed are a person's id, team:, role:, domain:, service: and product:"
    return None if rest in known[kind] else _unknown(kind, rest, known[kind])


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    words = sorted(known)
    listed = ", ".join(words[:30]) + (", ..." if len(words) > 30 else "")  # noqa: PLR2004 - as many as are read
    return f"'{what}' names '{name}', known are {listed or 'none'}"
