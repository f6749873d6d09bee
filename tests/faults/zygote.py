"""Gives birth to processes that are ready at once, so that many can be killed in little time.

Started as `python zygote.py`. It imports everything and opens nothing (an engine or a store in use does not survive a
fork). Told what to do, it forks a child that does it, and answers with the child's id; told to wait for a child, it answers
with how that ended.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import signal
import sys
import traceback
from types import SimpleNamespace

_LAZY = (
    "adbc_driver_sqlite.dbapi",
    "alembic.command",
    "deltalake",
    "duckdb",
    "pyarrow.parquet",
    "sqlalchemy.dialects.sqlite",
    "sqlglot.dialects.duckdb",
    "sqlglot.optimizer.qualify",
    "yaml",
)


def warm() -> None:
    """Import what a run imports, and compile the rules that every contract is held against."""
    import weft

    names = [found.name for found in pkgutil.walk_packages(weft.__path__, "weft.")]
    for name in (*names, *_LAZY):
        if not name.endswith("__main__") and ".migrations" not in name:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    sys.modules["weft.spec.eras"].rules_of("v3.1.0")


class Traced(str):
    """The name of the wanted failpoint, as one that writes down which are passed and never is one of them."""

    __slots__ = ()
    seen: list[str] = []

    def __eq__(self, other: object) -> bool:
        self.seen.append(str(other))
        return False

    __hash__ = str.__hash__


def arm(wanted: str) -> None:
    """As the environment would: `name[:nth]`; a star writes down all that are passed.

    With `stop ` before it the process does not die there, it sleeps until it is told to go on.
    """
    module = sys.modules["weft.seams.failpoint"]
    if wanted.startswith("stop "):
        module.signal = SimpleNamespace(SIGKILL=signal.SIGSTOP)
        wanted = wanted.removeprefix("stop ")
    name, _, nth = wanted.partition(":")
    module._WANTED = Traced("*") if name == "*" else name
    module._left = int(nth or 1)


def child(order: dict[str, object]) -> None:
    """Do what was ordered, write down what came of it, end."""
    code = 1
    with open(str(order["log"]), "a", buffering=1) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            from faults import script

            script.small()
            arm(str(order.get("failpoint", "")))
            out = getattr(script, str(order["call"]))(**order["arguments"])
            out["passed"] = Traced.seen
            with open(str(order["out"]), "w") as file:
                json.dump(out, file)
            code = 0
        except BaseException:
            traceback.print_exc()
    os._exit(code)


def main() -> None:
    """Serve until the other side closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm()
    print(json.dumps({"ready": os.getpid()}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            pid, status, usage = os.wait4(order["wait"], 0)
            told = {"code": os.waitstatus_to_exitcode(status), "cpu": usage.ru_utime + usage.ru_stime}
        else:
            pid = os.fork()
            if not pid:
                child(order)
            told = {}
        print(json.dumps({"pid": pid, **told}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
