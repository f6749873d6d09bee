"""The mesh's own vault: sealed, opened, renewed; and everything that must not open."""

from __future__ import annotations

import base64
import threading
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.errors import Broken, Invalid, Unavailable, Unknown
from weft.testing.memory_registry import MemoryRegistry
from weft.vaults.embedded import Embedded
from weft.vaults.envelope import Label, Master
from weft.vaults.keys import Keys
from weft.vaults.turn import Turns
from weft.vaults.vault import open_vault

CANARY = "canary-7331"


class Clock:
    def now(self):
        return datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_keys_outside(monkeypatch):
    for name in ("WEFT_VAULT_KEY", "WEFT_VAULT_KEY_BEFORE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def registry():
    return MemoryRegistry()


@pytest.fixture
def keys(tmp_path):
    return Keys(tmp_path / "keys" / "vault.key")


def opened(registry, keys, mesh="test", alive=lambda _: True, wait=5.0):
    return Embedded(registry, keys, mesh, Clock(), "ana", Turns(registry, "here", alive, wait))


@pytest.fixture
def safe(registry, keys):
    return opened(registry, keys)


def change(registry, of, **fields):
    """As somebody does who can write the registry."""
    with registry.transaction(write=True) as unit:
        unit.secrets.put(unit.secrets.get(of).model_copy(update=fields))


def envelope(registry, name):
    with registry.transaction() as unit:
        return unit.secrets.get(name)


def events(registry):
    with registry.transaction() as unit:
        return [(e.type, e.subject, e.actor, e.data) for e in unit.journal.read()]


def test_stored_told_and_forgotten(safe, registry, tmp_path):
    vault = open_vault(tmp_path, safe)
    assert safe.put("crm", CANARY, "bo").reference == "secret://vault/crm"
    assert safe.put("crm", f"{CANARY} new\n", "bo").version == 2
    assert vault.get("secret://vault/crm") == f"{CANARY} new\n"
    (shown,) = safe.all()
    assert (shown.name, shown.version, shown.at, shown.by) == ("crm", 2, "2026-01-02T00:00:00.000Z", "bo")
    safe.drop("crm", "cy")
    with pytest.raises(Unavailable, match="no secret behind 'secret://vault/crm'") as error:
        vault.get("secret://vault/crm")
    assert "weft secret set crm" in error.value.hint
    with pytest.raises(Unknown, match="no secret 'crm'"):
        safe.drop("crm", "cy")
    assert safe.put("crm", "x", "bo").version == 3, "a version is never given twice"
    told = events(registry)
    assert [(kind, actor, data["version"]) for kind, _, actor, data in told] == [
        ("secret.set", "bo", 1), ("secret.set", "bo", 2), ("secret.removed", "cy", 2), ("secret.set", "bo", 3),
    ]  # fmt: skip
    assert {subject for _, subject, _, _ in told} == {"secret://vault/crm"}
    assert CANARY not in repr((told, safe.all(), safe.keys.all()))


def test_the_key_is_made_for_its_owner_alone_when_it_is_first_needed(safe, keys):
    assert safe.all() == () and safe.get("crm") is None
    assert not keys.path.exists()
    safe.put("crm", CANARY, "bo")
    assert keys.path.stat().st_mode & 0o777 == 0o600
    assert keys.path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_that_others_may_read_is_refused(safe, keys, mode):
    safe.put("crm", CANARY, "bo")
    keys.path.chmod(mode)
    for use in (lambda: safe.get("crm"), lambda: safe.put("erp", "x", "bo"), lambda: safe.rotate("bo")):
        with pytest.raises(Broken, match=f"vault.key has the mode {mode:04o}, allowed is 0600") as error:
            use()
        assert "chmod 600" in error.value.hint


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(b"short").decode()])
def test_a_file_without_a_key_is_told(safe, keys, text):
    safe.put("crm", CANARY, "bo")
    keys.path.write_text(text)
    with pytest.raises(Broken, match="holds no master key"):
        safe.get("crm")


def flipped(text, bit):
    changed = bytearray(text)
    changed[bit // 8 % len(changed)] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("part", ["wrapped", "sealed"])
@given(st.integers(min_value=0, max_value=10_000))
def test_no_bit_can_be_changed(part, bit):
    label, master = Label("m", "crm", 1), Master(b"k" * 32)
    sealed = dict(zip(("wrapped", "sealed"), label.seal(master, CANARY), strict=True))
    sealed[part] = flipped(sealed[part], bit)
    with pytest.raises(Broken, match="the secret 'crm' is not the one that was stored") as error:
        label.open(master, type("Sealed", (), sealed))
    assert CANARY not in str(error.value)


def test_what_was_changed_in_the_registry_does_not_open(safe, registry, keys):
    safe.put("crm", CANARY, "bo")
    safe.put("erp", "other", "bo")
    crm, erp = envelope(registry, "crm"), envelope(registry, "erp")
    wrong = {
        "another secret's envelope": {"wrapped": erp.wrapped, "sealed": erp.sealed},
        "another secret's value": {"sealed": erp.sealed},
        "another secret's key": {"wrapped": erp.wrapped},
        "cut": {"sealed": crm.sealed[:20]},
        "nothing": {"sealed": b"", "wrapped": b""},
    }
    for fields in wrong.values():
        change(registry, "crm", **fields)
        with pytest.raises(Broken, match="the secret 'crm' is not the one that was stored"):
            safe.get("crm")
        change(registry, "crm", **crm.model_dump())
    assert safe.get("crm") == CANARY
    with pytest.raises(Broken, match="is not the one that was stored") as error:
        opened(registry, keys, mesh="another").get("crm")
    assert "another name in mesh.yaml" in error.value.hint


def test_an_older_version_put_back_is_noticed(safe, registry):
    safe.put("crm", "old", "bo")
    old = envelope(registry, "crm")
    safe.put("crm", "new", "bo")
    change(registry, "crm", **old.model_dump())
    with pytest.raises(Broken, match="holds version 1 of the secret 'crm', the journal tells of version 2"):
        safe.get("crm")
    change(registry, "crm", version=2)
    with pytest.raises(Broken, match="is not the one that was stored"):
        safe.get("crm")
    safe.put("crm", "newer", "bo")
    assert safe.get("crm") == "newer"
    safe.drop("crm", "bo")
    with registry.transaction(write=True) as unit:
        unit.secrets.put(old)
    with pytest.raises(Broken, match="the journal tells of none"):
        safe.get("crm")
    safe.drop("crm", "bo")
    assert safe.get("crm") is None
    safe.put("crm", "x", "bo")
    with registry.transaction(write=True) as unit:
        unit.secrets.drop("crm")
    with pytest.raises(Broken, match="the vault holds nothing of the secret 'crm', the journal tells of version 4"):
        safe.get("crm")


def test_another_key_opens_nothing_and_is_named_by_its_digest(safe, registry, keys):
    safe.put("crm", CANARY, "bo")
    right = keys.path.read_bytes()
    keys.path.unlink()
    with pytest.raises(Broken, match=r"sealed under the master key [0-9a-f]{16}; at hand: none"):
        safe.get("crm")
    safe.put("erp", "x", "bo")  # makes a key of its own
    assert [(s.name, s.readable) for s in safe.all()] == [("crm", False), ("erp", True)]
    assert safe.rotate("bo").lost == ("crm",)
    with pytest.raises(Broken, match="crm") as error:
        safe.get("crm")
    assert right.decode().strip() not in str(error.value)
    with keys.path.open("ab") as file:  # and when it is found again
        file.write(right)
    assert (safe.get("crm"), safe.get("erp")) == (CANARY, "x")


def test_a_new_master_key_wraps_data_keys_and_rewrites_no_secret(safe, registry, keys):
    for name in ("a", "b", "c"):
        safe.put(name, CANARY + name, "bo")
    before, key = envelope(registry, "b"), keys.path.read_bytes()
    done = safe.rotate("cy")
    after = envelope(registry, "b")
    assert (done.changed, done.lost) == (3, ())
    assert (after.sealed, after.version) == (before.sealed, before.version)
    assert after.master == done.master != before.master and after.wrapped != before.wrapped
    assert [safe.get(name) for name in ("a", "b", "c")] == [CANARY + name for name in ("a", "b", "c")]
    assert key.strip() not in keys.path.read_bytes() and len(keys.all()) == 1
    assert events(registry)[-1] == (
        "vault.rotated",
        "secret://vault/",
        "cy",
        done.model_dump(mode="json") | {"lost": []},
    )
    keys.path.write_bytes(key)
    with pytest.raises(Broken, match="sealed under"):
        safe.get("a")


def test_the_master_key_of_the_environment(safe, keys, monkeypatch):
    old, new = (base64.b64encode(bytes([n]) * 32).decode() for n in (251, 252))
    safe.put("crm", CANARY, "bo")
    monkeypatch.setenv("WEFT_VAULT_KEY", old)  # from the file to the environment
    assert safe.get("crm") == CANARY
    assert safe.rotate("bo").changed == 1
    assert not keys.path.exists() and safe.get("crm") == CANARY
    with pytest.raises(Invalid, match="wraps every secret already"):
        safe.rotate("bo")
    monkeypatch.setenv("WEFT_VAULT_KEY", new.replace("+", "-").replace("/", "_"))
    monkeypatch.setenv("WEFT_VAULT_KEY_BEFORE", old)
    assert safe.get("crm") == CANARY
    assert safe.rotate("bo").changed == 1
    monkeypatch.delenv("WEFT_VAULT_KEY_BEFORE")
    assert safe.get("crm") == CANARY
    monkeypatch.setenv("WEFT_VAULT_KEY_BEFORE", new)  # and back to a file
    monkeypatch.delenv("WEFT_VAULT_KEY")
    assert safe.rotate("bo").changed == 1
    monkeypatch.delenv("WEFT_VAULT_KEY_BEFORE")
    assert safe.get("crm") == CANARY and keys.path.exists()
    monkeypatch.setenv("WEFT_VAULT_KEY", "hunter2")
    with pytest.raises(Invalid, match="WEFT_VAULT_KEY holds no master key") as error:
        safe.get("crm")
    assert "hunter2" not in str(error.value)


def test_its_own_keys_are_no_secrets_that_a_source_could_name(safe, tmp_path, monkeypatch):
    monkeypatch.setenv("WEFT_VAULT_KEY", base64.b64encode(b"k" * 32).decode())
    (tmp_path / ".weft/keys").mkdir(parents=True)
    (tmp_path / ".weft/keys/vault.key").write_text("k")
    (tmp_path / "link").symlink_to(".weft/keys")
    vault = open_vault(tmp_path, safe)
    for path in ("env/WEFT_VAULT_KEY", "env/WEFT_VAULT_KEY_BEFORE", "file/.weft/keys/vault.key", "file/link/vault.key",
                 f"file/{tmp_path}/.weft/keys/vault.key", "file/a/../.weft/keys/vault.key"):  # fmt: skip
        with pytest.raises(Invalid, match=r"for (the vault|weft) alone"):
            vault.get(f"secret://{path}")


# renewal


def test_renewed_once_and_stored_before_it_is_used(safe, registry, tmp_path):
    safe.put("token", "r0", "bo")
    vault = open_vault(tmp_path, safe)
    made = []

    def make(current):
        made.append(current)
        return f"r{len(made)}"

    assert vault.renew("secret://vault/token", "r0", make) == "r1"
    assert vault.get("secret://vault/token") == "r1"
    assert vault.renew("secret://vault/token", "r0", make) == "r1", "somebody has renewed it"
    assert vault.renew("secret://vault/token", "r1", make) == "r2"
    assert made == ["r0", "r1"]
    assert [e[:3] for e in events(registry)[1:]] == [("secret.renewed", "secret://vault/token", "ana")] * 2


def test_what_goes_wrong_while_renewing_changes_nothing(safe, registry, tmp_path):
    safe.put("token", "r0", "bo")

    def refused(_):
        raise Unavailable("the token endpoint does not answer")

    with pytest.raises(Unavailable, match="token endpoint"):
        safe.renew("token", "r0", refused)
    assert safe.get("token") == "r0"
    assert safe.renew("token", "r0", lambda _: "r1") == "r1", "nobody holds the turn any more"
    with pytest.raises(Unavailable, match="no secret behind 'secret://vault/none'"):
        safe.renew("none", "x", refused)
    vault = open_vault(tmp_path, safe)
    for reference in ("secret://env/X", "secret://file/x"):
        with pytest.raises(Unavailable, match="does not write there") as error:
            vault.renew(reference, "x", refused)
        assert "weft secret set" in error.value.hint


def test_who_sets_it_meanwhile_has_the_last_word(safe, registry):
    safe.put("token", "r0", "bo")

    def make(_):
        safe.put("token", "by hand", "bo")
        return "r1"

    assert safe.renew("token", "r0", make) == "by hand"
    assert safe.get("token") == "by hand"


def test_threads_renew_one_at_a_time(safe):
    safe.put("token", "0", "bo")
    made, answers, begun = [], [], threading.Barrier(4)

    def make(current):
        made.append(current)
        time.sleep(0.02)  # long enough for the others to come in, if they could
        return str(int(current) + 1)

    def work():
        begun.wait()
        answers.append(safe.renew("token", "0", make))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (made, answers) == (["0"], ["1"] * 4)


def test_who_died_is_not_waited_for_and_who_lives_is(safe, registry, keys):
    safe.put("token", "r0", "bo")
    with registry.transaction(write=True) as unit:
        unit.leases.acquire("secret:token", "other#1", 600.0)
    with pytest.raises(Unavailable, match="secret token is being renewed by another process for more than"):
        opened(registry, keys, wait=0.1).renew("token", "r0", lambda _: "r1")
    assert (
        opened(registry, keys, alive=lambda owner: not owner.startswith("other")).renew("token", "r0", lambda _: "r1")
        == "r1"
    )
