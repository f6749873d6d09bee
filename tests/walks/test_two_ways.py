"""weft.open and weft.connect: one suite over both; whatever one says, the other says."""

from __future__ import annotations

import re
import select
import signal
import socket
import subprocess
import sys
import threading
from decimal import Decimal

import pytest

import weft
from walks.terminal import ENVIRONMENT
from weft.errors import Denied, Invalid, Unavailable, Unknown

pytest.importorskip("uvicorn", reason="install the extra 'portal'")
IDA, BO, EVE = "ida@shop.example", "bo@shop.example", "eve@x.example"
ALL = "SELECT order_id, email, amount FROM shop.orders.orders ORDER BY order_id"
LONG = "SELECT n FROM (SELECT unnest(range({})) AS n)"


@pytest.fixture(scope="module")
def served(shop):
    """Address of the corner shop, served by a process of its own."""
    command = [sys.executable, "-m", "weft", "serve", str(shop), "--port", "0"]
    with subprocess.Popen(
        command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert select.select([server.stdout], [], [], 120)[0]
            yield re.search(r"http://\S+", server.stdout.readline())[0]
        finally:
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=60)


@pytest.fixture(params=["open", "connect"])
def mesh(request, shop, served):
    """`mesh(who)`: the corner shop, this way or that."""
    opened = []

    def opening(actor: str = IDA, **more: str) -> weft.Mesh:
        opened.append(
            weft.open(shop, actor=actor, **more)
            if request.param == "open"
            else weft.connect(served, actor=actor, **more)
        )
        return opened[-1]

    yield opening
    for one in opened:
        one.close()


def test_what_is_found_and_looked_at(mesh) -> None:
    ida, bo = mesh(), mesh(BO)
    assert [hit.name for hit in ida.search("ordrs", limit=2)] == ["shop.orders", "shop.orders.orders"]
    product = ida.product("shop.orders")
    assert (product.product.name, product.product.trust.complete.rows) == ("shop.orders", 2)
    assert [c.mask.mask for c in bo.table("shop.orders.orders").columns if c.mask] == ["null"]
    shown = bo.sample("shop.orders.orders", rows=1)
    assert (len(shown.rows), [c.name for c in shown.columns if c.mask]) == (1, ["email"])
    assert mesh(EVE).sample("shop.orders.orders").access.ask.id == IDA


def test_an_answer_in_all_its_forms(mesh) -> None:
    result = mesh().ask(ALL, purpose="reporting")
    assert repr(result) == "<weft.Result of order_id: int64, email: string, amount: decimal128(9, 2)>"
    assert result.to_pylist() == result.to_arrow().to_pylist()
    assert not result.to_arrow().schema.metadata
    assert result.to_pandas()["amount"].sum() == Decimal("200.50")
    assert result.to_polars()["order_id"].to_list() == [1, 2]
    (decision,) = mesh(BO).ask(ALL).decisions
    assert {name: mask.kind for name, mask in decision.masks.items()} == {"email": "null"}
    streamed = mesh().ask(LONG.format(300_000))
    assert sum(batch.num_rows for batch in streamed) == 300_000
    with pytest.raises(Invalid, match="were read before"):
        list(streamed)


@pytest.mark.parametrize(
    ("asking", "kind"),
    [
        (lambda m: m(EVE).ask(ALL), Denied),
        (lambda m: m().ask("SELEC"), Invalid),
        (lambda m: m().ask("SELECT * FROM shop.orders.nothing"), Unknown),
        (lambda m: m().product("shop.order"), Unknown),
        (lambda m: m().metric("nothing"), Unknown),
        (lambda m: m().board("nothing"), Unknown),
        (lambda m: m().ask(LONG.format(2_000_000)).to_arrow(), Unavailable),
        (
            lambda m: m().ask(
                "SELECT 1 / (n - 200000) AS x FROM (" + LONG.format(300_000) + ") WHERE x > 2 AND error('a') = ''"
            ),
            Invalid,
        ),
    ],
)
def test_errors_are_the_same(asking, kind, shop, served) -> None:
    said = []
    for opening in (
        lambda actor=IDA: weft.open(shop, actor=actor),
        lambda actor=IDA: weft.connect(served, actor=actor),
    ):
        with pytest.raises(weft.errors.WeftError) as raised:
            asking(opening)
        assert type(raised.value) is kind
        said.append(str(raised.value))
    assert said[0] == said[1]


def test_a_product_is_run_by_who_may(mesh) -> None:
    with pytest.raises(Denied, match=r"may not run shop\.orders"):
        mesh(EVE).run_now("shop.orders")
    done = mesh().run_now("shop.orders")
    assert (done.run.product, done.run.run, [t.table for t in done.tables]) == (
        "shop.orders",
        "succeeded",
        ["shop.orders.orders"],
    )


def test_answers_that_nobody_reads_hold_nothing_up(mesh) -> None:
    ida = mesh()
    for _ in range(5):
        ida.ask(LONG.format(900_000))
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(ida.ask(ALL).to_arrow().num_rows)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2] * 4


def test_a_closed_mesh_says_so(mesh) -> None:
    ida = mesh()
    ida.close()
    ida.close()
    for use in (lambda: ida.ask(ALL), lambda: ida.product("shop.orders")):
        with pytest.raises(Unavailable, match="this mesh was closed"):
            use()


def test_nobody_answers() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Unavailable) as silent:
        weft.connect(f"http://127.0.0.1:{port}", actor=IDA).product("shop.orders")
    assert str(silent.value) == (
        f"nobody answers at http://127.0.0.1:{port}: Connection refused\n  `weft serve DIR` serves a mesh."
    )
    with pytest.raises(Invalid, match="is no address of a mesh"):
        weft.connect("ftp://somewhere", actor=IDA)


@pytest.mark.parametrize("kind", ["shell", "python", "pandas", "duckdb", "curl"])
def test_a_snippet_that_is_copied_runs(kind, shop, served, tmp_path) -> None:
    """With the address where the mesh is served."""
    from weft.flow.views.product import product
    from weft.flow.views.viewer import Viewer
    from weft.mesh import open_world

    world = open_world(shop)
    try:
        told = product(world, Viewer(actor=IDA, purpose="reporting"), "shop.orders", address=served).snippets
    finally:
        world.close()
    text = next(one.text for one in told if one.kind == kind)
    if kind == "shell":
        text = text.replace("weft ask", f"{sys.executable} -m weft ask --mesh {shop}")
    command = [sys.executable, "-c", text] if kind not in ("shell", "curl") else ["sh", "-c", text]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, cwd=tmp_path, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert "order_id" in done.stdout and ("kim@home.example" in done.stdout or kind == "duckdb")


def test_the_snippet_of_sql_runs(mesh) -> None:
    sql = next(one.text for one in mesh().product("shop.orders").snippets if one.kind == "sql")
    assert mesh().ask(sql).to_arrow().num_rows == 2


def test_an_answer_that_breaks_off_says_so() -> None:
    """Whoever serves is gone in the middle."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def half() -> None:
            connection, _ = server.accept()
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n\xff\xff\xff\xff")
            connection.close()

        serving = threading.Thread(target=half)
        serving.start()
        with pytest.raises(weft.errors.Broken, match="broke off before its end"):
            weft.connect(f"http://127.0.0.1:{server.getsockname()[1]}", actor=IDA).ask(ALL)
        serving.join()
