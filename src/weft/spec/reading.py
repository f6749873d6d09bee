"""One document on its own: its kind, its id, its noun, what is wrong with it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft.errors import Invalid
from weft.model import Contract, Document, Noun, Position, Problem
from weft.spec import odcs, odps, weft_kinds
from weft.spec.layout import Lie, lie
from weft.spec.own import check_contract
from weft.spec.secrets import find_secrets
from weft.spec.sql import Statement, statement
from weft.spec.text import Node, Unreadable, decode, parse, position

if TYPE_CHECKING:
    from weft.kinds.explain import Path

STANDARD = ("DataContract", "DataProduct")
ALL_KINDS = (*weft_kinds.KINDS, *STANDARD)


class Reading(Struct, frozen=True):
    """What a document says."""

    kind: str
    id: str
    lies: Lie
    noun: Noun | None = None
    """None for a Sql, and for a document with errors."""
    statement: Statement | None = None
    """Of a Sql without errors."""
    text: str = ""
    """Of a Sql or a Seed."""
    problems: tuple[Problem, ...] = ()


def locate(document: Document, path: Path) -> Position:
    """Where the value of a path stands in a document; the nearest value above when there is none.

    Args:
        document: YAML.
        path: keys and indexes: `("schema", 0, "name")`.
    """
    try:
        return position(parse(document.content), path, document.path)
    except Unreadable as error:
        return Position(file=document.path, line=error.line, column=error.column)


def check_document(path: str, content: bytes) -> tuple[Problem, ...]:
    """All problems of one document on its own, wherever it lies.

    Args:
        path: for positions; the ending .sql makes it SQL, anything else is YAML.
        content: its bytes.
    """
    return read(path, content).problems


def read_contract(path: str, content: bytes) -> Contract:
    """A contract on its own.

    Raises:
        Invalid: it is none, or has errors.
    """
    found = read(path, content)
    if not isinstance(found.noun, Contract):
        errors = [problem for problem in found.problems if problem.severity == "error"]
        raise Invalid(f"{path} is not a contract that can be read", problems=errors)
    return found.noun


@lru_cache(maxsize=32_768)
def read(path: str, content: bytes, *, placed: bool = False) -> Reading:
    """Read one document.

    Args:
        path: relative to the mesh's folder.
        content: its bytes.
        placed: it lies in a mesh, so the kind must be one of those that may lie there.
    """
    lies = lie(path)
    if path.endswith(".sql"):
        return _sql(path, content, lies)
    if path.endswith(".csv"):
        return _seed(path, content, lies)
    try:
        root = parse(content)
    except Unreadable as error:
        return _broken("", path, lies, Problem(position=_at(path, error.line, error.column), message=error.message))
    if not isinstance(root.value, dict):
        found = "empty" if root.value is None else "not a mapping of keys to values"
        where = Position(file=path, line=root.line, column=root.column)
        return _broken("", path, lies, Problem(position=where, message=f"the document is {found}"))
    kind = root.value.get("kind")
    allowed = lies.kinds if placed and lies.kinds else ALL_KINDS
    if kind not in allowed:
        known = kind if kind in ALL_KINDS else ""
        return _broken(known, path, lies, weft_kinds.unknown_kind(root, path, allowed))
    noun, problems = _noun(kind, root, path, lies)
    problems = tuple(sorted((*problems, *find_secrets(root, path)), key=_line))
    if any(problem.severity == "error" for problem in problems):
        noun = None
    return Reading(kind, _id(kind, root.value, noun, lies), lies, noun, problems=problems)


def _noun(kind: str, root: Node, path: str, lies: Lie) -> tuple[Noun | None, tuple[Problem, ...]]:
    if kind == "DataContract":
        problems = odcs.check(root, path)
        if problems:
            return None, problems
        contract = odcs.contract(root, path, domain=lies.domain, product=lies.product)
        return contract, check_contract(contract, root, path)
    if kind == "DataProduct":
        problems = odps.check(root, path)
        return (None if problems else odps.product(root, path, domain=lies.domain, name=lies.product)), problems
    return weft_kinds.read(root, path, domain=lies.domain)


def _sql(path: str, content: bytes, lies: Lie) -> Reading:
    try:
        text = decode(content)
    except Unreadable as error:
        return _broken("Sql", path, lies, Problem(position=_at(path, error.line, error.column), message=error.message))
    said = statement(text)
    name = _table(path, lies)
    if said.error:
        where = _at(path, said.line, said.column)
        return Reading("Sql", name, lies, text=text, problems=(Problem(position=where, message=said.error),))
    return Reading("Sql", name, lies, statement=said, text=text)


def _seed(path: str, content: bytes, lies: Lie) -> Reading:
    """Rows that somebody keeps by hand; what is in them is judged when they land."""
    try:
        text = decode(content)
    except Unreadable as error:
        return _broken("Seed", path, lies, Problem(position=_at(path, error.line, error.column), message=error.message))
    if not text.partition("\n")[0].strip():
        found = Problem(position=_at(path, 1, 1), message="the first line is empty, it names the columns")
        return _broken("Seed", path, lies, found)
    return Reading("Seed", _table(path, lies), lies, text=text)


def _table(path: str, lies: Lie) -> str:
    return ".".join(part for part in (lies.domain, lies.product, lies.stem or PurePosixPath(path).stem) if part)


def _broken(kind: str, path: str, lies: Lie, problem: Problem) -> Reading:
    return Reading(kind, path, lies, problems=(problem,))


def _id(kind: str, data: dict[str, Any], noun: Noun | None, lies: Lie) -> str:
    if kind == "DataProduct" and lies.product:
        return f"{lies.domain}.{lies.product}"
    name = str(data.get("id" if kind in (*STANDARD, "Person") else "name", "") or "")
    domain = getattr(noun, "domain", "") if kind in ("Source", "Policy", "Grant", "Glossary") else ""
    return f"{domain}.{name}" if domain else name


def _at(path: str, line: int, column: int) -> Position:
    return Position(file=path, line=line, column=column)


def _line(problem: Problem) -> tuple[int, int]:
    return problem.position.line, problem.position.column
