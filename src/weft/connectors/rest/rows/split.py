"""An answer cut into its records: their bytes are found, not decoded."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Raw

from weft.connectors.rest.rows.mend import mended, unreadable
from weft.connectors.rest.rows.page import Page, decode
from weft.connectors.rest.rows.quoting import odd
from weft.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    _Found = tuple[list[Any], bool]
    """Records, and whether they are all that one list holds, as it holds them."""
    _Cut = Callable[[bytes, tuple[str, ...]], _Found]

_LIST: msgspec.json.Decoder[list[Raw]] = msgspec.json.Decoder(list[Raw])
_OBJECT: msgspec.json.Decoder[dict[str, Raw]] = msgspec.json.Decoder(dict[str, Raw])
_ANY: msgspec.json.Decoder[Raw] = msgspec.json.Decoder(Raw)
UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What a body raises that is not quite JSON, or not what was thought."""
_OPEN = ord("{")
_NOTHING = (b"null", b'""', b"false")
_COMPLAINT = ("error", "errors", "fault", "exception", "errorcode", "errormessage", "errormessages")
"""Keys by which an answer tells that it is none, in small letters without `_`."""
_AROUND = {
    "message",
    "messages",
    "code",
    "status",
    "statuscode",
    "detail",
    "details",
    "title",
    "type",
    "path",
    "reason",
}
_AROUND |= {"timestamp", "requestid", "traceid", "correlationid", "success", "ok", "description", "errordescription"}


def page(body: bytes, path: tuple[str, ...] = ()) -> Page:
    """Cut an answer.

    Args:
        body: JSON in UTF-8.
        path: where the records are: keys, `*` = all values of a list or object; () = the answer itself. A list there
            is the records, an object is the only one; null, or nothing, is none. What is no object is `{"value": it}`.

    Raises:
        Broken: no JSON, or an error where the records should be.
        Unavailable: cut off.
    """
    body, (records, whole), notes = _cut(body, path, _records)
    if not (len(records) > 1) and (not records or not path):
        _refuse_error(body, path)
    array = _array(body, records) if whole and records else None
    return Page(records, lambda: _envelope(body, records, path), lambda: decode(body), notes, array=array)


def lines(piece: bytes, path: tuple[str, ...] = ()) -> Page:
    """The same of lines of JSON, each a record or something around records; blank ones are none."""
    _, (found, _), notes = _cut(piece, path, _lined)
    return Page(found, notes=notes)


def _cut(body: bytes, path: tuple[str, ...], cut: _Cut) -> tuple[bytes, _Found, dict[str, int]]:
    """The records, of the body mended where it has to be; the body that they lie in, and what was mended how often."""
    try:
        return body, cut(body, path), {}
    except UNREADABLE:
        body, notes = mended(body)
    try:
        return body, cut(body, path), notes
    except UNREADABLE as error:
        raise unreadable(body, error) from None


def _lined(piece: bytes, path: tuple[str, ...]) -> _Found:
    if not piece.isascii():
        str(piece, "utf-8")
    found = _ANY.decode_lines(piece)
    if not path:
        return _objects(found), False
    return [record for raw in found for reached in _reach(raw, path) for record in _listed(reached)], False


def _records(body: bytes, path: tuple[str, ...]) -> _Found:
    try:
        found = fast(body, path, Raw)
    except msgspec.ValidationError:
        return [record for raw in _reach(_ANY.decode(body), path) for record in _listed(raw)], False
    records = _objects(found)
    return records, records is found


def fast(body: bytes, path: tuple[str, ...], item: Any) -> list[Any]:
    """The items of a list, in one pass where it lies below plain keys.

    Args:
        body: JSON.
        path: where the list is; nothing there is an empty one.
        item: the type that msgspec decodes each to.

    Raises:
        msgspec.ValidationError: it is otherwise.
        msgspec.DecodeError, UnicodeDecodeError: no JSON.
    """
    if not body.isascii():
        str(body, "utf-8")  # the splitter lets bytes pass that are no text
    if "*" in path or any(map(odd, path)):
        raise msgspec.ValidationError
    value = _decoder(path, item).decode(body)
    for _ in path:
        value = value.f0
        if value is UNSET:
            return []
    found: list[Any] = value
    return found


@lru_cache(maxsize=256)
def _decoder(path: tuple[str, ...], item: Any) -> msgspec.json.Decoder[Any]:
    kind: Any = list[item]
    for name in reversed(path):
        kind = msgspec.defstruct("Envelope", [("f0", kind, UNSET)], rename={"f0": name})
    return msgspec.json.Decoder(kind)


def _objects(found: list[Raw]) -> list[Any]:
    """Records that are objects; other values below the key `value`. A list is of one kind: its ends tell."""
    if not found or all(memoryview(raw)[0] == _OPEN for raw in (found[0], found[-1])):
        return found
    return [raw if memoryview(raw)[0] == _OPEN else b'{"value":%b}' % bytes(raw) for raw in found]


def _listed(raw: Raw) -> list[Any]:
    head = bytes(memoryview(raw)[:5]).lstrip()
    if head[:1] == b"[":
        return _objects(_LIST.decode(raw))
    return [] if bytes(memoryview(raw)[:6]).strip() in _NOTHING else _objects([raw])


def _reach(raw: Raw, path: tuple[str, ...]) -> Iterator[Raw]:
    """What lies at a path; below a list without `*`, in each of its items."""
    if not path:
        yield raw
        return
    head = bytes(memoryview(raw)[:64]).lstrip()[:1]
    if head == b"{":
        fields = _OBJECT.decode(raw)
        values = list(fields.values()) if path[0] == "*" else [fields[path[0]]] if path[0] in fields else []
        for value in values:
            yield from _reach(value, path[1:])
    elif head == b"[":
        items = _LIST.decode(raw)
        if path[0].isdigit():
            items = items[int(path[0]) : int(path[0]) + 1]
        for item in items:
            yield from _reach(item, path[1:] if path[0] == "*" or path[0].isdigit() else path)


def _ends(body: bytes, records: list[Any]) -> tuple[int, int]:
    """Where in a body the first record begins and the last one ends."""
    import pyarrow as pa

    start = pa.py_buffer(body).address
    first, last = pa.py_buffer(records[0]), pa.py_buffer(records[-1])
    return first.address - start, last.address - start + last.size


def _array(body: bytes, records: list[Any]) -> memoryview | bytes:
    """The list that holds the records."""
    begin, end = _ends(body, records)
    return view(body, body.rindex(b"[", 0, begin), body.index(b"]", end) + 1)


def view(body: bytes, begin: int, end: int) -> memoryview | bytes:
    """A part of a body; a copy where it would keep one in memory that is mostly something else."""
    found = memoryview(body)[begin:end]
    return found if 2 * len(found) > len(body) else bytes(found)


def _envelope(body: bytes, records: list[Any], path: tuple[str, ...]) -> Any:
    """Everything but the records. The bytes between the first and the last are cut out where they are one list."""
    if not records or "*" in path:
        return decode(body)
    size = len(body)
    begin, end = _ends(body, records)
    if not (0 <= begin < end <= size) or body[:begin].rstrip()[-1:] != b"[":
        return decode(body)
    return decode(body[:begin] + body[end:])


def _refuse_error(body: bytes, path: tuple[str, ...]) -> None:
    """An error that came with a good status is not taken for an empty page, nor for a record.

    Raises:
        Broken: names the key.
    """
    if body.lstrip()[:1] != b"{":
        return
    fields = {key.lower().replace("_", ""): (key, value) for key, value in _OBJECT.decode(body).items()}
    told = [fields[name][0] for name in _COMPLAINT if name in fields and _says(fields[name][1])]
    if not told or (path and path[0].lower().replace("_", "") in _COMPLAINT):
        return
    if path or set(fields) <= {*_COMPLAINT, *_AROUND}:
        where = f"'{'.'.join(path)}'" if path else "a record"
        raise Broken(
            f"the answer holds '{told[0]}' instead of {where}, though its status says success",
            hint="Look at what the system answers (weft source test), and give the stream 'errors' that know it.",
        )


def _says(raw: Raw) -> bool:
    return bytes(raw) not in {b"null", b'""', b"[]", b"{}", b"false", b"0"}
