"""Documents `<table>.test.yaml`: tests of SQL. They are no part of the mesh: nothing of them is applied."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from weft.kinds import explain
from weft.model import Position, Problem
from weft.model.sql_test import SqlTest
from weft.spec.text import Unreadable, parse, position
from weft.spec.weft_kinds import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from weft.spec.text import Node

ENDING = ".test.yaml"
_PLACE = re.compile(r"domains/(?P<domain>[^/]+)/(?P<product>[^/]+)/(?P<table>[^/.]+)\.test\.yaml\Z")


def read_sql_tests(root: Path, part: str = "") -> tuple[tuple[SqlTest, ...], tuple[Problem, ...]]:
    """All tests below a mesh's folder.

    Args:
        root: the mesh's folder.
        part: path below it; tests elsewhere are left out.

    Returns:
        The tests in the order of their paths, and what is wrong with their documents.
    """
    tests: list[SqlTest] = []
    problems: list[Problem] = []
    for path in sorted(_files(root)):
        if part and not f"{path}/".startswith(f"{part}/"):
            continue
        found, faults = read_sql_test(path, (root / path).read_bytes())
        problems += faults
        tests += [found] if found else []
    return tuple(tests), tuple(problems)


def read_sql_test(path: str, content: bytes) -> tuple[SqlTest | None, tuple[Problem, ...]]:
    """One document, or what is wrong with it.

    Args:
        path: relative to the mesh's folder; it names the table.
        content: the YAML.
    """
    place = _PLACE.match(path)
    if place is None:
        text = f"tests of SQL lie beside it: domains/<domain>/<product>/<table>{ENDING}"
        return None, (Problem(position=Position(file=path), message=text),)
    try:
        root = parse(content)
    except Unreadable as error:
        where = Position(file=path, line=error.line, column=error.column)
        return None, (Problem(position=where, message=error.message),)
    faults = _head(root, path)
    if faults:
        return None, faults
    fields = {key: value for key, value in root.value.items() if key not in ("apiVersion", "kind")}
    fields |= {"table": ".".join(place.group("domain", "product", "table")), "position": Position(file=path)}
    fields["tests"] = _placed(fields.get("tests"), root, path)
    try:
        return SqlTest.model_validate(fields), ()
    except ValidationError as error:
        return None, explain(error, SqlTest, lambda at: position(root, at, path))


def _files(root: Path) -> list[str]:
    found = []
    for folder, inner, names in os.walk(root / "domains"):
        inner[:] = [name for name in inner if not name.startswith(".")]
        start = root.__class__(folder).relative_to(root).as_posix()
        found += [f"{start}/{name}" for name in names if name.endswith(ENDING)]
    return found


def _head(root: Node, path: str) -> tuple[Problem, ...]:
    data = root.value if isinstance(root.value, dict) else {}
    for key, wanted in (("apiVersion", VERSION), ("kind", "SqlTest")):
        if data.get(key) != wanted:
            message = f"'{key}' is {data.get(key, 'missing')}, allowed is {wanted}"
            return (Problem(position=position(root, (key,), path), message=message),)
    return ()


def _placed(tests: Any, root: Node, path: str) -> Any:
    """The tests with their places."""
    if not isinstance(tests, list):
        return tests
    return [
        {**test, "position": position(root, ("tests", n), path)} if isinstance(test, dict) else test
        for n, test in enumerate(tests)
    ]
