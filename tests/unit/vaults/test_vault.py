"""References to secrets, and messages that are kept."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime

import pytest

from weft.errors import Invalid, Unavailable
from weft.notifiers.log import Log
from weft.vaults.vault import open_vault


@pytest.fixture
def vault(tmp_path):
    return open_vault(tmp_path)


def test_the_environment(vault, monkeypatch):
    monkeypatch.setenv("CRM_PASSWORD", " hunter2\n")
    assert vault.get("secret://env/CRM_PASSWORD") == " hunter2\n"
    monkeypatch.setenv("CRM_PASSWORD", "")
    with pytest.raises(Unavailable, match="secret://env/CRM_PASSWORD") as error:
        vault.get("secret://env/CRM_PASSWORD")
    assert "environment variable CRM_PASSWORD" in error.value.hint


@pytest.mark.parametrize(
    ("content", "secret"), [(b"a b\r\n", "a b"), (b"\xef\xbb\xbfa\n\n", "a"), (b" a\nb\n", " a\nb")]
)
def test_files_without_their_last_newline(vault, tmp_path, content, secret):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/crm").write_bytes(content)
    assert vault.get("secret://file/keys/crm") == secret
    assert vault.get(f"secret://file/{tmp_path}/keys/crm") == secret


def test_files_that_hold_none(vault, tmp_path):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xfd")
    (tmp_path / "large").write_text("x" * 70_000)
    for name in ("empty", "binary", "large", "missing", "."):
        with pytest.raises(Unavailable, match=f"secret://file/{name}"):
            vault.get(f"secret://file/{name}")


@pytest.mark.parametrize(
    "reference", ["secret://vault/x", "secret://env/", "secret://env", "secret://file/a\0b", "secret://"]
)
def test_unknown_references_are_told_with_the_known_ones(vault, reference):
    with pytest.raises(Invalid) as error:
        vault.get(reference)
    assert "secret://env/..." in error.value.hint
    assert "secret://file/..." in error.value.hint


def test_what_is_no_reference_is_not_shown(vault):
    with pytest.raises(Invalid) as error:
        vault.get("hunter2")
    assert "hunter2" not in str(error.value)


class Clock:
    def now(self):
        return datetime(2026, 1, 2, tzinfo=UTC)


def test_messages_are_kept_line_by_line(tmp_path):
    log = Log(tmp_path, Clock())
    log.tell(["ann@example.com"], "held", "one\ntwo")
    log.tell([], "é", "")
    lines = [json.loads(line) for line in log.path.read_text().splitlines()]
    assert lines[0] == {
        "at": "2026-01-02T00:00:00+00:00",
        "to": ["ann@example.com"],
        "subject": "held",
        "text": "one\ntwo",
    }
    assert lines[1]["subject"] == "é"
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_telling_never_raises(tmp_path):
    (tmp_path / ".weft").write_text("in the way")
    Log(tmp_path, Clock()).tell(["a"], "b", "c")
