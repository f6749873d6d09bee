"""A connector: how to speak to a kind of system. It is a kind: its fields are the source's `config`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from weft.model import Batch, ConnectorInfo, Consent, Position, Problem, StreamInfo
    from weft.seams.outside import Clock, Progress, Tally, Vault


class Reach(Struct, frozen=True):
    """What a connector may reach besides its configuration."""

    vault: Vault
    folder: Path
    """The mesh's folder; relative paths of a source start here."""
    scratch: Path
    """Private temporary folder; gone after the read."""
    clock: Clock
    progress: Progress
    tally: Tally | None = None
    """What is counted over all processes; none = each counts for itself."""


class Window(Struct, frozen=True):
    """A backfill: only rows whose cursor lies in [start, end); the committed cursor stays."""

    start: str
    end: str


class Connector(Protocol):
    """A frozen pydantic model; its fields are the parameters in `config`.

    One whose batches lie in memory, and that may be read in any thread, can have an attribute `streams_at_once`: so
    many of its streams are read at once, those that come next while one lands. One that knows all its streams without
    asking can have an attribute `known_streams`: their names.
    """

    def stream_schema(self) -> type[Any]:
        """Pydantic model of one entry of the source's `streams`."""

    def test(self, reach: Reach) -> None:
        """Is it there, do the credentials work? Unavailable or Invalid says why not; never shows a secret."""

    def discover(self, reach: Reach, streams: Mapping[str, Any]) -> tuple[StreamInfo, ...]:
        """What is there: declared streams and whatever else the system lists."""

    def read(
        self, reach: Reach, stream: str, settings: Any, cursor: Mapping[str, Any], window: Window | None = None
    ) -> Iterator[Batch]:
        """Batches from where the cursor ({} = from the start) stands. Nothing is yielded when nothing is new.

        Args:
            reach: what may be reached.
            stream: name of the stream.
            settings: `stream_schema()` instance of that stream, its defaults when the source lists none.
            cursor: the one of the last committed batch.
            window: a backfill.
        """


class Allowance(Struct, frozen=True):
    """What a look at a source may take: whatever is not looked into within it is so the next time."""

    seconds: float
    requests: int


class Glimpse(Struct, frozen=True):
    """What one page of a stream tells."""

    batch: Batch | None = None
    """None: it holds no rows, or could not be read."""
    rows: int | None = None
    """Rows of the stream, where that page says so."""
    error: str = ""
    """Why it could not be read."""


class Glimpsing(Protocol):
    """A connector of a system that answers slowly and counts requests: it is looked into within an allowance."""

    def look(
        self,
        reach: Reach,
        streams: Mapping[str, Any],
        choose: Callable[[tuple[StreamInfo, ...]], Sequence[str]],
        allowance: Allowance,
    ) -> tuple[tuple[StreamInfo, ...], dict[str, Glimpse]]:
        """As `discover`, and a page of some of the streams, several at once.

        Args:
            reach: what may be reached.
            streams: as `discover` takes them.
            choose: which of what is there shall be looked into, the most wanted first.
            allowance: what it may take. Streams whose columns were not told in time come without.

        Returns:
            What is there, and what was seen of the chosen ones that there was time for.
        """


class Consenting(Protocol):
    """A connector whose system is asked for access by a person in a browser, when that is said."""

    def begin(self, reach: Reach, redirect: str) -> Consent:
        """Where a person allows it.

        Args:
            reach: what may be reached; the secret that will be kept need not be there yet.
            redirect: address that the browser is sent back to.

        Raises:
            Invalid: nobody is asked in this way, or the source names no place in the vault.
        """

    def finish(self, reach: Reach, consent: Consent, answered: Mapping[str, str]) -> str:
        """What the vault shall keep under `consent.reference`, for what the browser came back with.

        Raises:
            Denied: the person, or the system, says no.
            Invalid: it is no answer to this question, or gives nothing to keep.
        """


class Connectors(Protocol):
    """The known connector kinds, by name."""

    def names(self) -> tuple[str, ...]:
        """All of them, sorted."""

    def get(self, name: str) -> type[Any]:
        """The kind.

        Raises:
            Unknown: there is none; lists the known ones.
        """

    def beside(self, manifests: Mapping[str, Mapping[str, Any]]) -> Connectors:
        """These, and those that a mesh's documents describe; such a one goes before a built-in manifest of its name."""

    def problems(
        self, manifest: Mapping[str, Any], locate: Callable[[tuple[str | int, ...]], Position]
    ) -> tuple[Problem, ...]:
        """What is wrong with a manifest, each with its place in the document."""

    def told(self, name: str) -> ConnectorInfo:
        """What a connector is, for people.

        Raises:
            Invalid: unknown; lists the known ones.
        """

    def build(self, name: str, parameters: Mapping[str, Any]) -> Any:
        """The connector of that name with these parameters.

        Raises:
            Invalid: unknown, or parameters that do not fit.
        """
