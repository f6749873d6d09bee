"""`weft serve` as a process: its address, its first page, its end."""

from __future__ import annotations

import re
import select
import signal
import socket
import subprocess
import sys
import time
from threading import Event, Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from walks.terminal import ENVIRONMENT, weft
from weft.errors import Unknown
from weft.flow.ask import ask
from weft.flow.views.home import home
from weft.flow.views.viewer import Viewer
from weft.mesh import open_world

pytest.importorskip("uvicorn", reason="install the extra 'portal'")
from weft.serve import Served
from weft.serve.follow import follow


def test_serves_on_loopback_until_it_is_told_to_stop(shop):
    command = [sys.executable, "-m", "weft", "serve", str(shop), "--port", "0", "--as", "bo@shop.example"]
    with subprocess.Popen(
        command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert select.select([server.stdout], [], [], 60)[0]
            line = server.stdout.readline()
            address = re.fullmatch(
                r"corner-shop is served at (http://127\.0\.0\.1:\d+/)   \(Ctrl-C stops it\)\n", line
            )[1]
            with urlopen(address + "me", timeout=60) as page:
                assert page.status == 200 and "Bo" in page.read().decode()
            with pytest.raises(HTTPError) as refused:
                urlopen(Request(address + "me", headers={"Host": "shop.example"}), timeout=60)
            with refused.value:  # an error is an answer, and an answer has a socket
                assert refused.value.code == 403
            port = address.rsplit(":", 1)[1].strip("/")
            taken = weft(shop, "serve", "--port", port)
            assert taken.code == 5 and f"port {port} is taken" in taken.err
        finally:
            server.send_signal(signal.SIGINT)
            out, err = server.communicate(timeout=30)
    assert (server.returncode, out, err) == (0, "stopped\n", "")
    with socket.socket() as again, pytest.raises(ConnectionRefusedError):
        again.connect(("127.0.0.1", int(port)))


def test_other_addresses_are_refused(shop):
    for host in ("0.0.0.0", "192.168.0.7"):
        refused = weft(shop, "serve", "--host", host)
        assert refused.code == 2 and "nobody logs in yet" in refused.err


def test_pages_leave_the_folding_to_the_server(shop):
    world, bo, stop = open_world(shop), Viewer(actor="bo@shop.example"), Event()

    def behind_after_a_question() -> int:
        with pytest.raises(Unknown):
            ask(world, "SELECT 1 FROM no.such.thing", bo.actor)
        return home(world, bo).behind

    server = Thread(target=follow, args=(world, stop))
    try:
        assert behind_after_a_question() == 0, "without a server each look folds for itself"
        server.start()
        assert behind_after_a_question() == 1
        until = time.monotonic() + 30
        while home(world, bo).behind and time.monotonic() < until:
            time.sleep(0.05)
        assert home(world, bo).behind == 0
    finally:
        stop.set()
        server.join()
        assert behind_after_a_question() == 0
        world.close()


ENDLESS = """
import os, signal, sys, threading
from pathlib import Path
import duckdb
from weft.mesh import open_world
from weft.serve import Served, serve
from weft.web import Site

def work():
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    con.execute("SELECT sum(a.range) FROM range(1000000000) a, range(1000) b")

def ready():
    Site(world, "").begin(work)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()

world = open_world(Path(sys.argv[1]))
serve(world, Served("127.0.0.1", 0), ready=ready)
world.close()
"""


def test_a_long_work_does_not_keep_the_server_from_stopping(own_shop):
    done = subprocess.run(
        [sys.executable, "-c", ENDLESS, own_shop],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_answer_does_not_wait_for_the_receipt_of_its_headers() -> None:
    served = Served("127.0.0.1", 0)
    try:
        assert served.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
    finally:
        served.socket.close()
