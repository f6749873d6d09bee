"""What a source deleted: a list of deleted records, and from time to time all keys.

Deletes are told before the rows of the same read: what was deleted and restored comes back with the rows. So rows are
read again from where the deletes are, though they were read up to a later position.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft.connectors.rest import moments
from weft.connectors.rest.reading.batches import BYTES, ROWS
from weft.connectors.rest.reading.reading import Reading
from weft.connectors.rest.reading.state import State
from weft.connectors.rest.rows.columns import Columns
from weft.connectors.rest.spans import span
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from weft.connectors.rest.reading.batches import Making
    from weft.model import Batch

_SLACK = timedelta(hours=1)
"""All keys are listed so much before it is due, since runs are not quite regular."""


class Gone(Struct, frozen=True):
    """The deletes of one stream.

    Args:
        reading: the stream that is read; its state holds how far the deletes were read.
        making: what makes its batches.
    """

    reading: Reading
    making: Making

    @property
    def state(self) -> State:
        """Where the stream stands."""
        return self.reading.state

    @property
    def lists(self) -> list[Any]:
        """The lists of deleted records."""
        return [one for one in self.reading.stream.deletes if type(one).__name__ == "DeletedRecords"]

    def begin(self) -> None:
        """Of a stream that is read for the first time nothing was deleted until now."""
        now = self.reading.now.isoformat()
        self.state.deletes, self.state.keys = [now for _ in self.lists], now

    def floor(self) -> Any:
        """The earliest moment that deletes are read again from; rows are read from there as well."""
        if not hasattr(self.reading.stream.incremental, "lookback_window"):
            return None
        starts = [
            one.stream.incremental.back(moments.read(stored, ()))
            for one, stored in zip(self.lists, self.state.deletes, strict=False)
            if one.stream.incremental is not None
        ]
        return min(starts, default=None)

    def deleted(self) -> Iterator[Batch]:
        """Keys of what the lists tell.

        They count as told only once the rows of the same read are there (`state.told`): a run that is killed in between
        would else not read again what was restored. For the same reason no list of rows is gone on with.
        """
        state = self.state
        state.deletes += [None] * (len(self.lists) - len(state.deletes))
        for place, one in enumerate(self.lists):
            self._needs_key()
            timed = one.stream.incremental is not None and state.deletes[place]
            for table in self._tables(one.stream, State(at={"": state.deletes[place]}) if timed else State(), one.key):
                state.going, state.done = None, set()
                yield self.making.batch(table, "delete", state.dump())
        # Pages of a list that began earlier may still hold what was deleted since: it is told again after them.
        began = (state.going or {}).get("since") or self.reading.now.isoformat()
        state.told = [began for _ in self.lists]

    def reconciled(self) -> Iterator[Batch]:
        """All keys that the source holds, when they are due."""
        now, stream = self.reading.now, self.reading.stream
        for one in stream.deletes:
            if type(one).__name__ != "KeyReconciliation":
                continue
            self._needs_key()
            last = moments.read(self.state.keys, ()) if self.state.keys else moments.EPOCH
            due = last + span(one.every)
            if now < due - min(_SLACK, (due - last) / 10):
                continue
            self.state.keys = now.isoformat()
            listed = one.stream or stream.initial or stream
            keys = self._tables(listed, State(), one.key, alive=one.stream is None)
            yield self.making.keys(keys, self.state.dump())

    def _tables(self, stream: Any, state: State, key: dict[str, str], *, alive: bool = False) -> Iterator[pa.Table]:
        """Keys by the stream's own names."""
        columns = Columns()
        known = {**self.reading.stream.parameters, **self.reading.parameters}
        reading = Reading(self.reading.opened, self.reading.name, stream, state, known)

        def keys() -> pa.Table:
            table = columns.flush()
            return self.making.keyed(self.making.alive(table) if alive else table, key)

        for slice_ in reading.slices():
            for taken in reading.pages(slice_):
                columns.take(taken.page)
                if columns.bytes >= BYTES or columns.rows >= ROWS:
                    yield keys()
        if columns.rows:
            yield keys()

    def _needs_key(self) -> None:
        if not self.reading.stream.key:
            raise Invalid(
                f"the stream '{self.reading.name}' has no key, so nothing can be deleted by it",
                hint="Give 'key' of the stream in the manifest, or set 'deletes: ignore' for it in the source.",
            )
