"""The filters of expressions: `value | name(arguments)`, each a plain function."""

from __future__ import annotations

import base64
import hashlib
import hmac as hmac_
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from weft.connectors.rest.expressions.functions import json_loads, largest, sanitize_url, smallest
from weft.connectors.rest.expressions.words import said

if TYPE_CHECKING:
    from collections.abc import Callable

_PATTERN = 500
"""Characters of a regular expression."""
_SEARCHED = 100_000
"""Characters that one is matched against."""
_NESTED = re.compile(r"[+*}]\)[+*{]|[+*}][+*{]")
_HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


def default(value: Any, other: Any = "", boolean: bool = False) -> Any:  # noqa: FBT001, FBT002 - Jinja's own
    """Another value where there is none (with `true`: where it is empty)."""
    return other if value is None or (boolean and not value) else value


def digest(value: Any, hash_type: str = "md5", salt: str = "") -> str:
    """The hash of a text, hexadecimal."""
    if hash_type not in _HASHES:
        raise ValueError(f"'{hash_type}' is no hash, known are {', '.join(_HASHES)}")
    return hashlib.new(hash_type, (said(value) + str(salt or "")).encode(), usedforsecurity=False).hexdigest()


def hmac(value: Any, key: str, hash_type: str = "sha256") -> str:
    """The keyed hash of a text, hexadecimal."""
    if hash_type not in _HASHES:
        raise ValueError(f"'{hash_type}' is no hash, known are {', '.join(_HASHES)}")
    return hmac_.new(str(key).encode(), said(value).encode(), hash_type).hexdigest()


def base64encode(value: Any) -> str:
    """A text as base64."""
    return base64.b64encode(said(value).encode()).decode()


def base64decode(value: str) -> str:
    """The text that base64 stands for."""
    return base64.b64decode(value).decode()


def regex_search(value: str, regex: str) -> str:
    """The first group that a regular expression finds, else nothing."""
    found = _pattern(regex).search(_bounded(value))
    return found[1] or "" if found and found.re.groups else ""


def regex_replace(value: str, regex: str, replacement: str) -> str:
    """A text with everything replaced that a regular expression finds."""
    return _pattern(regex).sub(replacement, _bounded(value))


def join(value: Any, separator: str = "", attribute: str = "") -> str:
    """The items of a list as one text."""
    items = value or ()
    return separator.join(said(item.get(attribute) if attribute else item) for item in items)


def unique(value: Any) -> list[Any]:
    """Each item once, in their order."""
    return list({json.dumps(item, default=str, sort_keys=True): item for item in value or ()}.values())


def whole(value: Any, other: int = 0) -> int:
    """A whole number, or another value where it is none."""
    try:
        return int(float(value)) if isinstance(value, str) and "." in value else int(value)
    except (TypeError, ValueError):
        return other


def real(value: Any, other: float = 0.0) -> float:
    """A number, or another value where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return other


def _pattern(regex: str) -> re.Pattern[str]:
    if len(regex) > _PATTERN:
        raise ValueError(f"a regular expression has {len(regex)} characters, allowed are {_PATTERN}")
    if _NESTED.search(regex):
        raise ValueError("a repeated group of a regular expression holds a repetition, which may take for ever")
    try:
        return re.compile(regex)
    except re.error as error:
        raise ValueError(f"a regular expression is none: {error}") from None


def _bounded(value: Any) -> str:
    text = said(value)
    if len(text) > _SEARCHED:
        raise ValueError(f"a text of {len(text):,} characters is too long for a regular expression")
    return text


FILTERS: dict[str, Callable[..., Any]] = {
    "default": default,
    "d": default,
    "string": said,
    "int": whole,
    "float": real,
    "bool": lambda v: str(v).lower() in ("true", "1", "yes"),
    "length": lambda v: len(v or ()),
    "count": lambda v: len(v or ()),
    "lower": lambda v: said(v).lower(),
    "upper": lambda v: said(v).upper(),
    "title": lambda v: said(v).title(),
    "capitalize": lambda v: said(v).capitalize(),
    "trim": lambda v: said(v).strip(),
    "replace": lambda v, old, new: said(v).replace(said(old), said(new)),
    "split": lambda v, separator=None: said(v).split(separator),
    "join": join,
    "first": lambda v: v[0] if v else None,
    "last": lambda v: v[-1] if v else None,
    "list": lambda v: list(v or ()),
    "sort": lambda v: sorted(v or ()),
    "reverse": lambda v: v[::-1],
    "unique": unique,
    "map": lambda v, attribute: [item.get(attribute) for item in v or ()],
    "sum": lambda v: sum(v or ()),
    "max": largest,
    "min": smallest,
    "abs": abs,
    "round": lambda v, digits=0: round(v, digits) if digits else float(round(v)),
    "items": lambda v: [list(pair) for pair in (v or {}).items()],
    "tojson": lambda v: json.dumps(v, ensure_ascii=False, default=str),
    "json_loads": json_loads,
    "hash": digest,
    "hmac": hmac,
    "base64encode": base64encode,
    "base64decode": base64decode,
    "base64binascii_decode": base64encode,  # the low-code language misnamed it
    "regex_search": regex_search,
    "regex_replace": regex_replace,
    "urlencode": lambda v: quote(said(v), safe=""),
    "sanitize_url": sanitize_url,
}
