"""weft.open: in a plain script without a main guard, in a notebook, from threads."""

from __future__ import annotations

import subprocess
import sys
import threading
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

import weft
from walks.terminal import ENVIRONMENT
from weft.errors import Denied, Invalid, Unavailable

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = "shop.orders.orders"
ALL = f"SELECT order_id, email, amount FROM {ORDERS} ORDER BY order_id"
SCRIPT = f"""
import sys
import weft

mesh = weft.open(sys.argv[1], actor="bo@shop.example")
print(mesh)
print([hit.name for hit in mesh.search("ordrs", limit=2)])
print(mesh.product("shop.orders").product.purpose)
print([(one.product, one.state) for one in mesh.run()])
result = mesh.ask("{ALL}", purpose="reporting")
print(result)
print(result.to_arrow().num_rows, len(result.to_pandas()), len(result.to_polars()), result.to_pylist()[0])
print([f"{{d.table}}: {{sorted(d.masks)}}" for d in result.decisions])
"""
SAID = """<weft.Mesh corner-shop as bo@shop.example>
['shop.orders', 'shop.orders.orders']
Every order of the shop.
[('shop.orders', 'succeeded'), ('board.daily', 'succeeded')]
<weft.Result of order_id: int64, email: string, amount: decimal128(9, 2)>
2 2 2 {'order_id': 1, 'email': None, 'amount': Decimal('120.50')}
["shop.orders.orders: ['email']"]
"""
NOTEBOOK = f"""
import asyncio, sys, weft

CELLS = [
    "mesh = weft.open(sys.argv[1], actor='ida@shop.example')",
    "frame = mesh.ask('{ALL}').to_pandas()",
    "frame",
    "mesh.ask('{ALL}').to_polars().shape",
    "both = await asyncio.gather(*(asyncio.to_thread(lambda: mesh.ask('{ALL}').to_arrow().num_rows) for _ in range(4)))",
    "both",
]

async def main():
    # As a notebook's kernel does it: one cell after the other in one namespace, inside of a running event loop.
    import ast, inspect
    names = {{"weft": weft, "sys": sys, "asyncio": asyncio}}
    for cell in CELLS:
        tree = ast.parse(cell)
        last = tree.body[-1]
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval", flags=flags), names)
            print(repr(value).splitlines()[-1])
        else:
            done = eval(compile(tree, "cell", "exec", flags=flags), names)
            if inspect.isawaitable(done):
                await done

asyncio.run(main())
"""


def python(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "script.py").write_text(program)
    return subprocess.run(
        [sys.executable, "-W", "error", "script.py", *arguments],
        cwd=folder,
        env={**ENVIRONMENT, "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )


def test_a_plain_script_without_a_main_guard_that_closes_nothing(shop: Path, tmp_path: Path) -> None:
    done = python(tmp_path, SCRIPT, str(shop))
    assert (done.returncode, done.stderr, done.stdout) == (0, "", SAID)


def test_a_program_on_standard_input(shop: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-", str(shop)],
        input=SCRIPT,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=300,
        cwd=shop,
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", SAID)


def test_a_notebook(shop: Path, tmp_path: Path) -> None:
    done = python(tmp_path, NOTEBOOK, str(shop))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["1         2  lee@home.example   80.00", "(2, 3)", "[2, 2, 2, 2]"]


def test_an_error_in_a_script_is_one_of_four(shop: Path, tmp_path: Path) -> None:
    done = python(
        tmp_path, f"import sys, weft\nweft.open(sys.argv[1], actor='eve@x.example').ask('FROM {ORDERS}')", str(shop)
    )
    assert done.returncode == 1
    assert "weft.errors.Denied: eve@x.example may not read shop.orders.orders" in done.stderr


def test_a_result_gives_the_same_as_often_as_one_likes(shop: Path) -> None:
    with weft.open(shop, actor="ida@shop.example") as mesh:
        result = mesh.ask(ALL)
        assert result.to_pylist() == result.to_arrow().to_pylist()
        assert result.to_pandas()["amount"].sum() == Decimal("200.50")
        assert result.to_polars()["order_id"].to_list() == [1, 2]
        assert sum(batch.num_rows for batch in result) == 2
        streamed = mesh.ask(ALL)
        assert sum(batch.num_rows for batch in streamed) == 2
        with pytest.raises(Invalid) as again:
            list(streamed)
        assert str(again.value) == (
            "the rows of this answer were read before and are not kept\n"
            "  Ask again, or take them as a whole: to_arrow() keeps them."
        )


def test_answers_that_nobody_reads_hold_nothing_up(shop: Path) -> None:
    with weft.open(shop, actor="ida@shop.example") as mesh:
        for _ in range(6):
            mesh.ask(ALL)
        assert mesh.ask(ALL).to_arrow().num_rows == 2


def test_threads_share_a_mesh(shop: Path) -> None:
    found: list[int] = []
    with weft.open(shop, actor="ida@shop.example") as mesh:
        threads = [threading.Thread(target=lambda: found.append(mesh.ask(ALL).to_arrow().num_rows)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [2] * 6


def test_who_asks(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEFT_AS", "bo@shop.example")
    with weft.open(shop) as mesh:
        assert mesh.ask(ALL).to_pylist()[0]["email"] is None
        assert mesh.ask(ALL, actor="ida@shop.example").to_pylist()[0]["email"] == "kim@home.example"
        with pytest.raises(Denied):
            mesh.ask(ALL, actor="eve@x.example")


def test_a_missing_library_is_named(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with weft.open(shop, actor="ida@shop.example") as mesh:
        monkeypatch.setitem(sys.modules, "polars", None)
        with pytest.raises(Unavailable) as missing:
            mesh.ask(ALL).to_polars()
    assert str(missing.value) == "polars is not installed\n  pip install 'weft[polars]'"


def test_a_folder_without_a_mesh(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"there is no mesh\.yaml in"):
        weft.open(tmp_path)


def test_a_mesh_that_is_closed_says_so(shop: Path) -> None:
    mesh = weft.open(shop, actor="ida@shop.example")
    mesh.close()
    mesh.close()
    with pytest.raises(Unavailable) as closed:
        mesh.ask(ALL)
    assert str(closed.value) == "this mesh was closed\n  Open it again: weft.open(...)."


def test_apply_and_run_in_python(new_shop: Path) -> None:
    with weft.open(new_shop, actor="ida@shop.example") as mesh:
        assert (mesh.apply(), mesh.apply()) == (11, 0)
        assert [one.state for one in mesh.run()] == ["succeeded", "succeeded"]
        assert [one.product for one in mesh.run("shop.orders", full_refresh=True)] == ["shop.orders"]
        assert mesh.ask(ALL).to_arrow().num_rows == 2
