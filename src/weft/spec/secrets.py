"""Literal secrets in documents: found, refused, never shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weft.kinds import REFERENCES, is_sensitive
from weft.model import Problem
from weft.spec.layout import lie
from weft.spec.text import position

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weft.spec.text import Node

    Path = tuple[str | int, ...]

REFERENCE = re.compile(r"secret://[A-Za-z][A-Za-z0-9_-]*/\S+\Z")
"""How a secret is named."""
_EXPRESSION = re.compile(r"\{\{.*\}\}", re.DOTALL)
"""In a connector's document a secret is named by what computes it."""
_IN_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@]*:(?P<secret>[^/\s@]+)@")
_IN_QUERY = re.compile(r"[?&;\s](?P<key>[A-Za-z_.-]+)=(?P<secret>[^&;\s]+)")
_KNOWN_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|\bglpat-[A-Za-z0-9_-]{20,}"
    r"|\bsk_live_[A-Za-z0-9]{16,}"
)
_OF_A_DOMAIN = re.compile(r"secret://vault/([^/\s]+)/")
_HINT = f"write a reference such as {REFERENCES} instead"


def find_secrets(root: Node, file: str) -> tuple[Problem, ...]:
    """Every place of a document where a secret is written out.

    Args:
        root: the parsed document.
        file: its path, for positions.

    Returns:
        A problem for each place; the value is in none of them.
    """
    found = [(path, f"{what}; {_HINT}") for path, what in _walk(root.value, _found)]
    lies = lie(file)
    if lies.kinds:
        found += _walk(root.value, lambda text, _: _of_another(text, lies.domain))
    return tuple(Problem(position=position(root, path, file), message=what) for path, what in found)


def written_out(name: str, text: str) -> bool:
    """Whether the value of a setting of that name is a secret, or holds one."""
    return _found(text, (name,)) is not None


def _of_another(text: str, domain: str) -> str | None:
    """A domain's secret belongs to its own documents: else who writes a source could have it sent anywhere."""
    owners = [owner for owner in _OF_A_DOMAIN.findall(text) if owner != domain]
    return (
        f"it refers to a secret of the domain '{owners[0]}', which only documents of that domain may"
        if owners
        else None
    )


def _walk(value: Any, judge: Callable[[str, Path], str | None], path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(item, judge, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, judge, (*path, index))
    elif value not in (None, "") and not isinstance(value, bool):
        what = judge(str(value), path)
        if what:
            yield path, what


def _found(text: str, path: Path) -> str | None:
    if REFERENCE.match(text):
        return None
    key = next((str(step) for step in reversed(path) if isinstance(step, str)), "")
    if is_sensitive(key) and not _EXPRESSION.search(text):
        return f"'{key}' holds a secret in clear text"
    url = _IN_URL.search(text) if "://" in text else None
    if url and not url["secret"].startswith(("secret://", "{", "$")):
        return f"'{key}' holds a URL with a password in it"
    pairs = _IN_QUERY.finditer(text) if "=" in text else ()
    if any(is_sensitive(pair["key"]) and not any(n in pair["secret"] for n in ("secret://", "{{")) for pair in pairs):
        return f"'{key}' holds a secret in its parameters"
    if _KNOWN_SHAPES.search(text):
        return f"'{key}' holds what looks like a key or token"
    return None
