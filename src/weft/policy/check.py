"""What can be said about policies and grants before anybody asks for data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

from weft.errors import Invalid
from weft.model import Position, Problem
from weft.policy import examples
from weft.policy.access import ends
from weft.policy.match import Except, names_table
from weft.policy.relax import relaxed
from weft.policy.rules import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from weft.kinds import Kind
    from weft.model import Declared, Grant, Policy
    from weft.policy.relax import Protection

    LocateIn: TypeAlias = Callable[[Policy | Grant], "Locate"]


class Locate(Protocol):
    """Gives the position of a path in a document; `within` is a line and column of the text that stands there."""

    def __call__(self, path: tuple[str | int, ...], within: tuple[int, int] | None = None) -> Position:
        """The position."""


def check(
    declared: Declared, locate: LocateIn | None = None, effective: Protection | None = None
) -> tuple[Problem, ...]:
    """Problems of all policies and grants of a mesh.

    Args:
        declared: the mesh.
        locate: for a document, gives the position of a path in it; without it, problems stand at the document's begin.
        effective: protection of the columns of each table after inheritance, by table key.

    Returns:
        Errors for what would refuse every read (unknown kind, parameters that do not fit, conditions that do not
        compile), reach nobody (unknown purposes, teams, tables of another domain) or relax a global policy; warnings
        for what matches nothing now.
    """
    find = locate or _at_begin
    problems: list[Problem] = []
    for policy in declared.policies:
        problems += _policy(declared, policy, find(policy), effective or {})
    for grant in declared.grants:
        problems += _grant(declared, grant, find(grant))
    return tuple(problems)


def _at_begin(document: Policy | Grant) -> Locate:
    position = document.position or Position(file=document.name)
    return lambda _path, _within=None: position


def _policy(declared: Declared, policy: Policy, locate: Locate, effective: Protection) -> Iterator[Problem]:
    try:
        kind: Kind = KINDS.build(policy.type, policy.parameters, locate)
    except Invalid as error:
        found = [p for p in error.problems if isinstance(p, Problem)]
        yield from found or [Problem(position=locate(("type",)), message=error.message)]
        return
    for number, one in enumerate(getattr(kind, "exceptions", ())):
        yield from _exception(declared, one, locate, number)
    yield from _matched(declared, policy, kind, locate)
    yield from _filtered(declared, policy, kind, locate)
    yield from _inside(kind, locate)
    yield from _layers(declared, policy, kind, (locate, effective))
    for number, example in enumerate(policy.examples):
        for path, message in examples.faults(declared, example):
            yield Problem(position=locate(("examples", number, *path)), message=message)


def _matched(declared: Declared, policy: Policy, kind: Kind, locate: Locate) -> Iterator[Problem]:
    for number, pattern in enumerate(getattr(getattr(kind, "match", None), "tables", ())):
        matched = [p for p in declared.placed if names_table((pattern,), p.name, policy.domain)]
        where = locate(("match", "tables", number))
        if not matched:
            yield Problem(position=where, message=f"no table is named '{pattern}'", severity="warning")
        elif policy.domain and all(placed.name.domain != policy.domain for placed in matched):
            text = f"'{pattern}' is not of the domain {policy.domain}; a domain's policy reaches its own tables only"
            yield Problem(position=where, message=text)


def _inside(kind: Kind, locate: Locate) -> Iterator[Problem]:
    """What is wrong inside of texts that have a grammar of their own."""
    told = getattr(kind, "faults", None)
    for field, found in (told() if told else {}).items():
        for fault in found:
            yield Problem(position=locate((field,), (fault.line, fault.column)), message=fault.message)


def _layers(declared: Declared, policy: Policy, kind: Kind, at: tuple[Locate, Protection]) -> Iterator[Problem]:
    """A domain may tighten what the mesh orders, never relax it."""
    locate, effective = at
    if policy.domain and any(p.name == policy.name and not p.domain for p in declared.policies):
        text = f"a global policy is named '{policy.name}' too; both hold, a domain's policy replaces none"
        yield Problem(position=locate(("name",)), message=text, severity="warning")
    found, matched = relaxed(declared, policy, kind, effective)
    if not found:
        return
    one = found[0]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    text = f"the global policy '{one.rule}' shows {one.column}{more} as {one.mask}; a domain may tighten, never relax"
    if len(found) < matched:
        text += "; this mask has an effect on the other columns only"
    yield Problem(position=locate(("mask",)), message=text, severity="error" if len(found) == matched else "warning")


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
