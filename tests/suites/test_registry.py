"""What every registry must do."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from suites.kept import AT, document, event, publication
from weft.errors import Unavailable
from weft.model import Document, Sealed

if TYPE_CHECKING:
    from weft.seams import Registry


WAIT = 0.3


def test_documents_of_some_folders(registry: Registry) -> None:
    with registry.transaction(write=True) as unit:
        for path in ("mesh.yaml", "a/b/one.yaml", "a/b/c/two.yaml", "a/bc/three.yaml", "a/b.yaml", "z/four.yaml"):
            unit.documents.put(document(path), at=AT, actor="ana")
        unit.documents.retire("a/b/c/two.yaml", at=AT, actor="ana")

        def below(*folders: str) -> list[str]:
            return [d.path for d in unit.documents.below(folders)]

        assert below("a/b", "mesh.yaml") == ["a/b/one.yaml", "mesh.yaml"]
        assert below(*(f"f{n}" for n in range(250)), "z", "a/bc") == ["a/bc/three.yaml", "z/four.yaml"]
        assert below() == []


def test_a_document_is_kept_byte_by_byte(registry: Registry) -> None:
    with registry.transaction(write=True) as unit:
        assert unit.documents.put(document(), at=AT, actor="ana") == 1
    with registry.transaction() as unit:
        assert unit.documents.all() == (document(),)
        assert unit.documents.history("a.yaml") == ((1, AT, "ana", document()),)


def test_documents_come_by_path_and_only_the_newest(registry: Registry) -> None:
    with registry.transaction(write=True) as unit:
        for path in ("b/a.yaml", "Z.yaml", "a.yaml", "é.yaml"):
            unit.documents.put(document(path), at=AT, actor="ana")
        assert unit.documents.put(document("a.yaml", b"new"), at=AT, actor="bo") == 2
        assert [d.path for d in unit.documents.all()] == ["Z.yaml", "a.yaml", "b/a.yaml", "é.yaml"]
        assert unit.documents.all()[1].content == b"new"


def test_a_retired_document_keeps_its_history_and_may_return(registry: Registry) -> None:
    with registry.transaction(write=True) as unit:
        unit.documents.put(document(), at="1", actor="ana")
        unit.documents.retire("a.yaml", at="2", actor="bo")
        assert unit.documents.all() == ()
        assert unit.documents.put(document(content=b"again"), at="3", actor="cy") == 3
        history = unit.documents.history("a.yaml")
    assert [(n, at, actor, d and d.content) for n, at, actor, d in history] == [
        (1, "1", "ana", document().content),
        (2, "2", "bo", None),
        (3, "3", "cy", b"again"),
    ]


def test_the_state_of_the_documents_grows_with_each_change(registry: Registry) -> None:
    with registry.transaction(write=True) as unit:
        states = [unit.documents.revision()]
        unit.documents.put(document(), at=AT, actor="ana")
        states.append(unit.documents.revision())
        unit.documents.put(document("b.yaml"), at=AT, actor="ana")
        states.append(unit.documents.revision())
        unit.documents.retire("a.yaml", at=AT, actor="ana")
        states.append(unit.documents.revision())
        unit.documents.retire("never.yaml", at=AT, actor="ana")
        assert unit.documents.history("never.yaml") == ()
    assert states == sorted(set(states))


def test_an_error_takes_everything_back(registry: Registry) -> None:
    def fail() -> None:
        with registry.transaction(write=True) as unit:
            unit.documents.put(document(), at=AT, actor="ana")
            unit.journal.append([event(1)])
            unit.publications.put(publication(1))
            unit.cursors.intend("app", 1, "r", {"x": 1})
            unit.leases.acquire("lease", "me", 60)
            unit.projections.put("usage", {"k": 1}, 4)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with registry.transaction() as unit:
        assert unit.documents.all() == unit.documents.history("a.yaml") == ()
        assert (unit.documents.revision(), unit.journal.head(), unit.publications.all()) == (0, (0, ""), ())
        assert (unit.cursors.find("app", 1, "r"), unit.leases.holder("lease")) == (None, None)
        assert (unit.projections.get("usage", "k"), unit.projections.bookmark("usage")) == (None, 0)


def test_a_reader_sees_one_state_from_begin_to_end(registry: Registry) -> None:
    def publish() -> None:
        with registry.transaction(write=True) as unit:
            unit.publications.put(publication(2))
            unit.journal.append([event(2)])

    with registry.transaction(write=True) as unit:
        unit.publications.put(publication(1))
    with registry.transaction() as unit:
        before = unit.publications.get("sales.pipeline.deals@1")
        thread = threading.Thread(target=publish)
        thread.start()
        thread.join()
        assert before == unit.publications.get("sales.pipeline.deals@1") == publication(1)
        assert unit.journal.head() == (0, "")
    with registry.transaction() as unit:
        assert unit.publications.get("sales.pipeline.deals@1") == publication(2)


def test_readers_do_not_wait_for_a_writer_nor_see_its_work(registry: Registry) -> None:
    def look() -> tuple[Document, ...]:
        with registry.transaction() as unit:
            return unit.documents.all()

    with registry.transaction(write=True) as unit, ThreadPoolExecutor(1) as other:
        unit.documents.put(document(), at=AT, actor="ana")
        assert other.submit(look).result(timeout=5) == ()
    assert look() == (document(),)


WRITES = {
    "documents": lambda unit: unit.documents.put(document(), at=AT, actor="ana"),
    "retire": lambda unit: unit.documents.retire("a.yaml", at=AT, actor="ana"),
    "journal": lambda unit: unit.journal.append([event(1)]),
    "publications": lambda unit: unit.publications.put(publication(1)),
    "drop": lambda unit: unit.publications.drop("sales.pipeline.deals@1"),
    "cursors": lambda unit: unit.cursors.intend("app", 1, "r", {}),
    "prune": lambda unit: unit.cursors.prune("app", 1),
    "leases": lambda unit: unit.leases.acquire("a", "b", 1),
    "release": lambda unit: unit.leases.release("a", "b"),
    "projections": lambda unit: unit.projections.put("usage", {}, 1),
    "forget": lambda unit: unit.projections.drop("usage"),
}


@pytest.mark.parametrize("write", WRITES)
def test_writing_where_reading_was_meant_is_a_mistake_in_the_program(registry: Registry, write: str) -> None:
    with registry.transaction() as unit, pytest.raises(RuntimeError, match="write=True"):
        WRITES[write](unit)


def test_a_writer_waits_and_then_says_so(registry: Registry) -> None:
    def write() -> None:
        with registry.transaction(write=True):
            pass

    with registry.transaction(write=True), ThreadPoolExecutor(1) as other:
        with pytest.raises(Unavailable, match=r"written by .* more than 0.3 seconds"):
            other.submit(write).result(timeout=10)
        with pytest.raises(RuntimeError, match="one write transaction at a time"):
            write()
    write()


def test_a_publication_comes_back_whole(registry: Registry) -> None:
    with registry.transaction(write=True) as unit:
        unit.publications.put(publication(1))
    with registry.transaction() as unit:
        assert unit.publications.get("sales.pipeline.deals@1") == publication(1)
        assert unit.publications.get("sales.pipeline.deals@2") is None
        assert unit.publications.held("sales.pipeline.deals@1") is None


def test_a_held_candidate_stands_beside_until_published(registry: Registry) -> None:
    with registry.transaction(write=True) as unit:
        unit.publications.put(publication(1))
        unit.publications.put(publication(2, held=True))
        unit.publications.put(publication(3, held=True))
        unit.publications.put(publication(9, "a.b.c@2"))
        assert [(p.table.key, p.version, p.held) for p in unit.publications.all()] == [
            ("a.b.c@2", 9, False),
            ("sales.pipeline.deals@1", 1, False),
            ("sales.pipeline.deals@1", 3, True),
        ]
        unit.publications.put(publication(3))
        assert unit.publications.get("sales.pipeline.deals@1") == publication(3)
        assert unit.publications.held("sales.pipeline.deals@1") is None


def test_a_publication_is_forgotten(registry: Registry) -> None:
    with registry.transaction(write=True) as unit:
        unit.publications.put(publication(1))
        unit.publications.put(publication(2, held=True))
        unit.publications.drop("sales.pipeline.deals@1", held=True)
        assert unit.publications.all() == (publication(1),)
        unit.publications.drop("sales.pipeline.deals@1")
        unit.publications.drop("sales.pipeline.deals@1")
        assert unit.publications.all() == ()


def test_a_cursor_belongs_to_one_commit(registry: Registry) -> None:
    with registry.transaction(write=True) as unit:
        unit.cursors.intend("app", 1, "run-1", {"files": {"é.csv": "x"}})
        unit.cursors.intend("app", 1, "run-2", {"n": 1})
        unit.cursors.intend("app", 1, "run-2", {"n": 2})
        unit.cursors.intend("app", 2, "run-2", {"n": 3})
        unit.cursors.intend("other", 1, "run-1", {})
    with registry.transaction(write=True) as unit:
        assert unit.cursors.find("app", 1, "run-1") == {"files": {"é.csv": "x"}}
        assert unit.cursors.find("app", 1, "run-2") == {"n": 2}
        assert unit.cursors.find("app", 2, "run-1") is None
        unit.cursors.prune("app", 2)
        assert unit.cursors.find("app", 1, "run-1") is unit.cursors.find("app", 1, "run-2") is None
        assert unit.cursors.find("app", 2, "run-2") == {"n": 3}
        assert unit.cursors.find("other", 1, "run-1") == {}


def test_an_envelope_comes_back_byte_by_byte(registry: Registry) -> None:
    first = Sealed(name="b", version=1, at=AT, by="ana", master="m", wrapped=b"\x00\xff", sealed=bytes(range(256)))
    second = first.model_copy(update={"version": 2, "sealed": b"\x00"})
    with registry.transaction(write=True) as unit:
        unit.secrets.put(first)
        unit.secrets.put(first.model_copy(update={"name": "a/b"}))
        unit.secrets.put(second)
    with registry.transaction(write=True) as unit:
        assert unit.secrets.get("b") == second
        assert [sealed.name for sealed in unit.secrets.all()] == ["a/b", "b"]
        unit.secrets.drop("b")
        unit.secrets.drop("never")
    with registry.transaction() as unit:
        assert unit.secrets.get("b") is None
        with pytest.raises(RuntimeError):
            unit.secrets.drop("a/b")


def test_one_owner_at_a_time(registry: Registry) -> None:
    with registry.transaction(write=True) as unit:
        assert unit.leases.holder("t") is None
        assert unit.leases.acquire("t", "a", 60)
        assert not unit.leases.acquire("t", "b", 60)
        assert unit.leases.acquire("u", "b", 60)
        unit.leases.release("t", "b")
    with registry.transaction(write=True) as unit:
        held = unit.leases.holder("t")
        assert held is not None
        assert held[0] == "a"
        assert 50 < held[1] <= 60
        assert unit.leases.acquire("t", "a", 600), "one's own is renewed"
        assert unit.leases.holder("t")[1] > 500
        unit.leases.release("t", "a")
        assert unit.leases.acquire("t", "b", 60)


def test_an_expired_lease_is_free(registry: Registry) -> None:
    with registry.transaction(write=True) as unit:
        assert unit.leases.acquire("t", "a", 0.05)
    time.sleep(0.1)
    with registry.transaction(write=True) as unit:
        assert unit.leases.holder("t") is None
        assert unit.leases.acquire("t", "b", 60)
        assert not unit.leases.acquire("t", "a", 60)


def test_rows_and_bookmark_go_together(registry: Registry) -> None:
    with registry.transaction(write=True) as unit:
        unit.projections.put("usage", {"a": {"n": 1}, "b": [1, None], "c": 0}, 5)
        unit.projections.put("usage", {"a": {"n": 2}, "b": None, "d": False}, 9)
        unit.projections.put("other", {"a": "x"}, 1)
    with registry.transaction(write=True) as unit:
        assert unit.projections.bookmark("usage") == 9
        assert list(unit.projections.rows("usage")) == [("a", {"n": 2}), ("c", 0), ("d", False)]
        assert unit.projections.get("usage", "b") is None
        assert unit.projections.some("usage", ["a", "b", "d"]) == {"a": {"n": 2}, "b": None, "d": False}
        assert unit.projections.some("usage", (str(n) for n in range(2000))) == {str(n): None for n in range(2000)}
        unit.projections.drop("usage")
        assert list(unit.projections.rows("usage")) == []
        assert unit.projections.bookmark("usage") == 0
        assert (unit.projections.get("other", "a"), unit.projections.bookmark("other")) == ("x", 1)


def test_keys_come_in_order_and_by_prefix(registry: Registry) -> None:
    keys = ["", "a", "a.b", "a.b|c", "a%", "a_", "aa", "B", "é", "\ud7ff", "\ue000x", "\U0010ffff", "\U0010ffffz", "z"]
    with registry.transaction(write=True) as unit:
        unit.projections.put("p", dict.fromkeys(keys, 1), 1)
    with registry.transaction() as unit:
        for prefix in ("", "a", "a.", "a%", "\ud7ff", "\U0010ffff", "zz"):
            expected = sorted(k for k in keys if k.startswith(prefix))
            assert [k for k, _ in unit.projections.rows("p", prefix)] == expected


def test_rows_can_be_changed_while_they_are_read(registry: Registry) -> None:
    with registry.transaction(write=True) as unit:
        unit.projections.put("p", {f"{n:05}": n for n in range(2500)}, 1)
        seen = []
        for key, value in unit.projections.rows("p"):
            seen.append(value)
            unit.projections.put("p", {key: None}, 2)
        assert seen == list(range(2500))
        assert list(unit.projections.rows("p")) == []
