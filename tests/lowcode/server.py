"""A server that answers as the manifests of this folder expect, and counts what it was asked."""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "topsecret"
ITEMS = [{"id": n, "name": f"n{n}", "amount": n * 1.5} for n in range(1, 11)]
CHANGES = [
    {"id": n, "updated_at": f"2026-{1 + n // 28:02}-{1 + n % 28:02}T10:00:00Z", "nested": {"someKey": n, "b": [n]}, "camelCase": f"v{n}"}
    for n in range(50)
]  # fmt: skip


class Served(ThreadingHTTPServer):
    """What was asked, by path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextlib.contextmanager
def serving() -> Iterator[Served]:
    """The server while it runs."""
    server = Served()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Answers(BaseHTTPRequestHandler):
    server: Served
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        self.server.asked.append(self.path)
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        steps = parts.path.strip("/").split("/")
        answer = getattr(self, f"on_{steps[0]}", None)
        if answer is None:
            self.give({"error": "no such path"}, 404)
        elif steps[0] not in ("login", "token") and not self.allowed():
            self.give({"error": "who are you"}, 401)
        else:
            answer(*steps[1:])

    do_POST = do_GET  # noqa: N815 - the name that the library looks for

    def allowed(self) -> bool:
        basic = "Basic " + base64.b64encode(f"ann:{TOKEN}".encode()).decode()
        good = (f"Bearer {TOKEN}", "Bearer from-oauth", basic)
        return self.headers.get("Authorization") in good or self.headers.get("X-Session") == "from-login"

    def give(self, value: Any, status: int = 200, **headers: str) -> None:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, text in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        self.wfile.write(body)

    def on_login(self) -> None:
        asked = json.loads(self.body)
        good = asked == {"user": "ann", "password": TOKEN}
        self.give({"session": {"token": "from-login"}} if good else {}, 200 if good else 401)

    def on_token(self) -> None:
        asked = (
            json.loads(self.body)
            if self.body[:1] == b"{"
            else {k: v[0] for k, v in parse_qs(self.body.decode()).items()}
        )
        good = asked.get("client_secret") == TOKEN and asked.get("grant_type") == "client_credentials"
        self.give(
            {"access_token": "from-oauth", "expires_in": 3600} if good else {"error": "invalid_client"},
            200 if good else 400,
        )

    def on_pages(self) -> None:
        size, page = int(self.query.get("size", 3)), int(self.query.get("page", 1))
        self.give({"items": ITEMS[(page - 1) * size : page * size], "total": len(ITEMS)})

    def on_offsets(self) -> None:
        size, offset = int(self.query.get("size", 3)), int(self.headers.get("X-Offset") or 0)
        self.give({"items": ITEMS[offset : offset + size]})

    def on_cursors(self) -> None:
        start = int(self.query.get("after", "t0")[1:])
        more = f"t{start + 3}" if start + 3 < len(ITEMS) else None
        self.give({"items": ITEMS[start : start + 3], "meta": {"next": more}})

    def on_links(self) -> None:
        start = int(self.query.get("start", 0))
        link = f'<{self.server.url}/links?start={start + 4}>; rel="next", <{self.server.url}/links>; rel="first"'
        self.give(
            {"items": ITEMS[start : start + 4]},
            Link=link if start + 4 < len(ITEMS) else f'<{self.server.url}/links>; rel="first"',
        )

    def on_posted(self) -> None:
        asked = json.loads(self.body)
        good = asked["query"] == {"kind": "order"} and self.headers["X-From"] == "weft 2"
        offset = int(asked.get("paging", {}).get("offset", 0))
        self.give({"items": ITEMS[offset : offset + 3]} if good else {"items": []})

    def on_shops(self, shop: str = "", _orders: str = "") -> None:
        if not shop:
            self.on_pages()
            return
        self.give(
            {"items": [{**c, "id": f"{shop}-{c['id']}"} for c in self.between() if c["id"] % 10 == int(shop) - 1]}
        )

    def on_changes(self) -> None:
        self.give({"items": self.between()})

    def between(self) -> list[dict[str, Any]]:
        since, until = self.query.get("since", ""), self.query.get("until", "9")
        return [c for c in CHANGES if since <= c["updated_at"] <= until]

    def on_regions(self) -> None:
        region = self.query["region"]
        rows = [
            {"ID": f"{region}{n}", "id": f"{region}{n}", "amount": n * 6, "kind": "draft" if n == 3 else "real", "secret": "x", "nested": {"inner": 1, "outer": n}, "$ref": "r"}
            for n in range(6)
        ]  # fmt: skip
        for row in rows:
            del row["ID"]
        self.give({"data": [{"rows": rows[:3]}, {"rows": rows[3:]}]})

    def on_flaky(self) -> None:
        first = self.server.asked.count("/flaky") % 2
        self.give({"error": "busy"} if first else ITEMS, 503 if first else 200)

    def on_missing(self) -> None:
        self.give({"error": "gone"}, 404)

    def on_lines(self) -> None:
        self.give("\n".join(json.dumps(i) for i in ITEMS).encode(), Content_Type="application/x-ndjson")

    def on_table(self) -> None:
        text = "id;name\n" + "".join(f"{i['id']};{i['name']}\n" for i in ITEMS)
        self.give(gzip.compress(text.encode()), Content_Type="application/gzip")

    def on_markup(self) -> None:
        text = (
            "<list>" + "".join(f"<entry><id>{i['id']}</id><name>{i['name']}</name></entry>" for i in ITEMS) + "</list>"
        )
        self.give(text.encode(), Content_Type="application/xml")

    def on_tables(self, table: str = "") -> None:
        if table:
            self.give({"rows": [{"id": n, "of": table} for n in range(3)]})
        else:
            self.give({"tables": [{"id": "t1", "name": "first"}, {"id": "t2", "name": "second"}]})

    def on_forms(self) -> None:
        asked = {k: v[0] for k, v in parse_qs(self.body.decode()).items()}
        good = asked == {"kind": "order", "limit": "5"}
        self.give({"items": [{"id": n, "in": {"deep": {"x": n}, "z": 1}} for n in range(3)] if good else []})

    def on_graph(self) -> None:
        good = json.loads(self.body).get("query") == "{ items { id } }"
        self.give({"items": ITEMS if good else []})

    def on_packed(self) -> None:
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            archive.writestr("part.csv", "id,name\n1,a\n2,b\n")
        self.give(held.getvalue(), Content_Type="application/zip")

    def on_several(self) -> None:
        self.give({"items": [{"id": int(n)} for n in self.query["ids"].split(",")]})

    def on_feed(self) -> None:
        self.give({"items": CHANGES})

    def on_chunked(self) -> None:
        named = self.query["fields"].split(",")
        self.give({"items": [{name: f"{name}{n}" for name in named} for n in range(4)]})

    def on_job(self, job: str = "") -> None:
        if not job:
            self.give({"id": "j1"})
            return
        done = sum(path.startswith("/job/") for path in self.server.asked) > 1
        urls = [f"{self.server.url}/part/{n}" for n in (1, 2)]
        self.give({"state": "done", "urls": urls} if done else {"state": "working"})

    def on_part(self, part: str) -> None:
        self.give(gzip.compress(f"id,part\n1,{part}\n2,{part}\n".encode()), Content_Type="application/gzip")

    def on_described(self) -> None:
        self.give({"fields": [{"name": "id", "kind": "whole"}, {"name": "name", "kind": "text"}]})
