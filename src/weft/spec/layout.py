"""Which document lies where in a mesh's folder."""

from __future__ import annotations

import re

from msgspec import Struct

_YAML = r"\.ya?ml"
_POLICIES = ("Policy", "Grant")
_PLACES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern + r"\Z"), kinds)
    for pattern, kinds in (
        (rf"mesh{_YAML}", ("Mesh",)),
        (rf"policies/(?P<stem>[^/]+){_YAML}", ("Policy",)),
        (rf"people/(?P<stem>[^/]+){_YAML}", ("Person", "Team", "ServiceAccount")),
        (rf"glossary/(?P<stem>[^/]+){_YAML}", ("Glossary",)),
        (rf"metrics/(?P<stem>[^/]+){_YAML}", ("Metric",)),
        (rf"boards/(?P<stem>[^/]+){_YAML}", ("Board",)),
        (rf"connectors/(?P<stem>[^/]+)/connector{_YAML}", ("Connector",)),
        (rf"domains/(?P<domain>[^/]+)/domain{_YAML}", ("Domain",)),
        (rf"domains/(?P<domain>[^/]+)/sources/(?P<stem>[^/]+){_YAML}", ("Source",)),
        (rf"domains/(?P<domain>[^/]+)/glossary/(?P<stem>[^/]+){_YAML}", ("Glossary",)),
        (rf"domains/(?P<domain>[^/]+)/policies/(?P<stem>[^/]+){_YAML}", _POLICIES),
        (rf"domains/(?P<domain>[^/]+)/(?P<product>[^/]+)/(?P<stem>[^/]+)\.odps{_YAML}", ("DataProduct",)),
        (rf"domains/(?P<domain>[^/]+)/(?P<product>[^/]+)/(?P<stem>[^/]+)\.odcs{_YAML}", ("DataContract",)),
        (r"domains/(?P<domain>[^/]+)/(?P<product>[^/]+)/(?P<stem>[^/]+)\.sql", ("Sql",)),
        (r"domains/(?P<domain>[^/]+)/(?P<product>[^/]+)/(?P<stem>[^/]+)\.csv", ("Seed",)),
    )
)
FOLDERS = ("policies", "people", "glossary", "metrics", "boards", "connectors", "domains")
"""Folders of a mesh that hold documents."""
RESERVED = frozenset(("sources", "policies", "glossary"))
"""Folders of a domain that are no products."""


class Lie(Struct, frozen=True):
    """What a path says about the document there."""

    kinds: tuple[str, ...] = ()
    """Kinds that may lie there; empty = weft does not look there."""
    domain: str = ""
    product: str = ""
    stem: str = ""
    """File name without its ending."""


def lie(path: str) -> Lie:
    """What may lie at a path relative to the mesh's folder."""
    for pattern, kinds in _PLACES:
        match = pattern.match(path)
        if match:
            named = match.groupdict()
            if named.get("product") in RESERVED:
                return Lie()
            return Lie(kinds, named.get("domain") or "", named.get("product") or "", named.get("stem") or "")
    return Lie()


def beside(path: str) -> bool:
    """Whether a path lies in a folder of a connector: drafts and recorded pages, which are no documents."""
    return re.match(r"connectors/[^/]+/[^/]+/", path) is not None
