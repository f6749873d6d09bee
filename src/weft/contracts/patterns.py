"""Regular expressions of contracts (ECMA-262) as the engine's RE2 reads them."""

from __future__ import annotations

import re

from weft.errors import Invalid

_TOKEN = re.compile(r"\\(?:u([0-9a-fA-F]{4})|c[A-Za-z]|(.))|\(\?(<?[=!])|\[\^\]|.", re.DOTALL)
_LITERAL = re.compile(r"/(.*)/([imsu]*)", re.DOTALL)


def re2(pattern: str) -> str:
    """The pattern for RE2, which has no look-around and no back-references.

    Raises:
        Invalid: what RE2 cannot do, or a pattern that is broken.
    """
    written = _LITERAL.fullmatch(pattern)
    flags, body = (written[2].replace("u", ""), written[1]) if written else ("", pattern)
    out = "".join(_piece(found, pattern) for found in _TOKEN.finditer(body))
    out = re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", out)
    try:
        re.compile(re.sub(r"\\x\{([0-9a-fA-F]{4})\}", r"\\u\1", re.sub(r"\\[pPzQEC](\{\^?\w+\}|\w)?", "x", out)))
    except (re.error, RecursionError) as error:
        raise Invalid(
            f"the pattern '{pattern}' is no regular expression: {error}",
            hint="Patterns are regular expressions as in JSON Schema, for example ^[A-Z]{2}[0-9]+$.",
        ) from None
    return f"(?{flags}){out}" if flags else out


def _piece(found: re.Match[str], pattern: str) -> str:
    if found[1]:
        return f"\\x{{{found[1]}}}"
    if found[3]:
        raise _beyond(pattern, "look-ahead or look-behind")
    if found[2] and found[2] in "123456789k":
        raise _beyond(pattern, "a back-reference")
    if found[0] == "[^]":
        return r"[\s\S]"
    return "/" if found[2] == "/" else found[0]


def _beyond(pattern: str, what: str) -> Invalid:
    return Invalid(
        f"the pattern '{pattern}' has {what}, which is not allowed: patterns are matched in linear time",
        hint="Write it without, or as a rule of type sql.",
    )
