"""What the parts of one transaction share: the connection, whether it may write, the counted heads."""

from __future__ import annotations

import json
from json.encoder import c_make_encoder, encode_basestring_ascii  # type: ignore[attr-defined]  # in C, untold
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import bindparam, insert, select, update

from weft.errors import Invalid
from weft.registries.schema import heads

if TYPE_CHECKING:
    from sqlalchemy import Connection

CHUNK = 500
"""Names looked up at a time; SQLite and PostgreSQL bound the parameters of a statement."""
_HEAD = select(heads.c.sequence, heads.c.hash).where(heads.c.name == bindparam("which"))
_MOVE = update(heads).where(heads.c.name == bindparam("which"))

# `json.dumps` makes one for each value, which takes longer than a small value does
_pieces = c_make_encoder(
    markers=None,
    default=json.JSONEncoder().default,
    encoder=encode_basestring_ascii,
    indent=None,
    key_separator=":",
    item_separator=",",
    sort_keys=True,
    skipkeys=False,
    allow_nan=False,
)


class Session(Struct, frozen=True):
    """One open transaction."""

    connection: Connection
    write: bool

    def writing(self) -> Connection:
        """The connection, for a write."""
        if not self.write:
            raise RuntimeError("this transaction was opened for reading; open it with write=True")
        return self.connection

    def head(self, which: str) -> tuple[int, str]:
        """Number and hash at which a counted thing stands; (0, '') before its first."""
        row = self.connection.execute(_HEAD, {"which": which}).one_or_none()
        return (row[0], row[1]) if row else (0, "")

    def move(self, which: str, sequence: int, digest: str = "") -> None:
        """Set the head."""
        values = {"sequence": sequence, "hash": digest}
        if not self.writing().execute(_MOVE.values(values), {"which": which}).rowcount:
            self.connection.execute(insert(heads).values(name=which, **values))


def canonical(value: Any, what: str) -> str:
    """The one JSON text of a value: sorted keys, no spaces, ASCII.

    Raises:
        Invalid: not a JSON value (NaN, a date); `what` names it.
    """
    try:
        return "".join(_pieces(value, 0))
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(
            f"{what} is not JSON: it holds a number that is not finite, or a value of another type",
            hint="Only texts, finite numbers, booleans, null, lists and objects are kept; turn dates into ISO texts.",
        ) from error
