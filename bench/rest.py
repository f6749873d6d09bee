"""Pages of a REST system into Delta tables with their contracts checked, beside dlt and airbyte-cdk.

The peers live in environments of their own (`python -m bench.rest_peers make`); without them their rows are left out.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bench import rest_mesh, rest_peers
from bench.measure import middle, python, spend
from bench.report import Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.measure import Spent
    from bench.plan import Plan

_AIMS = {"dlt": "0.125", "airbyte-cdk": "0.2"}
STREAMS, PAGES, LATENCY, CALLS = 50, 8, 0.2, 20
"""Of the API that lets one wait: streams, pages of each, seconds, calls per second."""
_CYCLE = (
    "location ~ ^/cycle/(?<last>\\d)\\.json$ { rewrite ^ /p1000/0000$last.json break; } "
    "location ~ ^/cycle/\\d*(?<last>\\d\\d)\\.json$ { rewrite ^ /p1000/000$last.json break; }"
)
"""The first hundred pages over and over."""


def measure(plan: Plan) -> list[Row]:
    """Rows of the table."""
    if plan.quick:
        return [*_waiting(plan), Row("pages by HTTP into a table", "not in a quick run")]
    return [*_waiting(plan), *(_pages(plan) if shutil.which("nginx") else _without())]


def _without() -> list[Row]:
    sys.stderr.write("rest: nginx is not there, what it serves is left out\n")
    return []


def _pages(plan: Plan) -> list[Row]:
    folder = plan.folder / "rest"
    sizes = {"p1000": 1_000, "p100": 100}
    for name, size in sizes.items():
        spend(python("-m", "bench.pages", "make", folder / "www" / name, max(100, plan.paged // size), size))
    spend(python("-m", "bench.pages", "make", folder / "www" / "one", 1, 100))
    others = {"dlt": rest_peers.run_dlt, "airbyte-cdk": rest_peers.run_airbyte}
    with served(folder) as url:
        found = {name: [_weft(folder, url, name) for _ in range(plan.runs)] for name in (*sizes, "one")}
        beside = {
            name: [run(folder, url) for _ in range(plan.runs)] for name, run in others.items() if rest_peers.there(name)
        }
        long = [rest_mesh.run(folder / "mesh", _cycle(url, plan.paged_long // 1000), {"deals": rest_mesh.DEALS})]
    what = f"{plan.paged:,} rows of nested JSON by HTTP, checked into a table"
    rows = [_beside(f"{what}, 1,000 a page, against {name}", found["p1000"], spent) for name, spent in beside.items()]
    for name, size in sizes.items():
        rows.append(_alone(f"{what}, {size:,} a page", found[name], plan.paged, "80 k" if size > 100 else "50 k"))
    rows.append(_alone("100 rows of the same: what a run costs besides", found["one"], 100, ""))
    rows.append(_alone(f"{plan.paged_long:,} rows of the same", long, plan.paged_long, "350 MB"))
    return rows


def _beside(what: str, weft: list[Spent], peer: list[Spent]) -> Row:
    cpu, megabytes = middle(s.cpu for s in weft), middle(s.megabytes for s in weft)
    ratio = middle(w.cpu / p.cpu for w, p in zip(weft, peer, strict=True))
    theirs = f"{middle(p.cpu for p in peer):.2f} s CPU, {middle(p.megabytes for p in peer):.0f} MB"
    aim = next(aim for name, aim in _AIMS.items() if what.endswith(name))
    return Row(what, f"{cpu:.2f} s CPU", theirs, f"{ratio:.2f}", aim, f"{cpu:.2f}", f"{megabytes:.0f}")


def _alone(what: str, weft: list[Spent], rows: int, aim: str) -> Row:
    cpu, megabytes = middle(s.cpu for s in weft), middle(s.megabytes for s in weft)
    told = f"{rows / cpu / 1000:.0f} k rows/CPU-s" if rows > 100 else f"{cpu:.2f} s CPU"
    return Row(what, told, "", "", aim, f"{cpu:.2f}", f"{megabytes:.0f}")


def _waiting(plan: Plan) -> list[Row]:
    """Streams of an API that lets one wait, together and one by one, under one limit of calls."""
    streams, pages = (5, 1) if plan.quick else (STREAMS, PAGES)
    command = python(
        "-m", "bench.slow", LATENCY, CALLS + CALLS // 10, pages
    )  # a system allows a little more than it says
    server = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=rest_peers.ROOT)
    try:
        url = f"http://127.0.0.1:{int(server.stdout.readline())}" if server.stdout else ""
        columns = [{"name": "id", "logicalType": "integer"}, {"name": "name", "logicalType": "string"}]
        tables = {f"s{n:02}": [*columns, {"name": "amount", "logicalType": "number"}] for n in range(streams)}
        mesh = plan.folder / "waiting"
        together, alone = (rest_mesh.run(mesh, _slow(url, tables, width), tables) for width in (16, 1))
    finally:
        server.terminate()
        server.wait()
    least = streams * pages / CALLS
    what = f"{streams} streams of {pages} pages, {LATENCY} s each; {CALLS} calls a second allow {least:.0f} s"
    return [
        Row(
            f"{what}; together against one by one",
            f"{together.wall:.1f} s",
            f"{alone.wall:.1f} s",
            f"{together.wall / least:.2f}",
            "1.2",
            f"{together.cpu:.2f}",
            f"{together.megabytes:.0f}",
        )
    ]


def _slow(url: str, streams: dict[str, Any], width: int) -> dict[str, Any]:
    paging = {
        "kind": "PageIncrement",
        "pageSize": 100,
        "startFromPage": 1,
        "pageTokenOption": "page",
        "injectOnFirstRequest": True,
    }
    policy = {"kind": "MovingWindowCallRatePolicy", "rates": [{"limit": CALLS, "interval": "PT1S"}]}
    return {
        "baseUrl": url,
        "limits": {"concurrency": width, "maxConcurrency": max(width, 1), "budget": {"policies": [policy]}},
        "streams": {name: {"path": f"/{name}", "records": "results", "pagination": paging} for name in streams},
    }


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """nginx over `folder/www` on a port of its own."""

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    settings = (
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors; events {{}} "
        f"http {{ access_log off; sendfile on; keepalive_requests 1000000; types {{ application/json json; }} "
        f"server {{ listen 127.0.0.1:{port}; root {folder}/www; {_CYCLE} }} }}"
    )
    (folder / "nginx.conf").write_text(settings)
    server = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/p1000/00000.json").close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _weft(folder: Path, url: str, pages: str) -> Spent:
    paging = {
        "kind": "CursorPagination",
        "cursorValue": "{{ response.paging.next.link }}",
        "pageTokenOption": {"kind": "RequestPath"},
    }
    stream = {"path": f"/{pages}/00000.json", "records": "results", "pagination": paging, "schema": rest_mesh.DECLARED}
    return rest_mesh.run(folder / "mesh", {"baseUrl": url, "streams": {"deals": stream}}, {"deals": rest_mesh.DEALS})


def _cycle(url: str, pages: int) -> dict[str, Any]:
    """The same pages over and over."""
    page = "next_page_token.next_page_token | default(0) | int"
    last = f"{{{{ ({page} + 1) if {page} < {pages - 1} }}}}"
    paging = {"kind": "CursorPagination", "cursorValue": last}
    path = "/cycle/{{ next_page_token.next_page_token | default(0) }}.json"
    stream = {"path": path, "records": "results", "pagination": paging, "schema": rest_mesh.DECLARED}
    return {"baseUrl": url, "streams": {"deals": stream}}
