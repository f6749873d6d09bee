"""Secrets of the mesh: stored by the command line, used by sources and buckets, renewed by two processes, told to nobody."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

import objects
from postgres import serving
from walks.mesh import ADA, BASE, BO, open_mesh, product, source, write
from walks.terminal import ENVIRONMENT, weft
from weft.errors import Broken, Denied
from weft.flow import secrets
from weft.mesh import open_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANARY = "canary-9f2c"
CRM = source("crm", "connector: sql\nconfig: {url: 'sqlite:///crm.db', user: 'secret://vault/d/crm'}\n")


def set_secret(folder: Path, name: str, value: str, *more: str, **environment: str) -> Any:
    done = weft(folder, "secret", "set", name, "--json", *more, given=value, WEFT_USER=ADA, **environment)
    assert done.code == 0, done
    return done.json()


def test_from_the_command_line(tmp_path: Path) -> None:
    open_mesh(tmp_path, CRM).close()
    assert set_secret(tmp_path, "d/crm", f"{CANARY}\n") == {
        "name": "d/crm",
        "version": 1,
        "reference": "secret://vault/d/crm",
    }
    set_secret(tmp_path, "d/crm", CANARY)
    set_secret(tmp_path, "spare", "a\nb\n")
    (crm, spare) = weft(tmp_path, "secret", "list", "--json").json()
    assert (crm["name"], crm["version"], crm["by"], crm["used"]) == ("d/crm", 2, ADA, ["d.crm"])
    assert (spare["name"], spare["used"], sorted(spare)) == (
        "spare",
        [],
        ["at", "by", "name", "readable", "used", "version"],
    )
    assert "d/crm        2  today" in weft(tmp_path, "secret", "list").out
    world = open_world(tmp_path)
    assert (world.vault.get("secret://vault/d/crm"), world.vault.get("secret://vault/spare")) == (CANARY, "a\nb")
    world.close()
    refused = weft(tmp_path, "secret", "rm", "d/crm")
    assert (refused.code, refused.err.splitlines()[0]) == (2, "Invalid: the secret 'd/crm' is used by d.crm")
    assert weft(tmp_path, "secret", "rm", "d/crm", "--force").code == 0
    assert weft(tmp_path, "secret", "rm", "d/crm").code == 2
    assert "1 secret under the new master key" in weft(tmp_path, "secret", "rotate").out
    told = weft(tmp_path, "events", "--json").out
    assert [one["type"] for one in json.loads(told)[:5]] == [
        *("vault.rotated", "secret.removed", "secret.set", "secret.set", "secret.set"),
    ]
    assert CANARY not in told


@pytest.mark.parametrize(
    ("arguments", "given", "says"),
    [
        (("set", "crm"), "", "there is no value"),
        (("set", "crm"), "x" * 70_000, "there is no value, or it is no text of at most 64 KiB"),
        (("set", "../crm"), "x", "a secret cannot be called so"),
        (("set", "a/b/c"), "x", "a secret cannot be called so"),
        (("set", "crm", "value-on-the-line"), "", "unexpected extra argument"),
        (("rm", "crm"), "", "the vault has no secret 'crm'"),
    ],
)
def test_what_is_refused(tmp_path: Path, arguments: tuple[str, ...], given: str, says: str) -> None:
    write(tmp_path, BASE)
    done = weft(tmp_path, "secret", *arguments, given=given)
    assert done.code == 2
    assert says in done.err
    assert "the vault is empty" in weft(tmp_path, "secret", "list").out


def test_typed_unseen(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "weft", "secret", "set", "crm", "--mesh", str(tmp_path)]
    settings = {**ENVIRONMENT, "HOME": str(tmp_path)}
    process = subprocess.Popen(
        command, env=settings, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True, start_new_session=True
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # the other end is closed: the process ended
        while piece := os.read(ours, 65536):
            shown += piece
            if shown.endswith(b": "):
                os.write(ours, f"{CANARY}\n".encode())
    os.close(ours)
    assert process.wait(timeout=60) == 0, shown
    assert CANARY.encode() not in shown
    world = open_world(tmp_path)
    assert world.vault.get("secret://vault/crm") == CANARY
    world.close()


def test_who_may(tmp_path: Path) -> None:
    mesh = BASE["mesh.yaml"].rstrip() + "\n        council: [cy@x.example]\n"
    cy = {"mesh.yaml": mesh, "people/cy.yaml": BASE["people/bo.yaml"].replace("bo", "cy")}
    world = open_mesh(tmp_path, cy)
    secrets.put(world, "d/crm", "1", ADA)
    secrets.put(world, "e/erp", "1", BO)
    secrets.put(world, "shared", "1", "cy@x.example")
    secrets.put(world, "d/crm", "2", "cy@x.example")
    for name, who in (("e/erp", ADA), ("d/crm", BO), ("shared", ADA), ("d/crm", "nobody@x.example")):
        with pytest.raises(Denied, match=f"{who} may not change this secret"):
            secrets.put(world, name, "x", who)
        with pytest.raises(Denied):
            secrets.remove(world, name, who, force=True)
    with pytest.raises(Denied, match="may not change the master key"):
        secrets.rotate(world, ADA)
    assert secrets.rotate(world, "cy@x.example").changed == 3
    assert [k.secret.name for k in secrets.listed(world, ADA)] == ["d/crm"]
    assert [k.secret.name for k in secrets.listed(world, "cy@x.example")] == ["d/crm", "e/erp", "shared"]
    world.close()


# renewal by several processes

RENEW = """
import sys, urllib.request
from weft.mesh import open_world
world = open_world(sys.argv[1])
def make(current):
    with urllib.request.urlopen(sys.argv[2], current.encode()) as answer:
        return answer.read().decode()
print("ready", flush=True)
sys.stdin.readline()
print(world.vault.renew("secret://vault/token", "r0", make), flush=True)
world.close()
"""


@contextlib.contextmanager
def token_endpoint() -> Iterator[tuple[str, list[str]]]:
    """Refreshes as vendors do: the token that it gives is the only one that it takes from then on."""
    asked: list[str] = []

    class Refresh(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            fits = asked[-1] == f"r{len(asked) - 1}"
            self.send_response(200 if fits else 400)
            self.end_headers()
            self.wfile.write(f"r{len(asked)}".encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refresh)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def renewing(folder: Path, url: str, **environment: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", RENEW, str(folder), url],
        env={**ENVIRONMENT, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_processes_refresh_once_and_who_was_killed_is_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    set_secret(tmp_path, "token", "r0")
    with token_endpoint() as (url, asked):
        both = [renewing(tmp_path, url) for _ in range(2)]
        for process in both:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        assert [process.communicate(timeout=60)[0] for process in both] == ["r1\n", "r1\n"]
        assert asked == ["r0"]
        set_secret(tmp_path, "token", "r0")
        asked.clear()
        killed = renewing(tmp_path, url, WEFT_FAILPOINT="vault.made")
        assert killed.communicate("\n", timeout=60)[0] == ""
        assert killed.returncode == -9
        asked.clear()
        world = open_world(tmp_path)
        assert world.vault.renew("secret://vault/token", "r0", lambda _: "r9") == "r9"
        world.close()


def test_killed_while_the_master_key_is_changed(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    set_secret(tmp_path, "crm", CANARY)
    key = tmp_path / ".weft/keys/vault.key"
    command = [sys.executable, "-m", "weft", "secret", "rotate", "--mesh", str(tmp_path)]
    killed = subprocess.run(command, env={**ENVIRONMENT, "WEFT_FAILPOINT": "vault.rewrapped"}, capture_output=True)
    assert killed.returncode == -9
    assert len(key.read_text().split()) == 2
    world = open_world(tmp_path)
    assert world.vault.get("secret://vault/crm") == CANARY
    assert world.safe.rotate("x").changed == 1
    assert world.vault.get("secret://vault/crm") == CANARY
    assert len(key.read_text().split()) == 1
    world.close()


# moved, saved, brought back


def test_saved_without_the_key_and_brought_back(tmp_path: Path) -> None:
    mesh, saved, other = tmp_path / "mesh", tmp_path / "saved", tmp_path / "other"
    open_mesh(mesh).close()
    set_secret(mesh, "crm", CANARY)
    assert "It holds 1 secret in cipher, without the vault's key" in weft(mesh, "backup", str(saved)).out
    assert not list(saved.rglob("vault.key*"))
    key = (mesh / ".weft/keys/vault.key").read_bytes()
    assert not [path for path in saved.rglob("*") if path.is_file() and key.strip() in path.read_bytes()]
    assert "1 secret of the vault need its key" in weft(mesh, "restore", str(saved), "--mesh", str(other)).out
    world = open_world(other)
    with pytest.raises(Broken, match="sealed under the master key"):
        world.vault.get("secret://vault/crm")
    (other / ".weft/keys/vault.key").write_bytes(key)
    (other / ".weft/keys/vault.key").chmod(0o600)
    assert world.vault.get("secret://vault/crm") == CANARY
    world.close()
    assert weft(mesh, "restore", str(saved), "--replace").code == 0
    world = open_world(mesh)
    assert world.vault.get("secret://vault/crm") == CANARY, "the key that was there stays"
    world.close()


# the canaries

ROWS = """
schema:
  - name: t
    customProperties: [{property: weft.stream, value: pg.things}]
    properties: [{name: k, logicalType: integer, required: true}]
"""
WRONG = "canary-0000"


def test_no_canary_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every field for a credential one: registry, bucket, source, vault. None turns up anywhere."""
    registry, reader = "canary-registry-1", "canary-reader-2"
    folder, saved = tmp_path / "mesh", tmp_path / "saved"
    monkeypatch.setenv("WEFT_PG", registry)
    with serving(tmp_path / "pg") as server, objects.s3() as s3:
        server.ask_for_passwords("weft", registry)
        server.ask_for_passwords("reader", reader)
        url = server.database("crm")
        server.run(
            "CREATE TABLE things (k int)",
            "INSERT INTO things VALUES (1)",
            "GRANT SELECT ON things TO reader",
            database="crm",
        )
        url = url.replace("postgres:@", "").replace("postgres@", "")
        settings = (
            f"registry: {server.database('mesh', 'weft')}\nregistryPassword: secret://env/WEFT_PG\n"
            f"storage: {s3.url('canary')}\nstorageOptions: {{endpoint: '{s3.endpoint}', region: us-east-1, "
            "accessKey: 'secret://vault/s3.key', secretKey: 'secret://vault/s3.secret'}\n"
        )
        mesh = {"mesh.yaml": "apiVersion: weft/v1\nkind: Mesh\nname: test\nstance: open\n" + settings}
        pg = source("pg", f"connector: sql\nconfig: {{url: '{url}', user: reader, password: 'secret://vault/d/pg'}}\n")
        write(folder, {**BASE, **mesh, **pg, **product("p", ROWS, reads=("stream:pg.things",))})
        for name, value in {"s3.key": objects.KEY, "s3.secret": objects.SECRET, "d/pg": WRONG, "d/x": CANARY}.items():
            set_secret(folder, name, value)
        failing = (("source", "test", "pg"), ("run",))
        heard = [weft(folder, "apply", "--yes", WEFT_USER=ADA)]
        heard += [weft(folder, *line, WEFT_USER=ADA, WEFT_DEBUG=debug) for debug in ("", "1") for line in failing]
        assert [one.code for one in heard] == [0, 2, 1, 2, 1], heard
        set_secret(folder, "d/pg", reader)
        fine = [weft(folder, *line, WEFT_USER=ADA) for line in (
            ("run",), ("source", "test", "pg", "--json"), ("source", "discover", "pg", "--json"), ("show", "d.p", "--json"),
            ("events", "--json"), ("events", "--verify"), ("secret", "list", "--json"), ("secret", "rotate", "--json"),
            ("doctor", "--json"), ("backup", str(saved), "--tables", "--json"),
            ("registry", "migrate", "--to", "sqlite:///copy.db", "--json"),
        )]  # fmt: skip
        assert [one for one in fine if one.code] == []
        heard = [*heard, *fine, processes(folder)]
    seen = repr(heard).encode()
    for path in (*folder.rglob("*"), *saved.rglob("*")):
        seen += path.read_bytes() if path.is_file() else b""
    for canary in (registry, reader, WRONG, CANARY, objects.KEY, objects.SECRET):
        assert canary.encode() not in seen, canary


def processes(folder: Path) -> str:
    """The process list and environment while a secret is being stored."""
    waits = subprocess.Popen(
        [sys.executable, "-m", "weft", "secret", "set", "d/x", "--mesh", str(folder)],
        env={**ENVIRONMENT, "WEFT_PG": os.environ["WEFT_PG"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    listed = subprocess.run(["ps", "-ef"], capture_output=True, text=True, check=True).stdout
    told, _ = waits.communicate(CANARY, timeout=60)
    assert waits.returncode == 0, told
    return listed + told
