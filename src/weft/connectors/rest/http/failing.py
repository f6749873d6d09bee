"""Answers that end a read, as our errors: whom, what, status and the vendor's code, what to do; no value of a row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft.connectors.rest.http.lost import TooSlow, Unsupported
from weft.connectors.rest.http.verdict import Failure
from weft.errors import Broken, Denied, Invalid, Unavailable, WeftError

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Answer, Request
    from weft.connectors.rest.http.verdict import Verdict

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{1,63}|-?\d{1,6}")
"""What is taken for a code of the vendor and not for a sentence, which may hold a value."""
_KEYS = (
    "error",
    "errorCode",
    "error_code",
    "o:errorCode",
    "errorType",
    "category",
    "code",
    "policyName",
    "subCategory",
    "status",
)
_LISTS = ("errors", "o:errorDetails", "error", "details")
_LATER = "What was committed stays. Run again later: it goes on from there."
_PAGE = re.compile(rb"\s*(?:<!doctype\s+html|<html)", re.IGNORECASE)


class Where(Struct, frozen=True):
    """Whom one speaks with and for which stream."""

    system: str
    stream: str = ""

    @property
    def name(self) -> str:
        """For messages: `shop.orders`."""
        return f"{self.system}.{self.stream}" if self.stream else self.system

    def asked(self, request: Request) -> str:
        """For messages: `shop.orders: GET /orders`."""
        return f"{self.name}: {request.method} {request.path}"


def shown(value: Any) -> Any:
    """An answer's value for messages: codes as they are, any other text as an ellipsis."""
    if isinstance(value, Mapping):
        return {key: shown(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shown(one) for one in value[:10]]
    if isinstance(value, str):
        return value if _CODE.fullmatch(value) else "..."
    return value


def code(answer: Answer) -> str:
    """The vendor's code of an error; empty when there is none that looks like one."""
    found = answer.json
    if isinstance(found, list) and found:
        found = found[0]
    return _code(found, 2)


def _code(found: Any, deep: int) -> str:
    if not isinstance(found, Mapping):
        return ""
    for key in _KEYS:
        text = found.get(key) if key != "status" or isinstance(found.get(key), str) else None
        if isinstance(text, str | int) and not isinstance(text, bool) and _CODE.fullmatch(str(text)):
            return str(text)
    for key in _LISTS:
        inner = found.get(key)
        inner = inner[0] if isinstance(inner, list) and inner else inner
        if deep and (text := _code(inner, deep - 1)):
            return text
    return ""


def web_page(answer: Answer) -> bool:
    """Whether a page for people came, where data was asked for."""
    if "html" in answer.sent.headers.get("Accept", "").lower():
        return False
    return "text/html" in answer.headers.get("Content-Type", "").lower() or _PAGE.match(answer.body[:200]) is not None


def failed(where: Where, answer: Answer, verdict: Verdict, tries: int = 1) -> WeftError:
    """The error for an answer that cannot be used."""
    text = _told(where, answer) + (f" in {tries} tries" if tries > 1 else "")
    if verdict.message:
        text = f"{text}: {verdict.message}"
    if verdict.failure is not None:
        return _BY_FAILURE[verdict.failure](text)
    for statuses, made in _BY_STATUS:
        if answer.status in statuses:
            return made(text)
    return _unexpected(text)


def _told(where: Where, answer: Answer) -> str:
    found = code(answer)
    status = f"{answer.status} ({found})" if found else str(answer.status)
    return f"{where.asked(answer.sent)} answers {status}"


def _credentials(text: str) -> WeftError:
    return Invalid(
        f"{text}: it does not accept the credentials of this source",
        hint="They are wrong, expired or revoked: look at what the source's secret:// references lead to, then try "
        "'weft source test'.",
    )


def _refused(text: str) -> WeftError:
    return Denied(
        f"{text}: the credentials are good, but may not do this",
        hint="Ask who administers the system for the right or the scope to read it, or leave the stream out.",
    )


def _missing(text: str) -> WeftError:
    return Invalid(
        f"{text}: there is no such thing, or the credentials may not see it",
        hint="Look at the base URL and the settings of the source.",
    )


def _wrong(text: str) -> WeftError:
    return Invalid(
        f"{text}: the system refuses the request as it is", hint="Look at the settings of the source and its streams."
    )


def _unexpected(text: str) -> WeftError:
    return Broken(
        f"{text}: nobody foresaw that",
        hint="If it means something, say it in 'errors' of the connector; else look at the system's own status page.",
    )


def _settings(text: str) -> WeftError:
    return Invalid(text, hint="Mend the settings or the credentials of the source.")


def _connector(text: str) -> WeftError:
    return Broken(text, hint="The connector and the system do not agree; look at its manifest.")


def _later(text: str) -> WeftError:
    return Unavailable(text, hint=_LATER)


def _too_slow(text: str) -> WeftError:
    return TooSlow(text, hint="Ask for less at once: a 'step' of the stream's cursor, fewer fields, fewer rows a page.")


def _unsupported(text: str) -> WeftError:
    return Unsupported(text, hint="The system does not offer it in this way; look at its documentation.")


_BY_STATUS = (
    ({408, 504, 524}, _too_slow),
    ({401}, _credentials),
    ({403}, _refused),
    ({404, 410}, _missing),
    ({400, 405, 406, 411, 413, 414, 415, 422, 431}, _wrong),
    ({425, 429, *range(500, 600)}, _later),
)
_BY_FAILURE = {
    Failure.CONFIG: _settings,
    Failure.TRANSIENT: _later,
    Failure.SYSTEM: _connector,
    Failure.SLOW: _too_slow,
    Failure.OTHERWISE: _unsupported,
}


def gave_up(where: Where, request: Request, why: tuple[str, str], tries: int, *, slow: bool = False) -> WeftError:
    """No answer came, or not whole; it was tried, and tried again.

    Args:
        where: for messages.
        request: what was asked.
        why: what happened, and what to do about it.
        tries: how often.
        slow: whether it took too long: less at once may help.
    """
    often = f", in {tries} tries" if tries > 1 else ""
    text, hint = f"{where.asked(request)}: {why[0]}{often}", why[1] or _LATER
    return TooSlow(text, hint=hint).silent() if slow else Unavailable(text, hint=hint)


def too_long(where: Where, answer: Answer, wait: float | None, longest: float) -> WeftError:
    """A limit lasts longer than a request may wait.

    Args:
        where: for messages.
        answer: what says so.
        wait: seconds that it asks for; None = it does not say.
        longest: seconds that a request may wait.
    """
    more = " again and again" if wait is None else f" and asks to wait {wait:,.0f} s"
    return Unavailable(
        f"{_told(where, answer)}{more}; a request waits {longest:,.0f} s at most",
        hint=f"{_LATER} 'longestWait' of the source allows more.",
    )
