"""The command line as people and programs meet it: help, JSON, exit codes, completion, pipes and terminals."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from walks.terminal import ENVIRONMENT, shell, terminal, weft

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = "shop.orders.orders"
NO_MESH = """Invalid: no mesh.yaml in '.' or above it
  Name the mesh's folder with --mesh, or make a new one: weft init DIR.
"""
REFUSED = """Unavailable: the system refused 'copy/mesh.yaml': Is a directory
  Mend that and try again; what was committed stays.
"""
HEAVY = ("duckdb", "pyarrow", "deltalake", "sqlalchemy", "alembic", "pydantic", "sqlglot", "jsonschema", "yaml", "rich")


def test_help_imports_nothing_heavy() -> None:
    program = "import sys, weft.cli; print([m for m in sys.argv[1:] if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program, *HEAVY], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_says_what_there_is_and_how_commands_end(tmp_path: Path) -> None:
    from weft.cli import COMMANDS, ENDS

    done = shell(tmp_path, "weft --help", COLUMNS="80")
    lines = [line.split() for line in done.out.splitlines()]
    assert (done.code, done.err) == (0, "")
    listed = [words[0] for words in lines[[*map(" ".join, lines)].index("Commands:") + 1 :] if words]
    assert listed[: len(COMMANDS)] == list(COMMANDS)
    assert all([str(code), *what.split()] in lines for code, what in ENDS.items())
    assert max(len(line) for line in done.out.splitlines()) <= 80
    assert done.out.count("...") == 1, "a summary is cut; only the usage line ends so"


def test_every_command_has_help_with_an_example(tmp_path: Path) -> None:
    from weft.cli import COMMANDS

    inner = {
        "connector": ["form", "import", "list", "new", "show", "test"],
        "dark": ["ask", "answer", "adopt", "retire"],
        "new": ["product", "dbt"],
        "policy": ["test"],
        "quality": ["show", "rows", "import", "export"],
        "registry": ["migrate"],
        "secret": ["list", "rm", "rotate", "set"],
        "source": ["test", "discover", "login", "preview"],
    }
    for words in [[c, *i] for c in COMMANDS for i in ([[n] for n in inner[c]] if c in inner else [[]])]:
        done = weft(tmp_path, *words, "--help")
        assert done.code == 0
        assert f"Example: weft {words[0]}" in done.out, words
        assert "--json" in done.out or words == ["serve"], words


def test_version(tmp_path: Path) -> None:
    from importlib.metadata import version

    done = shell(tmp_path, "weft --version; python -m weft --version")
    assert done.out == f"weft {version('weft')}\n" * 2


def test_init_makes_a_mesh_that_runs(tmp_path: Path) -> None:
    assert weft(tmp_path, "init", "mine").out.splitlines()[-2:] == [
        "Next:  cd mine  &&  weft apply --yes  &&  weft run",
        'Then:  weft ask "SELECT * FROM sales.orders.orders" --as bo@example.com',
    ]
    mine = tmp_path / "mine"
    assert weft(mine, "check").out == "everything is in order\n"
    assert weft(mine, "apply", "--yes").code == 0
    assert weft(mine, "run").code == 0
    asked = weft(mine, "ask", "SELECT count(*) AS n FROM sales.orders.orders", "--as", "bo@example.com", "--json")
    assert asked.json() == [{"n": 3}]
    again = weft(tmp_path, "init", "mine")
    assert (again.code, again.err) == (2, "Invalid: 'mine' is not empty\n  Name a new or empty folder.\n")


def test_the_mesh_is_found_from_below_and_by_name(shop: Path, tmp_path: Path) -> None:
    wanted = weft(shop, "search", "orders").out
    assert weft(shop / "domains/shop", "search", "orders").out == wanted
    assert weft(tmp_path, "search", "orders", "--mesh", str(shop)).out == wanted
    assert weft(tmp_path, "search", "orders", WEFT_MESH=str(shop)).out == wanted
    lost = weft(tmp_path, "search", "orders")
    assert (lost.code, lost.err) == (
        2,
        NO_MESH,
    )


PROGRAMS = {
    "check": (["check"], []),
    "plan": (["plan"], {"prefix": "", "refused": False, "changes": [], "problems": []}),
    "apply": (
        ["apply", "--yes"],
        {"applied": 0, "pruned": [], "prefix": "", "refused": False, "changes": [], "problems": []},
    ),
    "ask": (["ask", f"SELECT max(order_id) AS n FROM {ORDERS}"], [{"n": 2}]),
    "hold": (["hold"], []),
    "doctor": (["doctor"], {"healthy": True, "compacted": [], "found": []}),
    "source test": (["source", "test", "till"], {"source": "till", "ok": True}),
}
KEYS = {
    "export": (["export"], {"path", "kind", "id", "digest"}),
    "run": (["run"], {"id", "product", "started", "finished", "state", "tables", "error"}),
    "search": (["search", "orders"], {"kind", "name", "title", "description", "score", "found"}),
    "lineage": (["lineage", ORDERS], {"from", "to", "how"}),
    "events": (["events"], {"sequence", "at", "type", "actor", "subject", "data", "id", "hash"}),
    "source discover": (["source", "discover", "till"], {"name", "kind", "key", "columns", "comment", "rows", "bytes"}),
    "source preview": (["source", "preview", "till", "orders"], {"order_id", "day", "email", "amount"}),
}
OBJECTS = {
    "show": (["show"], {"products"}),
    "show product": (["show", "shop.orders"], {"product", "owner", "reads", "read by", "last run", "tables"}),
    "show table": (["show", ORDERS, "--sample", "1"], {"table", "columns", "rules", "rows", "key", "sample"}),
    "why": (["why", ORDERS], {"actor", "table", "allowed", "reasons", "masks", "filters", "columns"}),
    "quarantine": (["quarantine", ORDERS], {"waiting", "rows"}),
}


@pytest.mark.parametrize("case", PROGRAMS)
def test_json_is_stable(shop: Path, case: str) -> None:
    arguments, wanted = PROGRAMS[case]
    done = weft(shop, *arguments, "--json")
    assert (done.code, done.err, done.json()) == (0, "", wanted)


@pytest.mark.parametrize("case", KEYS)
def test_json_lists_objects_of_known_keys(shop: Path, case: str) -> None:
    arguments, keys = KEYS[case]
    done = weft(shop, *arguments, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json() and all(set(one) == keys for one in done.json())


@pytest.mark.parametrize("case", OBJECTS)
def test_json_objects_have_known_keys(shop: Path, case: str) -> None:
    arguments, keys = OBJECTS[case]
    done = weft(shop, *arguments, "--json")
    assert (done.code, done.err) == (0, "")
    assert keys <= set(done.json())


def test_json_of_commands_that_change_something(own_shop: Path) -> None:
    rows = "order_id,day,email,amount\n4,2026-01-06,,7.00\n5,2026-01-06,,8.00\n"
    (own_shop / "data/orders/tuesday.csv").write_text(rows)
    (run, _) = weft(own_shop, "run", "--json").json()
    assert (run["product"], run["state"], run["tables"][0]["rows"]) == ("shop.orders", "held", 2)
    (held,) = weft(own_shop, "hold", "--json").json()
    assert (held["table"], held["rows"], held["told"]) == (ORDERS, 4, ["bo@shop.example", "ida@shop.example"])
    assert weft(own_shop, "hold", ORDERS, "--discard", "--json").json() == {"discarded": ORDERS}
    assert weft(own_shop, "run", "shop.orders", "--json").code == 0
    forced = weft(own_shop, "publish", ORDERS, "--reason", "known", "--json").json()
    assert (forced["forced"], forced["held"]) == ("known", False)
    replayed = weft(own_shop, "quarantine", ORDERS, "--replay", "--json").json()
    assert (replayed["table"], replayed["landed"], replayed["left"]) == (ORDERS, 0, 1)
    made = weft(own_shop, "new", "product", "shop.raw", "--from", "till.orders", "--json").json()
    assert made["files"][0] == "domains/shop/raw/product.odps.yaml" and made["evidence"]
    copied = weft(own_shop, "export", "--to", "copy", "--json").json()
    assert all((own_shop / "copy" / d["path"]).is_file() for d in copied)
    started = weft(own_shop, "init", "other", "--json").json()
    assert "mesh.yaml" in started["files"]


ENDINGS = {
    "done": ("weft check", 0),
    "problems": ("weft check bad", 1),
    "failed run": ("mv data gone && weft run shop.orders", 1),
    "no such command": ("weft nosuch", 2),
    "wrong option": ("weft run --nosuch", 2),
    "invalid": ("weft ask 'SELECT 1; SELECT 2'", 2),
    "denied": (f"weft ask 'SELECT * FROM {ORDERS}' --as eve@elsewhere.example", 3),
    "broken": ("for f in .weft/tables/shop/orders/orders/v1/table/*.parquet; do rm $f; done; weft doctor", 4),
    "unavailable": (f"rm -rf .weft; weft apply --yes; weft ask 'FROM {ORDERS}'", 5),
}


@pytest.mark.usefixtures("warm_shell")
@pytest.mark.parametrize("case", ENDINGS)
def test_exit_codes_hold(own_shop: Path, case: str) -> None:
    (own_shop / "bad").mkdir()
    (own_shop / "bad/mesh.yaml").write_text("kind: Mesh\n")
    command, code = ENDINGS[case]
    done = shell(own_shop, command)
    assert done.code == code, done
    assert "Traceback" not in done.out + done.err


def test_a_fault_names_its_place_and_no_value(own_shop: Path) -> None:
    program = (
        "import sys; from weft.cli import main; import weft.flow.check as c\n"
        "def fail(*a): raise ValueError('kim@home.example')\n"
        "c.check = fail; sys.argv = ['weft', 'check', *sys.argv[1:]]; main()"
    )
    (own_shop / "fail.py").write_text(program)
    done = shell(own_shop, "python fail.py")
    assert done.code == 70
    assert done.err.startswith("Fault: weft itself failed: ValueError in cli/check.py, line ")
    assert "kim@home" not in done.err
    assert json.loads(shell(own_shop, "python fail.py --json").err)["error"] == "Fault"
    assert "kim@home" in shell(own_shop, "WEFT_DEBUG=1 python fail.py").err


def test_what_the_system_refuses_is_no_fault(own_shop: Path) -> None:
    (own_shop / "copy/mesh.yaml").mkdir(parents=True)
    done = weft(own_shop, "export", "mesh.yaml", "--to", "copy")
    assert (done.code, done.err) == (
        5,
        REFUSED,
    )
    (own_shop / "file").write_text("")
    done = weft(own_shop, "export", "--to", "file")
    assert (done.code, done.err) == (2, "Invalid: 'file' is a file\n  Name a folder for the documents.\n")


def test_errors_are_json_too(shop: Path) -> None:
    done = weft(shop, "ask", "SELECT 1; SELECT 2", "--json")
    told = json.loads(done.err)
    assert (done.code, done.out, told["error"], set(told)) == (
        2,
        "",
        "Invalid",
        {"error", "message", "hint", "problems"},
    )


def test_who_is_refused_without_a_name_is_told_how_to_name_one(shop: Path) -> None:
    done = weft(shop, "ask", f"FROM {ORDERS}", WEFT_USER="root")
    assert "You asked as this machine's user, 'root'; name a person of the mesh with --as or WEFT_AS." in done.err
    assert "You asked" not in weft(shop, "ask", f"FROM {ORDERS}", "--as", "eve@elsewhere.example").err
    assert weft(shop, "ask", f"FROM {ORDERS}", WEFT_USER="root", WEFT_AS="bo@shop.example").code == 0


def test_sql_comes_from_standard_input_too(shop: Path) -> None:
    done = weft(shop, "ask", "-", "--json", given=f"SELECT count(*) AS n FROM {ORDERS}\n")
    assert done.json() == [{"n": 2}]


@pytest.mark.usefixtures("warm_shell")
def test_a_broken_pipe_is_quiet(own_shop: Path) -> None:
    path = own_shop / "data/orders/many.csv"
    path.write_text(
        "order_id,day,email,amount\n" + "".join(f"{n},2026-01-07,a@b.example,1\n" for n in range(10, 60_010))
    )
    assert weft(own_shop, "run", "shop.orders").code == 0
    for form in ("table", "csv", "json"):
        done = shell(own_shop, f"weft ask 'FROM {ORDERS}' --format {form} | head -n 2; echo ${{PIPESTATUS[0]}}")
        assert (done.err, done.out.splitlines()[-1]) == ("", "0"), form


@pytest.mark.usefixtures("warm_shell")
def test_a_terminal_gets_a_table_that_fits(own_shop: Path) -> None:
    done = terminal(own_shop, "show", columns=72)
    assert done.code == 0
    assert max(len(line) for line in done.out.splitlines()) <= 72
    assert "\x1b" not in done.out, "TERM=dumb gets no colours"
    narrow = terminal(own_shop, "show", "shop.orders", columns=40, TERM="xterm", NO_COLOR="1")
    assert max(len(line) for line in narrow.out.splitlines()) <= 40
    assert "\x1b" not in narrow.out


@pytest.mark.usefixtures("warm_shell")
def test_a_terminal_is_asked_before_anything_is_applied(new_shop: Path) -> None:
    said_no = terminal(new_shop, "apply", typed="n\n")
    assert (said_no.code, "Apply? [y/N]" in said_no.out, "Aborted!" in said_no.out) == (1, True, True)
    assert weft(new_shop, "plan").out.splitlines()[-1] == "11 changes: 11 to add"
    assert terminal(new_shop, "apply", typed="y\n").out.endswith("applied 11 changes\n")


@pytest.mark.usefixtures("warm_shell")
def test_a_terminal_sees_progress_and_a_pipe_does_not(new_shop: Path) -> None:
    weft(new_shop, "apply", "--yes")
    seen = terminal(new_shop, "run", TERM="xterm")
    assert "products" in seen.out and "\x1b[" in seen.out
    assert "shop.orders: succeeded" in seen.out
    assert weft(new_shop, "run", "--full-refresh").err == ""


@pytest.mark.usefixtures("warm_shell")
def test_binary_does_not_go_to_a_terminal(shop: Path) -> None:
    done = terminal(shop, "ask", f"FROM {ORDERS}", "--format", "parquet")
    says = "Invalid: parquet is binary\n  Name a file with --output, or send it through a pipe.\n"
    assert (done.code, done.out) == (2, says)


def test_ctrl_c_stops_calmly(own_shop: Path) -> None:
    process = subprocess.Popen(
        ["weft", "ask", "-"],
        cwd=own_shop,
        env={**ENVIRONMENT, "HOME": str(own_shop)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(1.0)  # it waits for its SQL
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (out, err) == ("", "stopped; what was committed stays, the next run goes on from there\n")


def test_the_journal_is_asked_by_type_and_about(shop: Path) -> None:
    (one,) = weft(shop, "events", ORDERS, "--type", "publication.published", "--json").json()
    assert one["subject"] == f"{ORDERS}@1"
    assert weft(shop, "events", "mesh.yaml", "--json").json()[0]["type"] == "document.applied"
    wrong = weft(shop, "events", "--type", "nosuch")
    assert wrong.code == 2 and wrong.err.startswith(
        "Invalid: there is no type of event 'nosuch'\n  There are: document."
    )


def test_check_judges_a_part_with_everything_around_it(own_shop: Path) -> None:
    contract = own_shop / "domains/shop/orders/orders.odcs.yaml"
    assert weft(own_shop, "check", str(contract.relative_to(own_shop))).out == "everything is in order\n"
    (own_shop / "domains/board/domain.yaml").write_text(
        "apiVersion: weft/v1\nkind: Domain\nname: board\nowner: nobody@shop.example\n"
    )
    assert weft(own_shop, "check", "domains/shop").code == 0
    part = weft(own_shop, "check", "domains/board")
    assert part.code == 1 and part.out.startswith("domains/board/domain.yaml:4:1: error: ")
    assert weft(own_shop, "check", "domains/board/domain.yaml").out == part.out


@pytest.mark.parametrize("kind", ["bash", "zsh", "fish"])
def test_completion_is_installed_and_shown(tmp_path: Path, kind: str) -> None:
    if not shutil.which(kind):
        shown = shell(tmp_path, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION=1 weft --show-completion " + kind)
    else:
        shown = shell(tmp_path, f"{kind} -c 'weft --show-completion; true'")
    assert shown.code == 0, shown
    assert "_WEFT_COMPLETE" in shown.out
    installed = shell(tmp_path, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION=1 weft --install-completion " + kind)
    assert (installed.code, f"{kind} completion installed in" in installed.out) == (0, True)


COMPLETED = {
    "weft pu": ["publish"],
    "weft why shop.": [ORDERS],
    "weft show b": ["board.daily", "board.daily.turnover"],
    "weft run sho": ["shop.orders"],
    "weft source test ": ["shop.till"],
    "weft ask x --as b": ["bo@shop.example"],
    "weft events --type run.": ["run.started", "run.finished"],
    "weft ask x --format p": ["parquet"],
}


@pytest.mark.usefixtures("warm_shell")
@pytest.mark.parametrize("line", COMPLETED)
def test_names_are_completed(shop: Path, line: str) -> None:
    words = len(line.split(" ")) - 1
    done = shell(shop, f"_WEFT_COMPLETE=complete_bash COMP_WORDS='{line}' COMP_CWORD={words} weft")
    assert (done.err, done.out.split()) == ("", COMPLETED[line])


def test_completion_outside_of_a_mesh_is_silent(tmp_path: Path) -> None:
    done = shell(tmp_path, "_WEFT_COMPLETE=complete_bash COMP_WORDS='weft why s' COMP_CWORD=2 weft")
    assert (done.out.strip(), done.err) == ("", "")


def test_demo_makes_its_folder_anew_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("do not delete")
    done = weft(tmp_path, "demo", "--dir", "mine", "--no-serve")
    assert (done.code, done.err) == (
        2,
        "Invalid: 'mine' is there and the demo did not make it\n  Name an empty or a new folder: weft demo --dir DIR.\n",
    )
    assert (tmp_path / "mine/notes.txt").read_text() == "do not delete"


def test_ctrl_c_stops_a_run_at_once_and_the_next_goes_on(own_shop: Path) -> None:
    (own_shop / "data/many.csv").write_text("a,b\n" + "1,2\n" * 10)
    process = subprocess.Popen(
        ["weft", "run", "--full-refresh"],
        cwd=own_shop,
        env={**ENVIRONMENT, "HOME": str(own_shop)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(0.7)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode in {0, 130}, err
    assert weft(own_shop, "run").code == 0
    assert weft(own_shop, "doctor").code == 0
