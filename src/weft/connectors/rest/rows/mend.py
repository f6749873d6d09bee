"""Answers that are not quite JSON: what can be read without doubt is, everything else is told."""

from __future__ import annotations

import codecs
import contextlib
import re

from weft.errors import Broken, Unavailable, WeftError

_WORDS = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\bNaN\b|-?\bInfinity\b', re.DOTALL)
_PAIRS = re.compile(rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_HALF = 6
_HTML = re.compile(rb"\s*<(?:!doctype|html|head|body|\?xml|[a-z])", re.IGNORECASE)


NOT_NUMBERS = "NaN or Infinity, which JSON does not have, came as a text"
HALVES = "half a surrogate pair, which no text can hold, came as the escape that the answer wrote for it"


def mended(body: bytes) -> tuple[bytes, dict[str, int]]:
    """An answer that cannot be read, as JSON as far as possible, and what was changed how often.

    A byte-order mark goes, UTF-16 becomes UTF-8; NaN and Infinity become texts of that name, so that a contract
    judges them; half a surrogate pair becomes the six characters of its escape.
    """
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        with contextlib.suppress(UnicodeDecodeError):
            body = body.decode("utf-16").encode()
    body = body.removeprefix(codecs.BOM_UTF8)
    counts = {NOT_NUMBERS: 0, HALVES: 0}

    def half(match: re.Match[bytes]) -> bytes:
        if len(match[0]) != _HALF:
            return match[0]
        counts[HALVES] += 1
        return b"\\" + match[0]

    def word(match: re.Match[bytes]) -> bytes:
        if match[0].startswith(b'"'):
            return _PAIRS.sub(half, match[0]) if b"\\u" in match[0] else match[0]
        counts[NOT_NUMBERS] += 1
        return b'"' + match[0] + b'"'

    return _WORDS.sub(word, body), {what: count for what, count in counts.items() if count}


def unreadable(body: bytes, error: Exception) -> WeftError:
    """The error about an answer that is no JSON; shows nothing of it."""
    if isinstance(error, UnicodeDecodeError):
        return Broken(
            f"the answer is not UTF-8: the byte at position {error.start} does not fit",
            hint="JSON is written in UTF-8: report it to whoever runs that system.",
        )
    if isinstance(error, RecursionError):
        return Broken("the answer is nested too deeply to be read", hint="Is it data? Look at what the system answers.")
    if not body.strip():
        return Broken(
            "the answer is empty, though its status says success",
            hint="If the system says so that there is nothing, let the stream's 'errors' say it: "
            "{kind: HttpResponseFilter, httpCodes: [204], action: IGNORE}. Else look at what it answers.",
        )
    if _HTML.match(body):
        return Broken(
            "the answer is a page of HTML or XML, not JSON",
            hint="Often a login page, a proxy or a wrong address: look at the URL and the credentials of the source.",
        )
    return _malformed(str(error), len(body))


def _malformed(said: str, size: int) -> WeftError:
    if "truncated" in said:
        return Unavailable(
            f"the answer is cut off: its JSON is not complete after {size} bytes", hint="Nothing of it was taken."
        )
    what = said.removeprefix("JSON is malformed: ")
    return Broken(f"the answer is not JSON: {what}", hint="Report it to whoever runs that system.")
