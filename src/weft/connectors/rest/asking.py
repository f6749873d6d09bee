"""Asking a system: authenticated, within its limits, again when that may help, and never blindly elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from msgspec import Struct, field
from msgspec.structs import replace

from weft.connectors import waits
from weft.connectors.rest.auth.no_auth import NoAuth
from weft.connectors.rest.errors.default_error_handler import DefaultErrorHandler
from weft.connectors.rest.http import failing, line
from weft.connectors.rest.http.authenticator import Credentials
from weft.connectors.rest.http.failing import Where
from weft.connectors.rest.http.guard import Guard, origin
from weft.connectors.rest.http.lost import Lost
from weft.connectors.rest.http.message import GOOD, Answer, Request
from weft.connectors.rest.http.network import Network
from weft.connectors.rest.http.pace import Pace
from weft.connectors.rest.http.session import Session, Source
from weft.connectors.rest.http.trying import Bounds, Trying
from weft.connectors.rest.http.verdict import Action, Verdict, usual
from weft.errors import Broken, Invalid, Unavailable, WeftError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TypeAlias

    from weft.connectors.rest.fetch import Raw, Wire
    from weft.connectors.rest.http.bound import Bound
    from weft.connectors.rest.http.guard import Origin
    from weft.connectors.rest.http.line import Budget
    from weft.connectors.rest.http.verdict import ErrorHandler
    from weft.model import Consent
    from weft.seams import Reach

    Take: TypeAlias = Callable[[Raw, Request], Answer]

LARGEST = 100_000_000
"""Bytes of a body that is held in memory."""
LARGEST_FILE = 10_000_000_000
"""Bytes of a body that goes to a file."""
_TOLD = 1_000_000
"""Bytes of an error's body that are looked at."""
_MOVED = {301, 302, 303, 307, 308}
_KEPT = {307, 308}
_REDIRECTS = 5
_LOGIN = 401
_ERROR = 400
_HARMLESS = {"accept", "accept-language"}
"""Headers that another host is told."""


class Setup(Struct, frozen=True):
    """What is known of a system before it is asked."""

    system: str
    """For messages."""
    hosts: tuple[str, ...]
    """Whom it may speak with: `api.example.com`, `*.example.com`, `host:port`."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """Of the source; a secret is a text with the attribute `reference`."""
    base: str = ""
    """Base URL, for logins that have a path only."""
    build: Callable[[Any], Request] | None = None
    """Makes a request of what a manifest describes it by, for logins."""
    network: Network = field(default_factory=Network)
    auth: Credentials = field(default_factory=NoAuth)
    errors: ErrorHandler = field(default_factory=DefaultErrorHandler)
    budget: Budget | None = None
    seats: int = 10
    """Requests at once."""


@contextmanager
def opened(reach: Reach, setup: Setup, pace: Pace | None = None) -> Iterator[Fetch]:
    """A system that can be asked; its connections are closed afterwards.

    Raises:
        Unavailable: what it needs is not installed.
    """
    try:
        from weft.connectors.rest.fetch import Wire
    except ImportError:
        raise Unavailable(
            f"'{setup.system}' is asked over HTTP, and what that needs is not installed",
            hint="Install it: pip install 'weft[rest]'.",
        ) from None
    shared = line.shared(_key(reach, setup), setup.budget, setup.seats, reach.tally)
    guard = Guard(setup.hosts)
    plain: list[Fetch] = []
    source = Source(setup.config, setup.base, setup.build)
    session = Session(reach, source, guard, lambda request: plain[0].send(request), shared.tokens)  # noqa: PLW0108 - it is not there yet
    network = setup.network
    login = (_secret(reach, network.proxy_user), session.hide(_secret(reach, network.proxy_password)))

    def connect() -> Wire:
        return Wire(network, reach.folder, login, lambda: setup.auth.certificate(session), setup.seats)

    with shared.connected(connect) as wire:
        longest, place = network.longest_wait, next(shared.places)
        bounds = Bounds(shared, pace or Pace.of(reach.clock), reach.clock, longest, place)
        way = Way(wire, guard, session, bounds, private=network.private_network)
        plain.append(Fetch(way, Where(setup.system), Credentials(), _Tokens()))
        yield Fetch(way, Where(setup.system), setup.auth, setup.errors)


def _secret(reach: Reach, value: str) -> str:
    return reach.vault.get(value) if value.startswith("secret://") else value


def _key(reach: Reach, setup: Setup) -> str:
    """What the source is; of secrets their references."""
    said = json.dumps(_plain(setup.config), default=str, sort_keys=True)
    text = repr((str(reach.folder), setup.system, setup.hosts, setup.network, setup.budget, setup.seats, said))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return getattr(value, "reference", value)


class _Tokens:
    """The error handler of token endpoints: what they say is for the authenticator."""

    def judge(self, answer: Answer, _attempt: int, _session: Session) -> Verdict:
        found = usual(answer)
        return (
            replace(found, tries=3) if found.action in {Action.RETRY, Action.RATE_LIMITED} else Verdict(Action.SUCCESS)
        )


class Way(Struct, frozen=True):
    """How a system is reached: what all who ask one source have in common."""

    wire: Wire
    guard: Guard
    session: Session
    bounds: Bounds
    private: bool


class Fetch:
    """Asks for one stream. Several threads may use it.

    Args:
        way: how the system is reached.
        where: for messages.
        auth: who asks.
        errors: what answers mean.
    """

    def __init__(self, way: Way, where: Where, auth: Credentials, errors: ErrorHandler) -> None:
        self._way, self.where, self._auth, self._errors = way, where, auth, errors

    def of(
        self,
        stream: str,
        errors: ErrorHandler | None = None,
        auth: Credentials | None = None,
        bound: Bound | None = None,
    ) -> Fetch:
        """For another stream of the same source: same connections, limits and tokens; logins know no bound."""
        way = replace(self._way, bounds=bound.within(self._way.bounds)) if bound else self._way
        return Fetch(way, Where(self.where.system, stream), auth or self._auth, errors or self._errors)

    def begin(self, redirect: str) -> Consent:
        """See `seams.Consenting.begin`."""
        from weft.connectors.rest.auth import consent

        return consent.begin(self._auth, self._way.session, redirect)

    def finish(self, asked: Consent, answered: Mapping[str, str]) -> str:
        """See `seams.Consenting.finish`."""
        from weft.connectors.rest.auth import consent

        return consent.finish(self._auth, self._way.session, asked, answered)

    def send(self, request: Request, check: Callable[[Answer], object] | None = None) -> Answer:
        """Ask, and give an answer that can be used, or that the error handler says to ignore.

        Args:
            request: without credentials.
            check: looks at a good answer; when it raises `Lost`, it is asked again.

        Raises:
            Invalid: credentials, address or request are wrong.
            Denied: the credentials are good, but may not.
            Broken: what comes is not what was agreed.
            Unavailable: it did not answer well in so many tries or in that time; or it may not be asked now.
        """

        def take(raw: Raw, sent: Request) -> Answer:
            pieces: list[bytes] = []
            size = 0
            for piece in raw.chunks():
                pieces.append(piece)
                size += len(piece)
                if size > LARGEST:
                    raise Broken(
                        f"{self.where.asked(sent)} answers with more than {LARGEST // 1_000_000} MB at once",
                        hint="Ask for smaller pages: 'pageSize' of the stream's pagination.",
                    )
            return Answer(raw.status, raw.headers, b"".join(pieces), sent.url, sent)

        return self._asked(request, take, check)

    def download(self, request: Request, path: Path) -> Answer:
        """Ask, and write the body of a good answer to a file; its `body` stays empty then.

        Raises:
            Invalid, Denied, Broken, Unavailable: as `send`; there is no file then.
        """

        def take(raw: Raw, sent: Request) -> Answer:
            if raw.status not in GOOD:
                return Answer(raw.status, raw.headers, _beginning(raw), sent.url, sent)
            size = 0
            with path.open("wb") as file:
                for chunk in raw.chunks():
                    size += file.write(chunk)
                    if size > LARGEST_FILE:
                        raise Broken(f"{self.where.asked(sent)} answers with more than {LARGEST_FILE // 10**9} GB")
            return Answer(raw.status, raw.headers, b"", sent.url, sent)

        try:
            return self._asked(request, take, None)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def _asked(self, request: Request, take: Take, check: Callable[[Answer], object] | None) -> Answer:
        try:
            trying = Trying(self.where, self._way.bounds, request)
            while True:
                answer = self._tried(request, take, trying, check)
                if answer is not None:
                    return answer
        except WeftError as error:
            clean, known = self._way.session.clean, error.message.startswith(self.where.system)
            said = error.message if known else f"{self.where.name}: {error.message}"
            error.message, error.hint = clean(said), clean(error.hint)
            error.args = (error.message,)
            raise

    def _tried(
        self, request: Request, take: Take, trying: Trying, check: Callable[[Answer], object] | None
    ) -> Answer | None:
        """One try; None = the next one may begin."""
        session = self._way.session
        try:
            answer = self._answer(request, take, trying)
            verdict = self._judged(answer, trying.attempt)
            if verdict.action is Action.SUCCESS:
                self._way.bounds.line.spent.discard(origin(request.url).host)
                return _usable(answer, check)
        except Lost as lost:
            trying.lost(lost)
            return None
        if verdict.action in {Action.IGNORE, Action.RESET}:
            return replace(answer, ignored=verdict.action is Action.IGNORE, reset=verdict.action is Action.RESET)
        if verdict.action in {Action.RETRY, Action.RATE_LIMITED}:
            trying.again(answer, verdict, origin(request.url).host)
        elif not (_unknown(answer, verdict) and trying.renew() and self._auth.refused(session, answer)):
            raise failing.failed(self.where, answer, verdict)
        return None

    def _judged(self, answer: Answer, attempt: int) -> Verdict:
        budget = self._way.bounds.line.budget
        found = self._errors.judge(answer, attempt, self._way.session) or usual(answer)
        limited = budget is not None and answer.status in budget.status_codes_for_ratelimit_hit
        return replace(found, action=Action.RATE_LIMITED) if limited and not found.said else found

    def _answer(self, request: Request, take: Take, trying: Trying) -> Answer:
        way = self._way
        to = way.guard.check(request.url)
        if to.scheme == "http" and not way.private and not isinstance(self._auth, NoAuth):
            raise Invalid(
                f"{self.where.asked(request)}: credentials are not sent to {to.shown} without TLS",
                hint="Use https://, or say 'privateNetwork: true' if it lies in a network of your own.",
            )
        trying.turn(to.host)
        signed = self._auth.apply(request, way.session)
        for _ in range(_REDIRECTS + 1):
            with way.bounds.line.seat(), way.wire.ask(signed, way.guard.check(signed.url)) as raw:
                self._watch(raw, to)
                if raw.status not in _MOVED or "Location" not in raw.headers:
                    return take(raw, signed)
            signed = self._moved(request, signed, raw)  # without a seat: a token may be asked for
        raise Unavailable(
            f"{self.where.asked(request)} leads from one address to the next without end",
            hint=f"{_REDIRECTS} of them were followed. Look at the base URL: what comes first may want a login.",
        )

    def _watch(self, raw: Raw, to: Origin) -> None:
        """What is left of a limit, where the answer tells that."""
        budget, session = self._way.bounds.line.budget, self._way.session
        own = (budget.ratelimit_remaining_header, budget.ratelimit_reset_header) if budget else ()
        wait = waits.used_up(raw.headers, session.clock.now(), *own)
        if wait is not None and raw.status < _ERROR:
            self._way.bounds.line.hold(to.host, self._way.bounds.pace.now(), wait)

    def _moved(self, request: Request, last: Request, raw: Raw) -> Request:
        """The request that a redirect leads to. Credentials go to no other host than those that they are for."""
        url = urljoin(last.url, raw.headers["Location"])
        if origin(last.url).scheme == "https" and url.startswith("http:"):
            raise Unavailable(
                f"{self.where.asked(last)} leads to an address without TLS, which is not followed",
                hint="Look at the base URL of the source: the system sends whoever asks there elsewhere.",
            )
        try:
            to = self._way.guard.check(url)
        except Invalid as error:
            raise Invalid(f"{self.where.asked(last)} leads elsewhere: {error.message}", hint=error.hint) from None
        method, body = (last.method, last.body) if raw.status in _KEPT or last.method == "HEAD" else ("GET", None)
        next_ = replace(request, method=method, url=url, params=(), body=body)
        if to == origin(request.url):
            return self._auth.apply(next_, self._way.session)
        if body is not None:
            raise Unavailable(
                f"{self.where.asked(last)} leads to {to.shown}, where what is sent does not belong",
                hint=f"If it belongs there, name {to.shown} as the base URL.",
            )
        return replace(next_, headers={k: v for k, v in request.headers.items() if k.lower() in _HARMLESS})


def _usable(answer: Answer, check: Callable[[Answer], object] | None) -> Answer:
    if answer.good and failing.web_page(answer):
        raise Lost(
            "a web page comes instead of data",
            hint="Somebody answers in its place: a login, a maintenance page, a proxy. Look at the base URL.",
            tries=3,
        )
    if check is not None:
        check(answer)
    return answer


def _unknown(answer: Answer, verdict: Verdict) -> bool:
    """Whether the answer says that the credentials are none; a token that ends is renewed before anybody is told."""
    return verdict.action is Action.REFRESH or (verdict.action is Action.FAIL and answer.status == _LOGIN)


def _beginning(raw: Raw) -> bytes:
    found = b""
    for chunk in raw.chunks():
        found += chunk
        if len(found) > _TOLD:
            break
    return found[:_TOLD]
