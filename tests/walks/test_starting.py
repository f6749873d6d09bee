"""A command loads what it needs, and its process ends as it should."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from walks.terminal import ENVIRONMENT, shell, weft

ORDERS = "shop.orders.orders"
_STEPS = (
    ("--version", ("pyarrow", "sqlalchemy", "weft.cli.run", "weft.cli.serve", "weft.model", "yaml")),
    (f"show {ORDERS}", ("deltalake", "duckdb", "numpy", "pyarrow", "weft.cli.run", "weft.connectors.files")),
    ("plan", ("deltalake", "numpy", "pyarrow", "weft.connectors.rest", "weft.stores.table")),
    ("run", ("sqlalchemy.dialects.postgresql", "urllib3", "weft.connectors.rest")),
    (
        f"ask 'SELECT count(*) FROM {ORDERS}' --as bo@shop.example",
        ("alembic", "fastapi", "jinja2", "jsonschema", "pandas", "polars", "rich", "sqlalchemy.orm", "weft.demo"),
    ),
)
"""Commands in one process, one after the other, and what nobody has needed by then."""


def test_a_command_imports_what_it_needs_and_no_more(new_shop: Path) -> None:
    assert weft(new_shop, "apply", "--yes").code == 0
    steps = [(shlex.split(words), heavy) for words, heavy in _STEPS]
    program = (
        "import sys; from weft.cli import main\n"
        f"for words, heavy in {steps}:\n"
        "    sys.argv = ['weft', *words]\n"
        "    try: main()\n"
        "    except SystemExit as end: print(words[0], end.code, [m for m in heavy if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=new_shop, capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    assert done.stderr.splitlines() == [f"{words[0]} 0 []" for words, _ in steps]


def test_what_waits_for_the_end_of_a_command_is_done(tmp_path: Path) -> None:
    program = (
        "import atexit, sys, threading, time; from weft.cli import process\n"
        "atexit.register(print, 'at the end')\n"
        "threading.Thread(target=lambda: (time.sleep(0.3), print('a thread'))).start()\n"
        "sys.argv = ['weft', *sys.argv[1:]]; process()"
    )
    (tmp_path / "end.py").write_text(program)
    version, *rest = shell(tmp_path, "python end.py --version").out.splitlines()
    assert (version.split()[0], rest) == ("weft", ["a thread", "at the end"])
    assert shell(tmp_path, "python end.py nothing").code == 2
    assert shell(tmp_path, "weft --help | true; weft --help >&-").err == ""
    if Path("/dev/full").exists():
        full = shell(tmp_path, "weft --help > /dev/full")
        assert (full.code, full.err.partition(":")[0]) == (5, "Unavailable")
