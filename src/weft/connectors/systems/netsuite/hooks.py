"""What no manifest can say: which columns of a table this account exposes, and how each is asked for.

The metadata catalogue tells the Record API's fields, not SuiteQL's columns; a query with one column too many fails, and
says which. So a query for one row is asked until it runs, and what it complained of is left out.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from weft.errors import Broken, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMATS = {"date": "YYYY-MM-DD", "date-time": "YYYY-MM-DD HH24:MI:SS"}
_MISSING = re.compile(r"(?:Field|identifier) '(\w+)'")
_NO = {"action": "SUCCESS", "httpCodes": [400, 403, 404]}
"""An answer that says no is an answer here."""
_MOST = 200
"""Columns that are left out of one table, at most."""


def partitions(context: Any) -> Iterator[dict[str, Any]]:
    """The whole table; `extra_fields.select` are its columns as SuiteQL wants them asked for."""
    columns = dict(_declared(context))
    columns.update(_custom(context, alone=not columns))
    columns.update((str(name), "") for name in context.parameters.get("more", ()))
    yield {"extra_fields": {"select": ", ".join(_asked(n, kind) for n, kind in _exposed(context, columns).items())}}


def _asked(name: str, kind: str) -> str:
    """A column; dates would come in the user's format, and without their time."""
    return f"TO_CHAR({name}, '{_FORMATS[kind]}') AS {name}" if kind in _FORMATS else name


def _declared(context: Any) -> Iterator[tuple[str, str]]:
    loader = context.opened.stream(context.stream).schema_
    for name, said in loader.schema_["properties"].items() if loader is not None else ():
        yield name, said.get("format", "")


def _custom(context: Any, *, alone: bool) -> Iterator[tuple[str, str]]:
    """Custom fields of the record types behind a table; all fields where the manifest declares none."""
    prefix = context.parameters.get("prefix", "cust")
    for record in context.parameters.get("records", ()):
        told = context.ask(
            f"/services/rest/record/v1/metadata-catalog/{record}",
            headers={"Accept": "application/schema+json"},
            errors=_errors("properties"),
        )
        for name, said in told.get("properties", {}).items():
            if name != "links" and (alone or (said.get("x-ns-custom-field") and name.startswith(prefix))):
                yield name.lower(), said.get("format", "")


def _exposed(context: Any, columns: dict[str, str]) -> dict[str, str]:
    """The columns that a query for one row takes.

    Raises:
        Broken: it complains of too many.
        Invalid: it complains of none in particular.
    """
    table = context.parameters["table"]
    for _ in range(_MOST):
        select = ", ".join(_asked(name, kind) for name, kind in columns.items())
        told = context.ask(
            "/services/rest/query/v1/suiteql",
            method="POST",
            repeatable=True,
            headers={"Prefer": "transient"},
            json={"q": f"SELECT {select} FROM {table} WHERE ROWNUM <= 1"},
            errors=_errors("items"),
        )
        if "items" in told:
            return columns
        found = _MISSING.search(json.dumps(told))
        if found is None or found[1].lower() not in columns:
            raise Invalid(
                f"the account does not run a query of the table '{table}'",
                hint="The role needs SuiteAnalytics Workbook, REST Web Services, and the permission to view it.",
            )
        del columns[found[1].lower()]
    raise Broken(f"more than {_MOST} columns of the table '{table}' are not exposed by the account")


def _errors(wanted: str) -> dict[str, Any]:
    """As usual, but for a no; what is neither the answer nor an error of NetSuite's is asked for again."""
    neither = f"{{{{ response['{wanted}'] is none and response['o:errorDetails'] is none }}}}"
    return {"kind": "DefaultErrorHandler", "responseFilters": [{"action": "RETRY", "predicate": neither}, _NO]}
