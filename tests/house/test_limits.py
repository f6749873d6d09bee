"""The house's limits: sizes of files, functions and classes (docs/ARCHITECTURE.md)."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "weft"
VENDORS = ROOT / "packages" / "weft-vendors" / "src"
FILES = sorted([*SOURCE.rglob("*.py"), *VENDORS.rglob("*.py")])
TESTS = sorted({path for name in ("tests", "packages") for path in (ROOT / name).rglob("*.py")} - set(FILES))
GENERATED: set[str] = set()
MAX_FILE, MAX_FUNCTION, MAX_METHODS, MAX_ARGUMENTS, MAX_DEPTH = 400, 40, 12, 5, 2


def named(path: Path) -> Path:
    return path.relative_to(SOURCE if path.is_relative_to(SOURCE) else VENDORS)


def too_much(path: Path) -> list[str]:
    text = path.read_text()
    name = named(path)
    found = [f"{name}: {len(text.splitlines())} lines"] if len(text.splitlines()) > MAX_FILE else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found += _function(name, node)
        if isinstance(node, ast.ClassDef):
            methods = [n for n in node.body if isinstance(n, ast.FunctionDef)]
            if len(methods) > MAX_METHODS:
                found.append(f"{name}:{node.lineno} class {node.name} has {len(methods)} methods")
    return found


def _function(name: Path, node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    found = []
    start = node.body[0].lineno
    if isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant):
        start = (node.body[0].end_lineno or start) + 1  # a docstring is not length
    if (node.end_lineno or start) - start + 1 > MAX_FUNCTION:
        found.append(f"{name}:{node.lineno} function {node.name} has {(node.end_lineno or 0) - start + 1} lines")
    arguments = [
        a for a in node.args.posonlyargs + node.args.args + node.args.kwonlyargs if a.arg not in {"self", "cls"}
    ]
    if len(arguments) > MAX_ARGUMENTS and not str(name).startswith("cli/"):  # an option of a command is an argument
        found.append(f"{name}:{node.lineno} function {node.name} has {len(arguments)} arguments")
    return found


def test_all_is_small() -> None:
    assert len(FILES) > 800
    assert [found for path in FILES if str(named(path)) not in GENERATED for found in too_much(path)] == []


def test_files_of_tests_are_small() -> None:
    lines = {path: len(path.read_text().splitlines()) for path in TESTS}
    assert len(lines) > 250
    assert [f"{path.relative_to(ROOT)}: {n} lines" for path, n in lines.items() if n > MAX_FILE] == []


def test_the_limits_bite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "\n".join(f"    a{n} = {n}" for n in range(50))
    methods = "\n".join(f"    def m{n}(self): ..." for n in range(13))
    planted = tmp_path / "planted.py"
    planted.write_text(f"def long(a, b, c, d, e, f):\n{body}\nclass Wide:\n{methods}\n" + "\n" * 400)
    monkeypatch.setitem(too_much.__globals__, "SOURCE", tmp_path)
    assert [word for found in too_much(planted) for word in ("lines", "arguments", "methods") if word in found] == [
        "lines",
        "lines",
        "arguments",
        "methods",
    ]


def test_inheritance_is_shallow() -> None:
    bases: dict[str, list[str]] = {}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = [b.id for b in node.bases if isinstance(b, ast.Name) and b.id != node.name]

    roots = {"Noun", "Kind", "Part", "WeftError"}  # a class, its base, and what all of its sort derive from

    def depth(name: str) -> int:
        return 0 if name in roots or name not in bases else 1 + max((depth(b) for b in bases[name]), default=0)

    deep = {name: depth(name) for name in bases if depth(name) > MAX_DEPTH}
    assert deep == {}
