"""Answers as streams, in the form that is wanted."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any

from anyio import CancelScope, to_thread
from fastapi import Query
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from weft.errors import understood
from weft.flow.formats import PROBLEM, TOLD, TYPES, Form, pieces
from weft.web import problem

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from weft.seams import Answer

Wanted = Annotated[Form | None, Query(description="Form of the answer, instead of the header Accept.")]


def form_of(request: Request, named: Form | None) -> Form:
    """The form of the answer: the one that is named, else the first that the sender accepts most.

    Raises:
        HTTPException: 406, it accepts none that there is.
    """
    if named:
        return named
    accepted = request.headers.get("accept", "") or "*/*"
    best, most = "json", 0.0
    for form, kind in TYPES.items():
        quality = max((q for range_, q in _ranges(accepted) if _fits(range_, kind)), default=0.0)
        if quality > most:
            best, most = form, quality
    if not most:
        raise HTTPException(406, f"an answer can be {', '.join(TYPES.values())}")
    return best  # type: ignore[return-value]  # a key of TYPES


def streamed(answer: Answer, form: Form, identifier: str, told: str) -> Response:
    """The rows as they come. What goes wrong before the first ones are there is an error as any other."""
    schema = answer.schema
    if form == "arrow":
        schema = schema.with_metadata({**(schema.metadata or {}), TOLD: told.encode()})
    rows = _guarded(answer, pieces(form, schema, _batches(answer, schema)))
    begun = [next(rows, b"")]
    headers = {"Weft-Ask": identifier, "Vary": "Accept"}
    return _Streamed(begun, rows, media_type=TYPES[form], headers=headers)


class _Streamed(StreamingResponse):
    """A stream that ends what it reads from: also when nobody takes it to its end."""

    def __init__(self, begun: list[bytes], rows: Generator[bytes], **more: Any) -> None:
        super().__init__(chain(begun, rows), **more)
        self._rows = rows

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await to_thread.run_sync(self._rows.close)


def _batches(answer: Answer, schema: Any) -> Iterator[Any]:
    """Batches, the first asked for before anything is written."""
    for batch in answer:
        yield batch.replace_schema_metadata(schema.metadata)


def _guarded(answer: Answer, found: Iterator[bytes]) -> Generator[bytes]:
    """The pieces; an error after the first is the last line, and breaks the answer off."""
    begun = False
    try:
        for piece in found:
            yield piece
            begun = True
    except Exception as error:
        if begun:
            yield PROBLEM + json.dumps(problem(understood(error))).encode() + b"\n"
        raise
    finally:
        answer.close()


def _ranges(header: str) -> Iterator[tuple[str, float]]:
    """Media ranges and how much each is wanted (RFC 9110)."""
    for part in header.split(","):
        kind, *options = (piece.strip().lower() for piece in part.split(";"))
        text = next((o[2:] for o in options if o.startswith("q=")), "1")
        try:
            yield kind, float(text)
        except ValueError:
            continue


def _fits(range_: str, kind: str) -> bool:
    return range_ in ("*/*", kind, f"{kind.partition('/')[0]}/*") or (range_, kind) == (
        "application/x-ndjson",
        "application/jsonl",
    )
