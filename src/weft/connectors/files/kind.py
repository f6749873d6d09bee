"""The connector kind `files`."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import Field, field_validator

from weft.connectors.files.archive import Limits
from weft.connectors.files.batches import batches
from weft.connectors.files.columns import columns
from weft.connectors.files.fixed import places
from weft.connectors.files.found import by_name, choose, left_over, root, walk
from weft.connectors.files.reading import Reading
from weft.connectors.files.remote.opening import Elsewhere
from weft.connectors.files.text import engine_encoding
from weft.errors import Invalid, Unavailable, WeftError
from weft.kinds import Kind
from weft.model import Dialect, StreamInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from weft.connectors.files.found import Found, Place
    from weft.model import Batch, DiscoveredColumn
    from weft.seams import Reach, Window

Format: TypeAlias = Literal[
    "auto", "csv", "tsv", "pipe", "json", "jsonl", "parquet", "xlsx", "xml", "fixed", "orc", "avro"
]
_DIALECT = tuple(Dialect.model_fields)
_PARTS = ("sheet", "records", "fixed")
_LISTED = 8


def _codec(name: str | None) -> str | None:
    if name is not None:
        try:
            engine_encoding(name)
        except Invalid as error:
            raise ValueError(error.message) from None
    return name


def _places(given: dict[str, str] | None) -> dict[str, str] | None:
    for name, text in (given or {}).items():
        first, last = places(text)
        if not 0 < first <= last:
            raise ValueError(
                f"'{text}' of the column '{name}' is no place in a line: write 1-6, or 7 for one character"
            )
    return given


class FileStream(Kind):
    """One stream of a files source; what is not set is as the source says."""

    path: str = ""
    """File, folder or pattern below the source's folder, `archive.zip!member.csv` inside a zip; empty = the file or
    folder whose name is the stream's."""
    format: Format | None = None
    """How the files are written."""
    delimiter: str | None = Field(None, min_length=1, max_length=4)
    """What stands between cells."""
    quote: str | None = Field(None, max_length=1)
    """What stands around cells."""
    escape: str | None = Field(None, max_length=1)
    """What stands before a quote inside a cell."""
    encoding: str | None = None
    """Encoding of the text."""
    header: bool | None = None
    """Whether the first line names the columns."""
    trim: bool | None = None
    """Whether spaces around headers and cells are taken off."""
    nulls: tuple[str, ...] | None = None
    """Cells that mean no value."""
    decimal: str | None = Field(None, min_length=1, max_length=1)
    """Decimal point."""
    thousands: str | None = Field(None, max_length=1)
    """What groups thousands."""
    timezone: str | None = None
    """Zone of timestamps that name none."""
    skip: int | None = Field(None, ge=0)
    """Lines before the header."""
    sheet: str | None = None
    """Sheet of a workbook."""
    records: str | None = None
    """Name of the XML element that is one row."""
    fixed: dict[str, str] | None = None
    """Fixed width: where each column stands in a line."""

    _known_codec = field_validator("encoding")(_codec)
    _known_places = field_validator("fixed")(_places)


class Files(Elsewhere):
    """Files of a folder: CSV, TSV, pipe, fixed width, JSON (Lines), XML, XLSX, Parquet, ORC, Avro; also in gzip, zip.

    The folder lies here or elsewhere: S3, Azure, SFTP, web. A file is read once; a changed file replaces its own rows;
    a vanished one is reported and its rows stay. Files that begin with a dot are passed over.
    """

    format: Format = "auto"
    """How the files are written; auto = by their endings."""
    delimiter: str = Field(",", min_length=1, max_length=4)
    """What stands between cells; tab and | in the formats tsv and pipe."""
    quote: str = Field('"', max_length=1)
    """What stands around cells; empty = nothing does."""
    escape: str = Field('"', max_length=1)
    """What stands before a quote inside a cell."""
    encoding: str = "utf-8"
    """Encoding of the text: any that Python knows."""
    header: bool = True
    """Whether the first line names the columns."""
    trim: bool = True
    """Whether spaces around headers and cells are taken off."""
    nulls: tuple[str, ...] = ("",)
    """Cells that mean no value, after trimming."""
    decimal: str = Field(".", min_length=1, max_length=1)
    """Decimal point."""
    thousands: str = Field("", max_length=1, json_schema_extra={"aside": True})
    """What groups thousands; empty = nothing does."""
    timezone: str = "UTC"
    """Zone of timestamps that name none."""
    skip: int = Field(0, ge=0)
    """Lines before the header; of a workbook rows."""
    sheet: str = Field("", json_schema_extra={"aside": True})
    """Sheet of a workbook (XLSX); may be left out when it has one only."""
    records: str = Field("", json_schema_extra={"aside": True})
    """XML: name of the element that is one row. Its attributes and child elements are columns; what is nested in
    those is JSON text."""
    fixed: dict[str, str] = {}
    """Fixed width: where each column stands in a line, its first and last character counted from 1:
    `{id: 1-6, name: 7-26}`. Lines before the first row are skipped by `skip`."""
    unpacked_limit: int = Field(10_000, ge=1)
    """MB that a packed file or all members of an archive may unpack to."""

    _known_codec = field_validator("encoding")(_codec)
    _known_places = field_validator("fixed")(_places)

    def stream_schema(self) -> type[FileStream]:
        """Settings of one stream."""
        return FileStream

    def test(self, reach: Reach) -> None:
        """Is there a file that can be read?

        Raises:
            Invalid: no such folder, or no file in it.
            Unavailable: it may not be read.
        """
        with self._place(reach) as place:
            for file in self._files(place):
                if file.away is not None:
                    file.away.part(0, min(file.bytes, 1))
                    return
                try:
                    with file.path.open("rb") as stream:
                        stream.read(1)
                except OSError as error:
                    raise Unavailable(f"{file.shown} cannot be read: {error.strerror}") from None
                return
        raise Invalid(f"'{self.shown}' holds no file", hint="Put files there, or mend 'path' of the source.")

    def discover(self, reach: Reach, streams: Mapping[str, Any]) -> tuple[StreamInfo, ...]:
        """Declared streams, and what none of them reads, as streams by their names.

        Columns are those of the first file's header. A stream whose first file cannot be looked into has none, and
        says why in its comment.
        """
        with self._place(reach) as place:
            files = self._files(place)
            chosen = {name: choose(files, name, settings.path) for name, settings in streams.items()}
            chosen |= left_over(files, chosen) if streams else by_name(files)
            return tuple(self._info(reach, name, chosen[name], streams.get(name)) for name in sorted(chosen))

    def read(
        self, reach: Reach, stream: str, settings: Any, cursor: Mapping[str, Any], window: Window | None = None
    ) -> Iterator[Batch]:
        """Batches of new and changed files, and which ones vanished.

        Raises:
            Invalid: a missing file, content that is not what the settings say; names the file.
            Unavailable: a folder that was there before and is gone, no right to read, no space.
        """
        if window is not None:
            raise Invalid(
                f"'{stream}' is a stream of files, it has no cursor column to fill back by",
                hint="A changed file is read again by itself.",
            )
        with self._place(reach) as place:
            files = self._files(place, cursor)
            chosen = choose(files, stream, settings.path)
            if not chosen and not cursor:
                raise self._nothing(stream, settings.path, files)
            yield from batches(chosen, self._reading(settings, reach.scratch), cursor)

    def _place(self, reach: Reach) -> AbstractContextManager[Place]:
        return self.place(reach) if self.urls else nullcontext(root(reach.folder, str(self.path)))

    def _files(self, place: Place, cursor: Mapping[str, Any] | None = None) -> tuple[Found, ...]:
        """What is there; when the source's path names nothing any more: nothing, if it was one file; else an error."""
        try:
            return walk(place, Limits(self.unpacked_limit))
        except FileNotFoundError:
            if not cursor:
                raise Invalid(
                    f"there is no file or folder '{self.shown}'",
                    hint="'path' is a URL or relative to the mesh's folder; name a folder, a file or a pattern such as "
                    "in/*.csv.",
                ) from None
            if PurePosixPath(self.shown).name in cursor.get("files", {}):
                return ()
            raise Unavailable(
                f"there is no file or folder '{self.shown}', though files of it were read before",
                hint="Look whether the folder is mounted; if it moved, mend 'path' of the source.",
            ) from None

    def _reading(self, settings: FileStream | None, scratch: Path) -> Reading:
        told = {name: getattr(self, name) for name in (*_DIALECT, *_PARTS)}
        kind: str = self.format
        if settings is not None:
            told |= {name: value for name in told if (value := getattr(settings, name)) is not None}
            kind = settings.format or kind
        parts = {name: told.pop(name) for name in _PARTS}
        parts["fixed"] = tuple((name, *places(text)) for name, text in parts["fixed"].items())
        kind = "fixed" if parts["fixed"] and kind == "auto" else kind
        return Reading(kind, Dialect(**told), Limits(self.unpacked_limit), scratch, **parts)

    def _info(self, reach: Reach, name: str, files: Sequence[Found], settings: FileStream | None) -> StreamInfo:
        found: tuple[DiscoveredColumn, ...] = ()
        comment = ""
        if files:
            try:
                found = columns(files[0], self._reading(settings, reach.scratch))
            except WeftError as error:
                comment = error.message
        return StreamInfo(name=name, columns=found, comment=comment, bytes=sum(f.bytes for f in files), kind="file")

    def _nothing(self, stream: str, path: str, files: Sequence[Found]) -> Invalid:
        there = ", ".join(f.key for f in files[:_LISTED]) + (", ..." if len(files) > _LISTED else "")
        looked = f"'{path}'" if path else f"a file or folder of the name '{stream}'"
        return Invalid(
            f"the stream '{stream}' has no file: '{self.shown}' does not hold {looked}",
            hint=f"It holds {there}." if there else "It holds no file at all.",
        )
