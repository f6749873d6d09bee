"""How to use a table: text to copy, with the real names and the real address."""

from __future__ import annotations

import json
from shlex import quote
from typing import TYPE_CHECKING

from weft import contracts
from weft.model import Noun

if TYPE_CHECKING:
    from weft.flow.views.viewer import Viewer
    from weft.model import Placed

ADDRESS = "http://127.0.0.1:4600"
"""Where the portal listens when nobody says otherwise."""
ROWS = 100


class Snippet(Noun):
    """One way to use a table."""

    kind: str
    """sql, shell, python, pandas, duckdb or curl."""
    title: str
    language: str
    """sql, shell or python."""
    text: str


def snippets(placed: Placed, viewer: Viewer, address: str = "") -> tuple[Snippet, ...]:
    """Ways to read a table, as this viewer."""
    parts = (placed.name.domain, placed.name.product, placed.name.table)
    name = ".".join(map(contracts.plain_name, parts))
    sql = f"SELECT * FROM {name} LIMIT {ROWS}"
    url = (address or ADDRESS).rstrip("/")
    purpose = f", purpose={json.dumps(viewer.purpose)}" if viewer.purpose else ""
    flag = f" --purpose {quote(viewer.purpose)}" if viewer.purpose else ""
    ask = f"import weft\n\nmesh = weft.connect({json.dumps(url)}, actor={json.dumps(viewer.actor)})\n"
    asked = f"mesh.ask({json.dumps(sql)}{purpose})"
    body = json.dumps({"sql": sql} | ({"purpose": viewer.purpose} if viewer.purpose else {}))
    curl = (
        f"curl --fail --silent {url}/api/v1/ask \\\n  -H {quote('Weft-As: ' + viewer.actor)} -H 'Accept: text/csv' \\\n"
    )
    duck = f"import duckdb\n{ask}rows = {asked}.to_arrow()\nprint(duckdb.sql('SUMMARIZE rows'))\n"
    return (
        Snippet(kind="sql", title="SQL", language="sql", text=sql + ";\n"),
        Snippet(
            kind="shell",
            title="Command line",
            language="shell",
            text=f"weft ask --as {quote(viewer.actor)}{flag} {quote(sql)}\n",
        ),
        Snippet(kind="python", title="Python", language="python", text=f"{ask}print({asked}.to_arrow())\n"),
        Snippet(kind="pandas", title="pandas", language="python", text=f"{ask}print({asked}.to_pandas())\n"),
        Snippet(kind="duckdb", title="DuckDB", language="python", text=duck),
        Snippet(
            kind="curl",
            title="curl",
            language="shell",
            text=f"{curl}  -H 'Content-Type: application/json' --data {quote(body)}\n",
        ),
    )
