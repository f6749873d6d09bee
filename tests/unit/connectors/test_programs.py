"""Programs of others as sources: what they say becomes batches, and nothing of them stays behind."""

from __future__ import annotations

import os
import stat
import sys
import textwrap
import time
from contextlib import closing, suppress

import pytest

from weft.connectors.airbyte import Airbyte
from weft.connectors.programs import gathering
from weft.connectors.programs.program import ProgramStream
from weft.connectors.singer import Singer
from weft.errors import Broken, Invalid, Unavailable
from weft.seams import Window

# An Airbyte source of one incremental and one plain stream; `mode` says how it behaves.
SOURCE = """
    import json, os, subprocess, sys, time
    def say(**message): print(json.dumps(message), flush=True)
    def given(name): return json.load(open(sys.argv[sys.argv.index(name) + 1])) if name in sys.argv else None
    config = given("--config"); mode = config.get("mode")
    path = sys.argv[sys.argv.index("--config") + 1]
    if sys.argv[1] == "check":
        say(type="CONNECTION_STATUS", connectionStatus={"status": "FAILED" if mode == "wrong" else "SUCCEEDED", "message": f"no {config['token']}"})
    if sys.argv[1] == "discover":
        print("a remark that is no message")
        columns = {"id": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}}
        say(type="CATALOG", catalog={"streams": [
            {"name": "orders", "json_schema": {"properties": columns}, "supported_sync_modes": ["full_refresh", "incremental"], "source_defined_cursor": True, "source_defined_primary_key": [["id"]]},
            {"name": "plain", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}]})
    if sys.argv[1] == "read":
        (chosen,) = given("--catalog")["streams"]
        name = chosen["stream"]["name"]
        start = (given("--state") or [{"stream": {"stream_state": {"n": 0}}}])[0]["stream"]["stream_state"]["n"]
        if mode == "silent":
            child = subprocess.Popen(["sleep", "1000"])
            open(config["out"], "w").write(str(child.pid)); time.sleep(1000)
        if mode == "show":
            seen = {"mode": oct(os.stat(path).st_mode & 0o777), "argv": " ".join(sys.argv), "env": sorted(os.environ), "token": config["token"], "sync": chosen["sync_mode"]}
            say(type="RECORD", record={"stream": name, "data": seen})
        for n in range(start, config.get("until", 6)):
            value = n if n < 5 else "five"
            say(type="RECORD", record={"stream": name, "data": {"id": n, "value": value}, "emitted_at": 1})
            say(type="RECORD", record={"stream": "other", "data": {}, "emitted_at": 1})
            if mode == "breaks" and n == 3:
                say(type="TRACE", trace={"type": "ERROR", "error": {"message": f"lost with {config['token']}", "failure_type": "transient_error"}})
                sys.exit(1)
            if n % 2 and mode != "mute":
                say(type="STATE", state={"type": "STREAM", "stream": {"stream_descriptor": {"name": name}, "stream_state": {"n": n + 1}}})
        if mode == "dies":
            sys.stderr.write(f"Traceback:\\nmod.BadError: bad {config['token']}\\n\\n(Background on this error at: https://e.example)\\n"); sys.exit(3)
"""
TAP = """
    import json, sys
    def given(name): return json.load(open(sys.argv[sys.argv.index(name) + 1])) if name in sys.argv else None
    if "--discover" in sys.argv:
        print(json.dumps({"streams": [
            {"tap_stream_id": "db-people", "stream": "people", "schema": {"properties": {"id": {"type": ["null", "integer"]}}}, "key_properties": ["id"],
             "metadata": [{"breadcrumb": [], "metadata": {"valid-replication-keys": ["at"]}}, {"breadcrumb": ["properties", "id"], "metadata": {"inclusion": "available"}}]},
            {"tap_stream_id": "things", "stream": "things", "schema": {}}]}))
    else:
        (chosen,) = given("--catalog")["streams"]
        root, *columns = [m["metadata"] for m in chosen["metadata"]]
        start = (given("--state") or {}).get("n", 0)
        print("hello from a tap")
        print(json.dumps({"type": "SCHEMA", "stream": chosen["stream"], "schema": {}, "key_properties": []}))
        for n in range(start, 3):
            print(json.dumps({"type": "RECORD", "stream": chosen["stream"], "record": {"id": n, "how": root, "columns": [c.get("selected") for c in columns]}}))
        print(json.dumps({"type": "STATE", "value": {"n": 3}}))
"""


@pytest.fixture
def offer(reach):
    def put(name, text):
        place = reach.folder / ".weft" / "programs" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"#!{sys.executable}\n{textwrap.dedent(text)}")
        place.chmod(place.stat().st_mode | stat.S_IXUSR)

    put("source-shop", SOURCE)
    put("tap-shop", TAP)
    return put


@pytest.fixture
def shop(offer, monkeypatch):
    monkeypatch.setenv("SHOP_TOKEN", "hunter2-long")
    monkeypatch.setattr(gathering, "ROWS", 2)
    monkeypatch.setattr(gathering, "PAGE", 1)
    return lambda **more: Airbyte(program="source-shop", config={"token": "secret://env/SHOP_TOKEN", **more})


def read(connector, reach, stream="orders", cursor=None, by="", **settings):
    """Batches as mode, rows, and state."""
    return [
        (b.mode, b.scan.reader.read_all().to_pylist(), b.cursor)
        for b in connector.read(reach, stream, ProgramStream(cursor=by, **settings), cursor or {})
    ]


def test_what_a_source_offers_and_its_own_check(reach, shop):
    orders, plain = shop().discover(reach, {})
    assert (orders.name, orders.key, [(c.name, c.type) for c in orders.columns]) == (
        "orders", ("id",), [("id", "integer"), ("at", "string (date-time)")],
    )  # fmt: skip
    assert plain.name == "plain"
    shop().test(reach)
    with pytest.raises(Invalid, match=r"says: no \*\*\*"):
        shop(mode="wrong").test(reach)


def test_batches_end_where_the_source_tells_a_state_and_the_next_read_goes_on_there(reach, shop):
    batches = read(shop(), reach)
    assert [(mode, [r["id"] for r in rows]) for mode, rows, _ in batches] == [
        ("append", [0, 1]), ("append", [2, 3]), ("append", [4, 5]),
    ]  # fmt: skip
    assert [rows[-1]["value"] for _, rows, _ in batches] == [1, 3, "five"]  # the column widened, nothing is lost
    last = batches[-1][2]
    assert last["state"][0]["stream"]["stream_state"] == {"n": 6}
    assert read(shop(), reach, cursor=last) == []  # nothing new
    ((_, rows, _),) = read(shop(until=7), reach, cursor=last)
    assert [r["id"] for r in rows] == [6]


def test_what_was_read_before_a_failure_stays_and_no_secret_is_told(reach, shop):
    reading = shop(mode="breaks").read(reach, "orders", ProgramStream(), {})
    first = next(reading)
    assert first.scan.reader.read_all().num_rows == 2 and first.cursor["state"]
    with pytest.raises(Unavailable, match=r"lost with \*\*\*"):
        next(reading)
    with pytest.raises(Broken, match=r"ended with 3: mod.BadError: bad \*\*\*") as caught:
        read(shop(mode="dies"), reach)
    assert "hunter2" not in str(caught.value)


def test_without_states_rows_go_to_files_until_the_end(reach, shop):
    ((mode, rows, _),) = read(shop(mode="mute", until=40), reach)
    assert mode == "append" and [r["id"] for r in rows] == list(range(40))
    assert [rows[0]["value"], rows[39]["value"]] == ["0", "five"]  # text from the first, since a later one is


def test_a_full_refresh_replaces_and_is_whole_only_at_its_end(reach, shop):
    batches = read(shop(), reach, refresh="full")
    assert [mode for mode, _, _ in batches] == ["replace", "append", "append"]
    assert [c["full"] for _, _, c in batches] == ["unfinished", "unfinished", "done"]
    assert sum(len(rows) for _, rows, _ in batches) == 6
    assert [m for m, _, _ in read(shop(until=0), reach, "plain")] == ["replace"]  # empty now
    for asked in ({"refresh": "incremental"}, {"by": "at"}):
        with pytest.raises(Invalid, match="reads all of it each time"):
            read(shop(), reach, "plain", **asked)


def test_a_program_gets_its_secrets_by_a_private_file_and_nothing_of_our_environment(reach, shop, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-for-programs")
    (_, (shown,), _), *_ = read(shop(mode="show", until=0), reach)
    assert shown["token"] == "hunter2-long" and shown["mode"] == "0o600" and shown["sync"] == "incremental"
    assert "hunter2" not in shown["argv"]
    assert not {"AWS_SECRET_ACCESS_KEY", "SHOP_TOKEN"} & set(shown["env"])
    assert list(reach.scratch.iterdir()) == []  # nor does a file of it stay


def test_a_silent_program_is_ended_with_its_children(reach, shop, tmp_path):
    out = tmp_path / "child"
    with pytest.raises(Unavailable, match=r"said nothing for 2 seconds"):
        read(shop(mode="silent", out=str(out)).model_copy(update={"timeout": 2.0}), reach)
    child = int(out.read_text())
    for _ in range(200):
        with suppress(ProcessLookupError):
            os.kill(child, 0)
            time.sleep(0.01)
            continue
        return
    pytest.fail("the child is still there")


def test_who_stops_listening_ends_the_program(reach, shop):
    with closing(shop(until=10**9).read(reach, "orders", ProgramStream(), {})) as reading:
        next(reading)
    assert list(reach.scratch.iterdir()) == []


def test_a_tap_is_told_what_to_read_and_its_state_is_kept(reach, offer):
    tap = Singer(program="tap-shop")
    tap.test(reach)
    assert [(s.name, s.key) for s in tap.discover(reach, {})] == [("db-people", ("id",)), ("things", ())]
    ((mode, rows, cursor),) = read(tap, reach, "db-people")
    assert mode == "append" and [r["id"] for r in rows] == [0, 1, 2] and cursor["state"] == {"n": 3}
    assert rows[0]["how"]["replication-method"] == "INCREMENTAL" and rows[0]["how"]["replication-key"] == "at"
    assert rows[0]["columns"] == [True]
    assert read(tap, reach, "db-people", cursor=cursor) == []
    ((mode, rows, _),) = read(tap, reach, "things")
    assert mode == "replace" and rows[0]["how"]["replication-method"] == "FULL_TABLE"
    ((mode, rows, _),) = read(tap, reach, "things", by="at")  # the tap leaves it to whoever reads
    assert mode == "append" and rows[0]["how"]["replication-key"] == "at"
    with pytest.raises(Invalid, match="cannot be read incrementally: it needs a 'cursor'"):
        read(tap, reach, "things", refresh="incremental")


def test_only_programs_of_this_machine_are_started(reach, offer, tmp_path, monkeypatch):
    for name in ("../tap-shop", "/bin/sh", "tap shop", ""):
        with pytest.raises(Invalid, match="no name of a program"):
            Singer(program=name).test(reach)
    with pytest.raises(Invalid, match=r"no program 'tap-other'.*\.weft/programs") as caught:
        Singer(program="tap-other").test(reach)
    assert "pip install tap-other" in caught.value.hint
    monkeypatch.setenv("WEFT_PROGRAMS", str(tmp_path))
    (tmp_path / "tap-other" / "bin").mkdir(parents=True)
    (tmp_path / "tap-other" / "bin" / "tap-other").symlink_to(reach.folder / ".weft" / "programs" / "tap-shop")
    Singer(program="tap-other").test(reach)
    with pytest.raises(Invalid, match="offers db-people, things"):
        read(Singer(program="tap-shop"), reach, "no")
    with pytest.raises(Invalid, match="asked for a window"):
        list(Singer(program="tap-shop").read(reach, "things", ProgramStream(), {}, Window("a", "b")))
