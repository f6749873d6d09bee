"""Opening, making and migrating a registry; what goes wrong there."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from weft.errors import Broken, Invalid, Unavailable, WeftError
from weft.model import Document
from weft.registries.migrate import HEAD, VERSION_TABLE, Chain
from weft.registries.open import open_registry
from weft.registries.schema import METADATA

if TYPE_CHECKING:
    from pathlib import Path

SECOND = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "0003", "0002"
def upgrade():
    op.add_column("weft_leases", sa.Column("note", sa.Text))
"""
BROKEN = SECOND + "    op.execute('INSERT INTO weft_heads VALUES (NULL, NULL, NULL)')\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "registry.db"


@pytest.fixture
def url(path: Path) -> str:
    url = f"sqlite:///{path}"
    registry = open_registry(url)
    with registry.transaction(write=True) as unit:
        unit.documents.put(Document(path="a.yaml", kind="Mesh", id="m", content=b"x"), at="", actor="")
    registry.close()
    return url


def chain(folder: Path, second: str) -> Chain:
    """The real migrations and one more."""
    (folder / "versions").mkdir(parents=True)
    built_in = Chain().folder
    (folder / "env.py").write_text((built_in / "env.py").read_text())
    for step in sorted((built_in / "versions").glob("v*.py")):
        (folder / "versions" / step.name).write_text(step.read_text())
    (folder / "versions" / "v0003.py").write_text(second)
    return Chain(head="0003", folder=folder)


def columns(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        found = [row[1] for row in connection.execute("PRAGMA table_info(weft_leases)")]
    connection.close()
    return found


def set_version(path: Path, version: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = ?", [version])
    connection.close()


def test_the_file_and_its_folder_are_private(url: str, path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    registry = open_registry(url)
    with registry.transaction(write=True) as unit:
        unit.leases.acquire("a", "b", 1)
        beside = [p for p in path.parent.iterdir() if p != path]
        assert {p.name for p in beside} == {"registry.db-wal", "registry.db-shm"}
        assert {p.stat().st_mode & 0o777 for p in beside} == {0o600}
    registry.close()


def test_migrations_end_at_the_schema(url: str) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_the_known_head_is_that_of_the_files() -> None:
    config = Config()
    config.set_main_option("script_location", str(Chain().folder))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_opening_a_current_registry_imports_no_alembic(url: str) -> None:
    program = (
        "import sys; from weft.registries.open import open_registry; open_registry(sys.argv[1]);"
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program, url], check=False).returncode == 0


def test_an_older_registry_is_copied_then_migrated(url: str, path: Path, tmp_path: Path) -> None:
    newer = chain(tmp_path / "100% new", SECOND)
    registry = open_registry(url, chain=newer)
    with registry.transaction() as unit:
        assert [d.path for d in unit.documents.all()] == ["a.yaml"]
    registry.close()
    copy = path.with_name("registry.db.backup-0002")
    assert "note" in columns(path)
    assert "note" not in columns(copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in path.parent.iterdir()) == ["registry.db", "registry.db.backup-0002"]
    old = open_registry(f"sqlite:///{copy}")
    with old.transaction() as unit:
        assert [d.content for d in unit.documents.all()] == [b"x"]
    old.close()


def test_a_migration_that_fails_changes_nothing(url: str, path: Path, tmp_path: Path) -> None:
    with pytest.raises(WeftError, match="refused a statement"):
        open_registry(url, chain=chain(tmp_path / "new", BROKEN))
    assert "note" not in columns(path)
    open_registry(url).close()


def test_a_registry_of_a_newer_version(url: str, path: Path) -> None:
    set_version(path, "0007")
    with pytest.raises(Invalid) as caught:
        open_registry(url)
    assert str(caught.value) == (
        f"the registry is of version 0007, written by a newer weft; this one knows versions up to {HEAD}\n"
        f"  Install the newer weft again, or put back the copy that was made beside it (*.backup-{HEAD})."
    )
    set_version(path, HEAD)
    registry = open_registry(url)
    with registry.transaction() as unit:
        assert len(unit.documents.all()) == 1
    registry.close()


def test_a_registry_of_a_version_that_no_weft_wrote(url: str, path: Path) -> None:
    set_version(path, "main")
    with pytest.raises(Broken, match="'main', which no weft wrote"):
        open_registry(url)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    path.write_bytes(b"this is no database, " * 100)
    with pytest.raises(Broken, match="damaged, or is no SQLite database"):
        open_registry(f"sqlite:///{path}")
    assert path.read_bytes() == b"this is no database, " * 100


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Invalid, match=r"registry's file cannot be opened"):
        open_registry(f"sqlite:///{tmp_path}/file/registry.db")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "the registry's URL cannot be read"),
        ("mysql://u:geheim@h/d", "names 'mysql'; allowed are sqlite, postgresql"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///a.db?nolock=1&mode=ro", "settings that SQLite registries do not take: mode, nolock"),
        ("postgresql://u:geheim@h/d", "holds a password"),
        ("postgresql://u@h/d?passfile=/etc/x", "the setting 'passfile'; allowed are host, port,"),
    ],
)
def test_urls_that_are_not_taken(url: str, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        open_registry(url)
    assert message in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_a_database_that_does_not_answer_tells_no_password() -> None:
    with pytest.raises(Unavailable, match="cannot be reached") as caught:
        open_registry("postgresql://u@127.0.0.1:1/d", password="geheim")
    seen = f"{caught.value} {caught.value.__cause__!r}"
    assert "geheim" not in seen


def test_two_open_at_once(path: Path) -> None:
    first, second = open_registry(f"sqlite:///{path}"), open_registry(f"sqlite:///{path}")
    with first.transaction(write=True) as unit:
        unit.leases.acquire("a", "one", 60)
    with second.transaction() as unit:
        assert unit.leases.holder("a") is not None
    first.close()
    second.close()


def test_opening_it_twice_takes_no_lock_off_the_first(url: str, path: Path) -> None:
    """Else another process that closes deletes the write-ahead log under the first one, and the file is damaged."""
    first = open_registry(url)
    with first.transaction(write=True) as unit:
        unit.leases.acquire("a", "one", 60)
    open_registry(url).close()
    closing = "import sys; from weft.registries.open import open_registry as o; o(sys.argv[1]).close()"
    subprocess.run([sys.executable, "-c", closing, url], check=True)
    assert path.with_name("registry.db-wal").exists()
    first.close()
    assert not path.with_name("registry.db-wal").exists()


def test_another_process_that_writes_is_waited_for(url: str, path: Path) -> None:
    registry = open_registry(url, wait=0.2)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match=r"somebody else for more than 0.2 seconds"), registry.transaction(write=True):
        pass
    other.execute("ROLLBACK")
    other.close()
    with registry.transaction(write=True):
        pass
    registry.close()


def test_a_full_disk_writes_nothing(url: str, path: Path) -> None:
    registry = open_registry(url)
    with registry.transaction(write=True) as unit:
        unit.session.connection.exec_driver_sql("PRAGMA max_page_count = 40")
        big = Document(path="big", kind="Sql", id="b", content=os.urandom(1_000_000))

    def fill() -> None:
        with registry.transaction(write=True) as unit:
            unit.leases.acquire("a", "b", 60)
            unit.documents.put(big, at="", actor="")

    with pytest.raises(Unavailable, match="disk that holds the registry is full; nothing was written"):
        fill()
    with registry.transaction() as unit:
        assert [d.path for d in unit.documents.all()] == ["a.yaml"]
        assert unit.leases.holder("a") is None
    registry.close()
