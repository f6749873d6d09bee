"""A connector that counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.kinds import Kind
from weft.model import ArrowScan, Batch, DiscoveredColumn, StreamInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weft.seams import Reach, Window


class Counted(Kind):
    """One stream."""

    step: int = 1
    """From one number to the next."""


class Numbers(Kind):
    """Streams of whole numbers below a limit, each read once."""

    limit: int
    """The first number that is not there."""

    def stream_schema(self) -> type[Counted]:
        """Settings of a stream."""
        return Counted

    def test(self, reach: Reach) -> None:
        """Numbers are always there."""

    def discover(self, reach: Reach, streams: Mapping[str, Any]) -> tuple[StreamInfo, ...]:
        """The declared streams."""
        columns = (DiscoveredColumn(name="n", type="BIGINT", nullable=False),)
        return tuple(StreamInfo(name=name, columns=columns, key=("n",)) for name in streams)

    def read(
        self, reach: Reach, stream: str, settings: Any, cursor: Mapping[str, Any], window: Window | None = None
    ) -> Iterator[Batch]:
        """What has not been read."""
        import pyarrow as pa

        first = cursor.get("next", 0)
        numbers = list(range(first, self.limit, Counted.model_validate(settings or {}, from_attributes=True).step))
        if numbers:
            table = pa.table({"n": pa.array(numbers, pa.int64())})
            yield Batch(scan=ArrowScan(reader=table.to_reader()), cursor={"next": self.limit})
