"""A mesh's folder as documents."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from weft.model import Contract, Document, Position, Problem
from weft.spec.layout import FOLDERS, beside, lie
from weft.spec.reading import read
from weft.spec.sql_tests import ENDING
from weft.spec.text import LARGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SUFFIXES = (".yaml", ".yml", ".sql", ".csv")


def read_folder(root: Path, *, prefix: str = "") -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    """Read every document of a mesh's folder.

    Args:
        root: the folder; `mesh.yaml`, `domains/`, `people/`, ... lie in it.
        prefix: what stands before the paths, for a folder that is a part of a mesh: `domains/sales/`.

    Returns:
        The documents by path, and what is wrong with the files themselves. What is wrong inside of a document,
        `resolve` tells.
    """
    documents: list[Document] = []
    problems: list[Problem] = []
    if not root.is_dir():
        what = "is not a folder" if root.exists() else "is not there"
        return (), (Problem(position=Position(file=str(root)), message=f"the mesh's folder {what}"),)
    for path, file in _files(root, prefix, problems):
        content = _content(file, path, problems)
        if content is not None:
            reading = read(path, content, placed=True)
            documents.append(Document(path=path, kind=reading.kind, id=reading.id, content=content))
    return tuple(_older_majors(documents)), tuple(problems)


def _files(root: Path, prefix: str, problems: list[Problem]) -> Iterator[tuple[str, Path]]:
    starts = [root] if prefix else [root / name for name in FOLDERS]
    found = [] if prefix else [path for path in root.iterdir() if path.is_file()]
    for start in starts:
        for folder, inner, names in os.walk(start):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            found += [start.__class__(folder) / name for name in names]
    for file in sorted(found):
        path = prefix + file.relative_to(root).as_posix()
        if file.suffix not in _SUFFIXES or file.name.startswith(".") or file.name.endswith(ENDING):
            continue
        if not file.resolve().is_relative_to(root.resolve()):
            problems.append(_problem(path, "the file is a link that leads out of the mesh's folder"))
        elif lie(path).kinds:
            yield path, file
        elif "/" in path and not beside(path):
            problems.append(_problem(path, "weft does not look for documents here, the file is not read", warning=True))


def _content(file: Path, path: str, problems: list[Problem]) -> bytes | None:
    try:
        size = file.stat().st_size
        if size > LARGE:
            problems.append(_problem(path, f"the file has {size:,} bytes, allowed are {LARGE:,}"))
            return None
        return file.read_bytes()
    except OSError as error:
        problems.append(_problem(path, f"the file cannot be read: {error.strerror or type(error).__name__}"))
        return None


def _older_majors(documents: list[Document]) -> Iterator[Document]:
    """Contracts keep one id over their versions: the newest has the id, an older major `id@major`."""
    majors: dict[str, list[int]] = {}
    for document in documents:
        contract = _contract(document)
        if contract is not None:
            majors.setdefault(contract.id, []).append(contract.major)
    for document in documents:
        contract = _contract(document)
        if contract is not None and contract.major < max(majors[contract.id]):
            yield document.model_copy(update={"id": f"{contract.id}@{contract.major}"})
        else:
            yield document


def _contract(document: Document) -> Contract | None:
    if document.kind != "DataContract":
        return None
    noun = read(document.path, document.content, placed=True).noun
    return noun if isinstance(noun, Contract) else None


def _problem(path: str, message: str, *, warning: bool = False) -> Problem:
    return Problem(position=Position(file=path), message=message, severity="warning" if warning else "error")
