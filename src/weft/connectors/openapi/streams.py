"""A recognised stream and what was decided about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from weft.connectors.openapi.words import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.connectors.openapi.decision import Decision
    from weft.connectors.openapi.operations import Operation, Parameter
    from weft.connectors.openapi.paging import Paging

_VERSION = re.compile(r"^(v?\d+(\.\d+)*|api|rest|latest|web|public|json|services|data)$")
_VAGUE = (
    "search",
    "list",
    "query",
    "all",
    "bulk",
    "items",
    "data",
    "values",
    "index",
    "find",
    "entries",
    "results",
    "paginated",
)


class Parent(Struct, frozen=True):
    """A parameter of a path, or of the query, that another stream gives."""

    parameter: str
    stream: str
    """Name of the parent."""
    key: str
    """Field of the parent's records."""
    field: str
    """What the value is called in expressions and records."""
    confidence: float
    evidence: str


class Stream(Struct, frozen=True):
    """One list of records, as it would be read."""

    name: str
    operation: Operation
    records: tuple[str, ...]
    item: Any
    """Schema of a record; None = not known."""
    key: tuple[str, ...]
    paging: Paging
    incremental: Mapping[str, Any] | None
    """cursor_field, parameter, format and perhaps until."""
    decisions: tuple[Decision, ...]
    parents: Mapping[str, Parent] = field(default_factory=dict)
    """By the parameter that it gives; the nearest is the last."""
    asked: tuple[Parameter, ...] = ()
    """Required parameters that nothing gives: they become configuration."""
    fixed: Mapping[str, Parameter] = field(default_factory=dict)
    """Required parameters whose value the document gives, by name: they are sent as it is."""

    @property
    def path(self) -> str:
        """With its parameters in braces."""
        return self.operation.path

    @property
    def method(self) -> str:
        """Get or post."""
        return self.operation.method

    @property
    def confidence(self) -> float:
        """Of what decides whether records come: that it is a list, where they lie, how it is paged."""
        told = [d.confidence for d in self.decisions if d.what in ("list", "records_path", "pagination")]
        result = 1.0
        for part in told:
            result *= part
        return result

    @property
    def description(self) -> str:
        """One line for people."""
        return " ".join((self.operation.summary or self.operation.description.split("\n\n")[0]).split())[:300]


def words(path: str) -> list[str]:
    """What a path tells by name: `v1/projects/{id}/issues` is projects, issues."""
    parts = [p for p in re.split(r"[/.:#]", path) if p and "{" not in p and p not in ("json", "xml")]
    said = [plain(p) for p in parts if not _VERSION.match(p)]
    told = [w for w in said if w]
    return (told[:-1] if told[-1:] == ["list"] else told) or [plain(p) for p in parts] or ["stream"]


def named(paths: Iterable[str]) -> list[str]:
    """A short, telling name for each of the lists; no two alike."""
    told = [words(p) for p in paths]
    lengths = [2 if len(w) > 1 and w[-1] in _VAGUE else 1 for w in told]
    for _ in range(max(map(len, told), default=0)):
        alike: dict[str, list[int]] = {}
        for i, (w, n) in enumerate(zip(told, lengths, strict=True)):
            alike.setdefault("_".join(w[-n:]), []).append(i)
        for rivals in (r for r in alike.values() if len(r) > 1):
            # The shortest path keeps the short name: `issues`, and `board_issues` below it.
            sizes = [len(told[i]) for i in rivals]
            for i in rivals:
                if len(told[i]) > min(sizes) or sizes.count(min(sizes)) > 1:
                    lengths[i] = min(lengths[i] + 1, len(told[i]))
    return _unique(["_".join(w[-n:]) for w, n in zip(told, lengths, strict=True)])


def _unique(names: list[str]) -> list[str]:
    taken: dict[str, int] = {}
    result = []
    for name in names:
        taken[name] = taken.get(name, 0) + 1
        result.append(name if taken[name] == 1 else f"{name}_{taken[name]}")
    return result
