"""Ask the products here: one SELECT, as whoever looks."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, get_args

from starlette.responses import Response, StreamingResponse

from weft.errors import Invalid, WeftError
from weft.flow.ask import ask
from weft.flow.formats import TYPES, Form, pieces
from weft.flow.views.query import QueryView, askable, query
from weft.flow.views.viewer import Viewer
from weft.portal.look import Look, Looking
from weft.portal.pages import Shown, page, routes
from weft.web import status_of, wants_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.seams import Answer

router = routes()
_PLACE = re.compile(r"\(line (\d+), column (\d+): ")
_AROUND = 2
"""Lines that are shown before and after the wrong one."""


@page(router, "/query", "query.html")
def write(look: Looking, sql: str = "") -> Shown:
    """The question, to be written or changed; a link never asks by itself."""
    return Shown(askable(look.world, look.viewer), _parts(look, sql))


@router.post("/query", response_model=None)
def answer(look: Looking) -> Response:
    """Ask it."""
    sql = look.form.get("sql", "")
    try:
        view = query(look.world, _viewer(look), sql)
    except WeftError as error:
        return _refused(look, sql, error)
    if wants_json(look.request):
        return Response(view.model_dump_json(), media_type="application/json")
    return look.page("query.html", view=askable(look.world, look.viewer), **_parts(look, sql, answer=view))


@router.post("/query/file", response_model=None)
def download(look: Looking) -> Response:
    """Ask it, and get all rows as a file."""
    sql = look.form.get("sql", "")
    try:
        form = _form(look.form.get("form", ""))
        viewer = _viewer(look)
        asked = ask(look.world, sql, viewer.actor, viewer.purpose)
        rows = _closing(asked.answer, pieces(form, asked.answer.schema, asked.answer))
        begun = next(rows, b"")  # what goes wrong before the first row is shown on the page
    except WeftError as error:
        return _refused(look, sql, error)
    named = {"Content-Disposition": f'attachment; filename="answer.{form}"', "Weft-Ask": asked.id}
    return StreamingResponse(chain((begun,), rows), media_type=TYPES[form], headers=named)


def _viewer(look: Look) -> Viewer:
    return Viewer(actor=look.viewer.actor, purpose=look.form.get("for", look.viewer.purpose))


def _form(named: str) -> Form:
    for form in get_args(Form):
        if form == named:
            return form  # type: ignore[no-any-return]  # one of the literals
    raise Invalid(f"'{named}' is no form of a file", hint=f"There are: {', '.join(get_args(Form))}.")


def _closing(answer: Answer, found: Iterator[bytes]) -> Iterator[bytes]:
    with answer:
        yield from found


def _refused(look: Look, sql: str, error: WeftError) -> Response:
    if wants_json(look.request):
        raise error
    view = askable(look.world, look.viewer)
    return look.page("query.html", status_of(error), view=view, **_parts(look, sql, error=error))


def _parts(
    look: Look, sql: str, *, answer: QueryView | None = None, error: WeftError | None = None
) -> dict[str, object]:
    return {
        "sql": sql,
        "purpose": look.form.get("for", look.viewer.purpose),
        "answer": answer,
        "error": error,
        "wrong": _wrong(sql, error.message) if error else [],
        "forms": [form for form in get_args(Form) if form != "jsonl"],
    }


def _wrong(sql: str, message: str) -> list[tuple[int, str, int]]:
    """The lines around the place that the message tells: number, text, and at the wrong one its column, else 0."""
    found = _PLACE.search(message)
    if found is None:
        return []
    line, column = int(found[1]), int(found[2])
    near = range(max(1, line - _AROUND), line + _AROUND + 1)
    return [(n, text, column if n == line else 0) for n, text in enumerate(sql.splitlines(), start=1) if n in near]
