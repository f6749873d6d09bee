"""Rows of a stream without a key that the look-back reads again: told apart by digests, so that none comes twice."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from weft.connectors.rest.reading.values import kept
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.connectors.rest.rows.page import Page

MOST = 20_000
"""Rows that are remembered."""
_SIZE = 8


class Recent:
    """The rows that the look-back reaches, of each part.

    Args:
        stored: as `dump` gave it.
        name: of the stream, for messages.
        cut: whether a read was cut short before: rows that it had are not all seen by this one, and stay remembered.
    """

    def __init__(self, stored: Mapping[str, str], name: str, *, cut: bool) -> None:
        self._name, self._cut = name, cut
        self._known = {part: _unpacked(text) for part, text in stored.items()}
        self._fresh: dict[str, dict[bytes, Any]] = {}

    def fresh(self, part: str, page: Page, positions: Sequence[Any], back: Any) -> Page:
        """The page without the rows that were read before.

        Args:
            part: name of the part that it is of.
            page: the page.
            positions: the cursor's position of each record; none where it has none.
            back: what lies before this position will not be read again; none = nothing is known of that.
        """
        known, fresh = self._known.get(part, frozenset()), self._fresh.setdefault(part, {})
        flags = []
        for record, position in zip(page.records, positions, strict=True):
            name = hashlib.blake2b(record, digest_size=_SIZE).digest()
            flags.append(name not in known and name not in fresh)
            fresh[name] = position
        if len(fresh) > MOST:
            self._fresh[part] = _after(fresh, back)
            self._bound(len(self._fresh[part]))
        return kept(page, flags)

    def settle(self, part: str, back: Any) -> None:
        """A slice of the part was read whole: what lies before this position is not read again.

        Raises:
            Invalid: too many rows are left to be remembered.
        """
        found = _after(self._fresh.get(part, {}), back)
        before = self._known.get(part, frozenset()) if self._cut else frozenset()
        self._fresh[part], self._known[part] = found, before | found.keys()
        self._bound(sum(map(len, self._known.values())))

    def _bound(self, rows: int) -> None:
        if rows > MOST:
            raise Invalid(
                f"which rows of '{self._name}' were read already cannot be told: it has no key, and more than {MOST:,} "
                "rows lie in the look-back",
                hint="Give 'key' of the stream in the connector (then reading a row twice is harmless), or a shorter "
                "'lookBack' of the stream in the source.",
            )

    def dump(self) -> dict[str, str]:
        """What is remembered, as JSON."""
        parts = {*self._known, *self._fresh}
        found = {part: self._known.get(part, frozenset()) | self._fresh.get(part, {}).keys() for part in sorted(parts)}
        return {part: base64.b64encode(b"".join(sorted(names))).decode() for part, names in found.items() if names}


def _after(rows: dict[bytes, Any], back: Any) -> dict[bytes, Any]:
    return {name: at for name, at in rows.items() if at is None or back is None or at >= back}


def _unpacked(text: str) -> frozenset[bytes]:
    data = base64.b64decode(text)
    return frozenset(data[at : at + _SIZE] for at in range(0, len(data), _SIZE))
