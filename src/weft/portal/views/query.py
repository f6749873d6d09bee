"""Ask the products here: one SELECT, as whoever looks."""

from __future__ import annotations

from starlette.responses import Response

from weft.errors import WeftError
from weft.flow.views.query import ROWS, QueryView, query
from weft.portal.look import Look, Looking
from weft.portal.pages import page, routes
from weft.web import status_of, wants_json

router = routes()


@page(router, "/query", "query.html")
def write(look: Looking, sql: str = "") -> Response:
    """The question, to be written or changed; a link never asks by itself."""
    return _form(look, sql)


@router.post("/query", response_model=None)
def answer(look: Looking) -> Response:
    """Ask it."""
    sql = look.form.get("sql", "")
    try:
        view = query(look.world, look.viewer, sql)
    except WeftError as error:
        if wants_json(look.request):
            raise
        return _form(look, sql, error=error)
    if wants_json(look.request):
        return Response(view.model_dump_json(), media_type="application/json")
    return _form(look, sql, view=view)


def _form(look: Look, sql: str, *, view: QueryView | None = None, error: WeftError | None = None) -> Response:
    return look.page("query.html", status_of(error) if error else 200, sql=sql, view=view, error=error, most=ROWS)
