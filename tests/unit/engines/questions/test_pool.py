"""Worker processes: limits, deaths, ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from weft.engines.duck.gateway import Gateway
from weft.engines.duck.judge import inspect
from weft.engines.duck.process import Busy
from weft.errors import Invalid, Unavailable
from weft.model import EngineSettings, Limits, Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unit.engines.questions.conftest import Asker

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
ENDLESS = "SELECT count(*) FROM range(100000000000) t(i) WHERE i % 7 = 3"


@pytest.fixture
def single(tmp_path: Path) -> Iterator[Gateway]:
    made = Gateway(EngineSettings(workers=1, threads=1), tmp_path / "scratch", tmp_path / "kept")
    yield made
    made.close()


def question(sql: str, **limits: float) -> Question:
    return Question(sql=sql, governed=(), referenced=inspect(sql), limits=Limits(threads=1, **limits))


def workers(gateway: Gateway) -> list[int]:
    return [p._popen.pid for p in gateway.pool._alive.values()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pids: list[int], seconds: float = 15.0) -> bool:
    until = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.01)
    return not any(map(alive, pids))


def test_types_and_batches_come_through(oracle: Asker) -> None:
    table = oracle(
        "SELECT i, i::DECIMAL(18, 3) AS d, i::VARCHAR AS t, [i] AS l, {'a': i} AS s, MAP {'k': i} AS m, DATE '2020-01-01' AS y, "
        "TIMESTAMPTZ '2020-01-01 00:00:00+00' AS z, 'a'::ENUM('a', 'b') AS e, NULL AS n, i::HUGEINT AS h, 'x'::BLOB AS b "
        "FROM range(40000) t(i) ORDER BY i"
    )
    assert table.num_rows == 40_000
    assert table.column("i").num_chunks > 1
    assert str(table.schema.field("t").type) == "string"
    assert str(table.schema.field("z").type) == "timestamp[us, tz=UTC]"
    assert table.slice(39_999).to_pylist()[0]["l"] == [39_999]


def test_no_rows_have_a_schema(oracle: Asker) -> None:
    assert oracle("SELECT id, email FROM sales.crm.people WHERE false").column_names == ["id", "email"]


def test_rows_and_bytes_are_limited(oracle: Asker) -> None:
    assert oracle("SELECT i FROM range(100) t(i)", rows=100).num_rows == 100
    with pytest.raises(Unavailable, match="more than 99 rows") as caught:
        oracle("SELECT i FROM range(100) t(i)", rows=99)
    assert "engine.rows" in caught.value.hint
    with pytest.raises(Unavailable, match="more than 1,000 bytes"):
        oracle("SELECT i FROM range(1000) t(i)", bytes=1000)
    with pytest.raises(Unavailable, match="more than 1,000 bytes"):
        oracle("SELECT repeat('x', 5000000) AS x", bytes=1000)


def test_memory_is_limited(oracle: Asker) -> None:
    sql = "SELECT count(DISTINCT i || 'abcdefghijklmnopqrstuvwxyz' || i) FROM range(20000000) t(i)"
    with pytest.raises(Unavailable, match=r"more than 64 MB of memory|longer than"):
        oracle(sql, memory=64, seconds=10)


def test_errors_after_the_first_rows(gateway: Gateway) -> None:
    sql = "SELECT CASE WHEN i > 600000 THEN ('x' || i)::INT ELSE i END AS i FROM range(700000) t(i)"
    with gateway.ask(question(sql)) as answer:
        batches = iter(answer)
        assert next(batches).num_rows
        with pytest.raises(Invalid, match="cannot be converted to INT32") as caught:
            list(batches)
    assert "x600001" not in str(caught.value)


def test_a_closed_answer_frees_its_worker(single: Gateway) -> None:
    for _ in range(3):
        answer = single.ask(question("SELECT i, repeat('x', 1000) AS x FROM range(10000000) t(i)", seconds=30))
        next(iter(answer))
        answer.close()
        with pytest.raises(Unavailable, match="closed"):
            answer._answer._next()
    (pid,) = workers(single)
    with single.ask(question("SELECT 1 AS a", seconds=30)) as last:
        assert [b.num_rows for b in last] == [1]
    assert workers(single) == [pid], "it let go by itself"


def test_a_forgotten_answer_frees_its_worker(single: Gateway) -> None:
    single.ask(question("SELECT i, repeat('x', 1000) AS x FROM range(10000000) t(i)", seconds=30))
    with single.ask(question("SELECT 1 AS a", seconds=30)) as last:
        assert [b.num_rows for b in last] == [1]


def test_slow_readers_do_not_use_up_the_time(single: Gateway) -> None:
    rows = 0
    with single.ask(question("SELECT i, repeat('x', 100) AS x FROM range(200000) t(i)", seconds=0.5)) as answer:
        for batch in answer:
            rows += batch.num_rows
            time.sleep(0.1)
    assert rows == 200_000


@linux
def test_a_worker_that_is_killed_is_replaced(single: Gateway) -> None:
    with single.ask(question("SELECT 1 AS a")) as answer:
        list(answer)
    (pid,) = workers(single)
    os.kill(pid, signal.SIGKILL)
    assert gone([pid])
    with single.ask(question("SELECT 1 AS a")) as answer:
        assert [b.num_rows for b in answer] == [1]
    assert workers(single) != [pid]


def test_a_worker_that_dies_of_itself_in_the_middle(single: Gateway) -> None:
    single.warm()
    failed: list[Exception] = []

    def ask() -> None:
        try:
            single.ask(question(ENDLESS))
        except Unavailable as error:
            failed.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while not any(p.busy for p in list(single.pool._alive.values())):
        time.sleep(0.01)
    os.kill(workers(single)[0], signal.SIGSEGV)
    thread.join(30)
    assert [e.message for e in failed] == ["The engine stopped with an error of its own."]


def test_all_busy(single: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weft.engines.duck.pool.QUEUE", 0.1)
    failed: list[Exception] = []

    def ask() -> None:
        try:
            single.ask(question(ENDLESS, seconds=2))
        except Unavailable as error:
            failed.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while not any(p.busy for p in list(single.pool._alive.values())):
        time.sleep(0.01)
    with pytest.raises(Unavailable, match=r"All 1 workers were busy for 0\.2 seconds"):
        single.ask(question("SELECT 1 AS a", seconds=0.2))
    thread.join()
    assert len(failed) == 1


def test_which_limit_is_passed() -> None:
    def busy(**fields: float | None) -> Busy:
        return Busy(Limits(seconds=10, memory=100), began=1000.0, **fields)

    assert busy().over(1009.9, 100_000_000) == ""
    assert busy().over(1010.1, 0) == "seconds"
    assert busy().over(1001.0, 100_000_001) == "memory"
    assert busy(idle=5.0).over(1014.9, 0) == "", "the reader was slow"
    assert busy(idle=5.0).over(1015.1, 0) == "seconds"
    assert busy(idle_since=1005.0).over(1100.0, 0) == "", "the reader is still away"
    assert busy(idle_since=1005.0).over(1611.0, 0) == "unfetched"
    assert busy(ending=1020.0).over(1019.0, 10**9) == ""
    assert busy(ending=1020.0).over(1020.1, 0) == "ended"


def test_many_threads(gateway: Gateway, attacker: Asker) -> None:
    answers: list[int] = []

    def ask(n: int) -> None:
        for _ in range(5):
            table = attacker(f"SELECT count(*) AS n FROM sales.crm.people WHERE id < {n * 30}")
            answers.append(table.to_pylist()[0]["n"] - n * 10)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [0] * 30


@linux
def test_close_ends_everything(tmp_path: Path) -> None:
    made = Gateway(EngineSettings(workers=2), tmp_path / "scratch", tmp_path / "kept")
    counts = []
    for _ in range(2):
        with made.ask(question("SELECT 1 AS a")) as answer:
            list(answer)
        counts.append(len(made.pool._threads) - 1)
    assert counts == [1, 2], "who asks but once starts but one"
    pids = workers(made)
    made.close()
    made.close()
    assert gone(pids)
    assert not list((tmp_path / "scratch").glob("*"))
    with pytest.raises(Unavailable, match="closed"):
        made.ask(question("SELECT 1 AS a"))


def test_close_while_somebody_asks(tmp_path: Path) -> None:
    made = Gateway(EngineSettings(workers=1), tmp_path / "scratch", tmp_path / "kept")
    failed = threading.Event()

    def ask() -> None:
        with pytest.raises(Unavailable):
            made.ask(question(ENDLESS))
        failed.set()

    threading.Thread(target=ask).start()
    while not any(p.busy for p in list(made.pool._alive.values())):
        time.sleep(0.01)
    made.close()
    assert failed.wait(20)


def test_workers_that_cannot_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "weft.engines.duck.process._interpreter", lambda: [sys.executable, "-c", "import sys; sys.exit(1)"]
    )
    made = Gateway(EngineSettings(workers=1), tmp_path / "scratch", tmp_path / "kept")
    with pytest.raises(Unavailable, match="do not start"):
        made.ask(question("SELECT 1 AS a", seconds=20))
    made.close()


SCRIPT = """
import sys
from pathlib import Path
from weft.engines.duck.gateway import Gateway
from weft.engines.duck.judge import inspect
from weft.engines.duck.process import Busy
from weft.model import EngineSettings, Limits, Question
folder = Path(sys.argv[1])
gateway = Gateway(EngineSettings(workers=2), folder / "scratch", folder / "kept")
sql = sys.argv[2]
answer = gateway.ask(Question(sql="SELECT 42 AS a", governed=(), referenced=inspect("SELECT 42 AS a")))
print([b.to_pylist() for b in answer], flush=True)
print(*(p._popen.pid for p in gateway.pool._alive.values()), flush=True)
if sql:
    gateway.ask(Question(sql=sql, governed=(), referenced=inspect(sql), limits=Limits(seconds=100)))
"""


@linux
@pytest.mark.slow
def test_a_plain_script_without_a_guard_that_forgets_to_close(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, "-W", "error", str(script), str(tmp_path), ""]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first == "[[{'a': 42}]]"
    assert gone([int(pid) for pid in second.split()])


@linux
@pytest.mark.slow
def test_workers_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path), ENDLESS], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        pids = [int(pid) for pid in child.stdout.readline().split()]
        time.sleep(0.3)
        child.kill()
    assert pids
    assert gone(pids)


@linux
def test_a_worker_holds_nothing_of_ours(gateway: Gateway, oracle: Asker) -> None:
    oracle("SELECT 1 AS a")
    pid = workers(gateway)[0]
    environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    names = {line.partition(b"=")[0].decode() for line in environment if line}
    assert names == {"PYTHONPATH", "ARROW_DEFAULT_MEMORY_POOL", "MALLOC_ARENA_MAX", "TZ", "LC_ALL"}
    targets = [str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()]
    assert [
        t
        for t in targets
        if not t.startswith(("/dev/null", "socket:", "pipe:", "/sys/fs/cgroup", "/proc", "anon_inode"))
    ] == []


@linux
def test_limits_of_the_operating_system_are_set(gateway: Gateway, oracle: Asker) -> None:
    oracle("SELECT 1 AS a")
    limits = [Path(f"/proc/{pid}/limits").read_text() for pid in workers(gateway)]
    assert any("Max data size             unlimited" not in text for text in limits)
    assert all("Max core file size        0" in text for text in limits)
