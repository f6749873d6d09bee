"""Conditions of access policies: CEL (Common Expression Language, cel.dev) over a closed set of typed variables.

The types are checked when a condition is compiled, so a misspelt name or a comparison that cannot hold is found before
anybody reads. Evaluation is bounded by the library: no loops but over lists, regular expressions in linear time, a
budget of steps.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft.errors import Invalid
from weft.model import CLASSIFICATIONS

if TYPE_CHECKING:
    from weft.policy.obligation import Subject

VARIABLES = {
    "actor.id": "string",
    "actor.kind": "string",
    "actor.roles": "list of strings",
    "actor.teams": "list of strings",
    "actor.domains": "map of domain to list of roles",
    "purpose": "string",
    "table": "string",
    "domain": "string",
    "product": "string",
    "classification": "string",
    "tags": "list of strings",
    "time": "timestamp",
}
"""Names that a condition may use. `classification` is the strictest of the table's columns, `tags` are those of table,
contract, product and columns with all that they lie below, `table` is `domain.product.table`, `time` is now in UTC."""
INSTALL = "Conditions need the extra 'cel': pip install 'weft[cel]'."
_FAULT = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_UNKNOWN = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '\((.*)\)'")


class Fault(Struct, frozen=True):
    """Something wrong in a condition."""

    message: str
    line: int = 1
    """Line and column of the condition's own text, both from 1."""
    column: int = 1


def faults(text: str) -> tuple[Fault, ...]:
    """What is wrong with a condition: syntax, unknown names, types that do not fit; empty when nothing is."""
    try:
        found = _program(text)
    except RuntimeError as error:
        return _told(str(error))
    except ImportError:
        return (Fault(f"the condition cannot be read: {INSTALL[0].lower()}{INSTALL[1:-1]}"),)
    kind = found.return_type().name()
    if kind != "BOOL":
        return (Fault(f"the condition is of type {kind.lower()}, allowed is true or false"),)
    return ()


def holds(text: str, subject: Subject) -> bool:
    """Whether the condition is true for that reader and table.

    Raises:
        Invalid: it cannot be evaluated; the read is then refused.
    """
    found = faults(text)
    if found:
        raise Invalid(found[0].message)
    try:
        value = _program(text).eval(data=_values(subject)).value()
    except RuntimeError as error:
        raise Invalid(f"its condition failed: {_plain(str(error))}") from None
    if not isinstance(value, bool):
        # An error comes as a value; what stands behind its colon may be data.
        raise Invalid(f"its condition failed: {_plain(str(value))}")
    return value


@lru_cache(maxsize=1024)
def _program(text: str) -> Any:
    """The compiled condition; thread-safe, like everything that is compiled by this library.

    Raises:
        RuntimeError: it does not compile.
        ImportError: the library is not installed.
    """
    return _environment().compile(text)


@cache
def _environment() -> Any:
    from cel_expr_python import cel

    strings = cel.Type.List(cel.Type.STRING)
    types = {
        "string": cel.Type.STRING,
        "timestamp": cel.Type.TIMESTAMP,
        "list of strings": strings,
        "map of domain to list of roles": cel.Type.Map(cel.Type.STRING, strings),
    }
    return cel.NewEnv(variables={name: types[kind] for name, kind in VARIABLES.items()})


def _values(subject: Subject) -> dict[str, Any]:
    actor, name = subject.actor, subject.placed.name
    strictest = max((column.protection for column in subject.columns), default=len(CLASSIFICATIONS) - 1)
    return {
        "actor.id": actor.id,
        "actor.kind": actor.kind,
        "actor.roles": list(actor.roles),
        "actor.teams": list(actor.teams),
        "actor.domains": {domain: list(roles) for domain, roles in actor.domains.items()},
        "purpose": subject.purpose,
        "table": str(name),
        "domain": name.domain,
        "product": name.product,
        "classification": CLASSIFICATIONS[max(strictest, subject.protection)],
        "tags": sorted(subject.tags.union(*(column.tags for column in subject.columns))),
        "time": subject.now,
    }


def _told(error: str) -> tuple[Fault, ...]:
    found = [Fault(_message(text), int(line), int(column)) for line, column, text in _FAULT.findall(error)]
    return tuple(found) or (Fault(f"the condition cannot be read: {_plain(error)}"),)


def _message(text: str) -> str:
    if unknown := _UNKNOWN.search(text):
        return f"the condition names '{unknown[1]}', known are {', '.join(VARIABLES)} and the functions of CEL"
    if overload := _OVERLOAD.search(text):
        types = overload[2].replace("google.protobuf.", "").lower()
        return f"the condition applies {_operator(overload[1])} to {types}, which does not fit"
    short = text.partition(" expecting ")[0].replace("<EOF>", "the end")
    return f"the condition cannot be read: {short[:1].lower()}{short[1:]}"


def _operator(name: str) -> str:
    """`_==_` as `==`, `@in` as `in`; a function stays as it is."""
    return f"'{name.strip('_@') if name.startswith(('_', '@')) or name.endswith('_') else name}'"


def _plain(error: str) -> str:
    """What the library says, without its own words for the class of an error and without values."""
    text = re.sub(r"^[A-Z_]+: |\s*\[[A-Z_]+\]$", "", error.strip())
    return text.partition(":")[0].strip()[:100].lower()
