"""A person logs in with a browser; what comes lies in the vault, lasts while tokens rotate, and is told to nobody."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from walks.mesh import ADA, open_mesh, product, rows, source
from walks.terminal import ENVIRONMENT, weft
from web import Asked, Told, web
from weft.cli.loopback import Loopback
from weft.errors import Invalid, Unavailable
from weft.flow.run import run
from weft.mesh import open_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from web import Web

CANARY = "canary-71aa"
CONNECTOR = """\
apiVersion: weft/v1
kind: Connector
name: shop
baseUrl: "{{ config.url }}"
config:
  required: [url, login]
  properties: {url: {type: string}, login: {type: string, format: password}, secret: {type: string, format: password}}
auth:
  kind: OAuthAuthenticator
  tokenRefreshEndpoint: "{{ config.url }}/token"
  authorizeEndpoint: "{{ config.url }}/authorize"
  clientId: weft
  clientSecret: "{{ config.secret }}"
  refreshToken: "{{ config.login }}"
  refreshTokenUpdater: {}
  scopes: [read, offline_access]
streams:
  orders: {path: /orders, records: data, key: id, pagination: {kind: PageIncrement, pageSize: 1, pageTokenOption: page}}
"""
CONTRACT = """
schema:
  - name: orders
    customProperties: [{property: weft.stream, value: shop.orders}]
    properties:
      - {name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
"""


class System:
    """An authorization server whose refresh tokens do for one use, and three pages of orders behind it."""

    def __init__(self, site: Web) -> None:
        self.site, self.says = site, "code"
        self.refresh, self.access, self.count, self.left = "", "", 0, 1000
        self.challenge, self.lock = "", threading.Lock()
        site.answer = self.answer

    def answer(self, asked: Asked) -> Told:
        with self.lock:
            return {"/authorize": self.authorize, "/token": self.token}.get(asked.path, self.orders)(asked)

    def authorize(self, asked: Asked) -> Told:
        self.challenge = asked.params["code_challenge"]
        back = {"state": asked.params["state"], self.says: f"code-{CANARY}" if self.says == "code" else "access_denied"}
        return Told(302, headers={"Location": f"{asked.params['redirect_uri']}?{urlencode(back)}"})

    def token(self, asked: Asked) -> Told:
        from weft.connectors.rest.auth.consent import challenge

        form = asked.form
        if form["client_secret"] != f"secret-{CANARY}":
            return Told(401, b'{"error": "invalid_client"}')
        if form["grant_type"] == "authorization_code":
            good = form["code"] == f"code-{CANARY}" and challenge(form["code_verifier"]) == self.challenge
        else:
            good = form["refresh_token"] == self.refresh
        if not good:
            return Told(400, b'{"error": "invalid_grant"}')
        self.count += 1
        self.refresh, self.access, self.left = f"refresh-{CANARY}-{self.count}", f"access-{CANARY}-{self.count}", 1000
        said = {"access_token": self.access, "refresh_token": self.refresh, "expires_in": 3600}
        return Told(body=json.dumps(said).encode())

    def orders(self, asked: Asked) -> Told:
        self.left -= 1
        if asked.headers.get("authorization") != f"Bearer {self.access}" or self.left < 0:
            return Told(401, b'{"error": "invalid_token"}')
        page = int(asked.params.get("page", 0))
        return Told(body=json.dumps({"data": [{"id": page}] if page < 3 else []}).encode())


@pytest.fixture(scope="module")
def site() -> Iterator[Web]:
    with web() as found:
        yield found


def visiting(address: str) -> bool:
    """A browser: it goes where it is sent."""

    def visit() -> None:
        with urllib.request.urlopen(address) as answer:
            assert b"This window may be closed" in answer.read()

    threading.Thread(target=visit, daemon=True).start()
    return True


def test_from_login_to_rows(tmp_path: Path, site: Web, free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    system = System(site)
    monkeypatch.setattr("webbrowser.open", visiting)
    config = (
        f"{{url: '{site.url}', login: secret://vault/d/shop, secret: secret://vault/d/client, privateNetwork: true}}"
    )
    files = source("shop", f"connector: shop\nconfig: {config}\n") | product(
        "p", CONTRACT, reads=("stream:shop.orders",)
    )
    open_mesh(tmp_path, files | {"connectors/shop/connector.yaml": CONNECTOR}).close()
    weft(tmp_path, "secret", "set", "d/client", given=f"secret-{CANARY}", WEFT_USER=ADA)
    told = [weft(tmp_path, "source", "test", "d.shop")]
    assert told[0].code == 5 and "there is no secret behind 'secret://vault/d/shop'" in told[0].err
    login = ("source", "login", "d.shop", "--redirect", f"http://127.0.0.1:{free_port}/back")

    system.says = "error"
    told.append(weft(tmp_path, *login))
    assert told[-1].code == 3 and "the system did not allow it (access_denied)" in told[-1].err
    system.says = "code"
    assert weft(tmp_path, *login, "--as", "bo@x.example").code == 3
    done = weft(tmp_path, *login, "--json")
    told.append(done)
    assert done.json() == {"source": "d.shop", "reference": "secret://vault/d/shop", "version": 1}
    assert f"{site.url}/authorize?response_type=code&client_id=weft" in done.err
    world = open_world(tmp_path, user=ADA)
    assert json.loads(world.vault.get("secret://vault/d/shop"))["refresh_token"] == system.refresh

    assert run(world)[0].tables[0].state == "published"
    assert (system.count, len(rows(world, "FROM d.p.orders"))) == (1, 3)
    system.left = 1  # the token ends after the first page
    assert run(world)[0].tables[0].state == "published"
    assert (system.count, len(rows(world, "FROM d.p.orders"))) == (2, 3)
    assert json.loads(world.vault.get("secret://vault/d/shop"))["refresh_token"] == system.refresh

    # Two processes find the token ended: one asks for another, both go on.
    system.left = 0
    command = [sys.executable, "-m", "weft", "source", "test", "d.shop", "--mesh", str(tmp_path)]
    other = subprocess.Popen(command, env={**ENVIRONMENT, "HOME": str(tmp_path)}, stdout=-1, stderr=-1)
    told.append(weft(tmp_path, "source", "test", "d.shop"))
    said = other.communicate(timeout=120)
    assert (told[-1].code, other.returncode) == (0, 0), said
    assert system.count == 3
    system.refresh = system.access = "revoked"
    told.append(weft(tmp_path, "source", "test", "d.shop"))
    assert told[-1].code == 2 and "answers 400 (invalid_grant) and gives no token" in told[-1].err
    assert "log in anew by 'weft source login SOURCE'" in told[-1].err
    told += [weft(tmp_path, "events", "--json"), weft(tmp_path, "secret", "list"), weft(tmp_path, "export", "--help")]
    assert CANARY not in f"{told}{said}"
    assert b"canary" not in b"".join(p.read_bytes() for p in (tmp_path / ".weft").rglob("*") if p.is_file())
    world.close()


def test_the_answer_of_a_browser(free_port: int) -> None:
    redirect = f"http://localhost:{free_port}/back"
    back = Loopback(redirect)
    with pytest.raises(Unavailable, match=f"port {free_port} of this machine is taken"):
        Loopback(redirect)

    def visit() -> None:
        for path, status in (
            ("/favicon.ico", 404),
            ("/back", 404),
            ("/other?state=s", 404),
            ("/back?state=s&code=c", 200),
        ):
            try:
                found = urllib.request.urlopen(f"http://127.0.0.1:{free_port}{path}").status
            except urllib.error.HTTPError as error:
                found = error.code
                error.close()
            seen.append(found == status)

    seen: list[bool] = []
    thread = threading.Thread(target=visit)
    thread.start()
    assert back.wait(30) == {"state": "s", "code": "c"}
    thread.join()
    assert seen == [True] * 4
    with pytest.raises(Unavailable, match="nobody came back from the browser in time"):
        Loopback(redirect).wait(0.01)
    for other in ("https://127.0.0.1:1/", "http://example.com:1/", "http://127.0.0.1/", "http://0.0.0.0:1/", "x"):
        with pytest.raises(Invalid, match="is no address of this machine"):
            Loopback(other)


@pytest.fixture
def free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
