"""Folders elsewhere: URLs, directory pages, redirects, host keys, what may be wrong on the way."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

import folders
from weft.connectors import dial
from weft.connectors.files.kind import Files, FileStream
from weft.connectors.files.remote import client
from weft.connectors.files.remote.url import parse
from weft.errors import Denied, Invalid, Unavailable


@pytest.fixture
def there(tmp_path, monkeypatch):
    """A web server with two files, and how it fails."""
    monkeypatch.setattr(client, "_PAUSE", 0.001)
    monkeypatch.setenv("FOLDER_SECRET", folders.PASSWORD)
    with folders.web(tmp_path / "there") as (folder, fate):
        folder.put("a.csv", b"id,name\n1,Ada\n")
        folder.put("sub/b.csv", b"id,name\n2,Bo\n")
        yield folder, fate


@pytest.fixture
def server(tmp_path, monkeypatch):
    """An SFTP server with one file."""
    monkeypatch.setenv("FOLDER_SECRET", folders.PASSWORD)
    with folders.sftp(tmp_path / "there") as folder:
        folder.put("a.csv", b"id,name\n1,Ada\n")
        yield folder


def read(reach, folder, path="**", cursor=None, **more):
    """Keys and contents of what is read, and the cursor."""
    found, last = {}, cursor or {}
    paths = [f"{folder.url}/{one}" for one in path] if isinstance(path, list) else f"{folder.url}/{path}"
    files = Files(path=paths, **{**folder.config, **more})
    for batch in files.read(reach, "s", FileStream(path="**"), last):
        for ref in batch.scan.files:
            with open(ref.path, "rb") as file:
                found[ref.key] = file.read()
        last = batch.cursor
    return found, last


@pytest.mark.parametrize(
    ("text", "scheme", "host", "path", "pattern"),
    [
        ("s3://b/in/*.csv", "s3", "b", "in/", "*.csv"),
        ("s3://b", "s3", "b", "", ""),
        ("az://c/in/a?.csv", "az", "c", "in/", "a?.csv"),
        ("abfss://c@acc.dfs.core.windows.net/x/**", "az", "c", "x/", "**"),
        ("sftp://me@h:2222/in/", "sftp", "h", "in/", ""),
        ("https://h/e/a.csv?sig=x*y", "https", "h", "e/a.csv", ""),
        ("https://[2001:db8::1]:8443/", "https", "2001:db8::1", "", ""),
    ],
)
def test_urls(text, scheme, host, path, pattern):
    found = parse(text)
    assert (found.scheme, found.host, found.path, found.pattern) == (scheme, host, path, pattern)
    assert "sig" not in found.shown


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"path": "ftp://h/x"}, "a path elsewhere begins with"),
        ({"path": "s3:///x"}, "a path elsewhere begins with"),
        ({"path": "sftp://u:p@h/x"}, "holds a password"),
        ({"path": "https://u@h/x"}, "holds a user"),
        ({"path": "https://h/../x"}, "holds no '..'"),
        ({"path": "https://h/*.csv?x=1"}, "names one file"),
        ({"path": ["https://a/x", "https://b/x"]}, "of one web server"),
        ({"path": "abfss://c@acc/x"}, "it is abfss://"),
        ({"path": "in", "user": "me"}, "'user' does not go with a folder of the mesh"),
        ({"path": "s3://b", "token": "secret://env/T"}, "'token' does not go with s3://"),
        ({"path": "https://h/x", "token": "abc"}, "by reference only"),
        ({"path": "http://h/x", "token": "secret://env/T"}, "not sent over http://"),
    ],
)
def test_settings_that_do_not_fit(config, why):
    with pytest.raises(ValidationError, match=why):
        Files(**config)


def test_private_addresses_only_where_allowed(reach, there):
    folder, fate = there
    with pytest.raises(Invalid, match=r"'127.0.0.1' has an address of a private network(.|\n)*privateNetwork: true"):
        Files(path=f"{folder.url}/a.csv").test(reach)
    with pytest.raises(Invalid, match="private network"):
        Files(path="s3://b", storage_options={"endpoint": "http://169.254.169.254"}).test(reach)
    for text in (
        "169.254.1.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fe80::1",
        "224.0.0.1",
        "100.64.0.1",
    ):
        with pytest.raises(Invalid, match="private network"):
            dial.addresses(text, 1, private=False)
    assert dial.addresses("93.184.216.34", 1, private=False)
    assert fate.seen == []


def test_directory_pages_lists_and_single_files(reach, there):
    folder, fate = there
    both = {"a.csv": b"id,name\n1,Ada\n", "sub/b.csv": b"id,name\n2,Bo\n"}
    assert read(reach, folder)[0] == both
    assert read(reach, folder, "*.csv")[0] == {"a.csv": both["a.csv"]}
    assert read(reach, folder, "a.csv")[0] == {"a.csv": both["a.csv"]}
    assert sorted(read(reach, folder, ["a.csv", "sub/*.csv", "gone.csv"])[0]) == ["in/a.csv", "in/sub/b.csv"]
    fate.set("json")
    found, cursor = read(reach, folder)
    assert found == both
    fate.set("")
    assert read(reach, folder, cursor=cursor) == ({}, cursor)
    assert {method for method, path, _ in fate.seen if path.endswith(".csv")} == {"HEAD"}
    with pytest.raises(Invalid, match="is no directory page"):
        read(reach, folder, "a.csv/")


def test_one_file_that_goes_and_a_folder_that_goes(reach, there, tmp_path):
    folder, _ = there
    (_, one), (_, all_) = read(reach, folder, "a.csv"), read(reach, folder, "sub/*.csv")
    folder.delete("a.csv")
    (batch,) = Files(path=f"{folder.url}/a.csv", **folder.config).read(reach, "s", FileStream(path="**"), one)
    assert (batch.gone, batch.scan.files) == (("a.csv",), ())
    folder.delete("sub/b.csv")
    (tmp_path / "there/in/sub").rmdir()
    with pytest.raises(Unavailable, match="though files of it were read before"):
        read(reach, folder, "sub/*.csv", all_)


def test_a_look_at_a_long_file_fetches_its_beginning(reach, there):
    folder, fate = there
    folder.put("long.csv", b"id,name\n" + "1,\u00e4\u00f6\n".encode() * 200_000)
    (info,) = Files(path=f"{folder.url}/long.csv", **folder.config).discover(reach, {})
    assert ([c.name for c in info.columns], info.bytes, info.comment) == (["id", "name"], 1_400_008, "")
    assert [headers.get("Range") for method, _, headers in fate.seen if method == "GET"] == ["bytes=0-1048575"]


def test_servers_that_tell_little(reach, there):
    folder, fate = there
    fate.set("no tag")
    _, cursor = read(reach, folder)
    assert read(reach, folder, cursor=cursor)[0] == {}
    fate.set("no head")
    assert len(read(reach, folder)[0]) == 2
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        made.writestr("m.csv", "id,name\n" + "3,Cy\n" * 50_000)
    folder.put("z.zip", out.getvalue())
    fate.set("")
    (member,) = Files(path=f"{folder.url}/*.zip", **folder.config).discover(reach, {"z": FileStream(path="*.zip")})
    assert member.bytes == 250_008
    fate.set("no range")
    assert len(read(reach, folder, "*.zip")[0]["z.zip!m.csv"]) == 250_008
    assert not list(reach.scratch.rglob("*.part"))


def test_faults_are_tried_again_and_then_told(reach, there):
    folder, fate = there
    fate.set("later", times=3)
    assert len(read(reach, folder)[0]) == 2
    fate.set("cut", "a.csv", times=2)
    assert len(read(reach, folder, "a.csv")[0]) == 1
    for told, error, why, asked in (
        ("later", Unavailable, "it answers 503", 5),
        ("much later", Unavailable, "it answers 429", 1),
        ("denied", Denied, "may not be read", 1),
        ("redirect ftp://h/x", Unavailable, "not followed", 1),
        (f"redirect {folder.url}/a.csv", Unavailable, "without end", 6),
    ):
        fate.set(told)
        with pytest.raises(error, match=why):
            read(reach, folder, "a.csv")
        assert len(fate.seen) == asked
    fate.set("cut", "a.csv")
    with pytest.raises(Unavailable, match=r"/in/a.csv cannot be read: 7 of 14 bytes came"):
        read(reach, folder, "a.csv")
    fate.set("changing", "a.csv")
    with pytest.raises(Unavailable, match=r"a.csv changed while it was read"):
        read(reach, folder, "a.csv")
    fate.set("")
    assert read(reach, folder, "a.csv")[0]["a.csv"].startswith(b"id,name\n1,Ada\n\n")
    assert not list(reach.scratch.rglob("*.part"))


def test_credentials_stay_with_their_host(reach, there, tmp_path):
    folder, fate = there
    with folders.web(tmp_path / "other") as (other, others):
        other.put("a.csv", b"id\n9\n")
        others.set("open")
        fate.set(f"redirect {other.url}/a.csv")
        assert read(reach, folder, "a.csv")[0] == {"a.csv": b"id\n9\n"}
        assert {"Authorization" in headers for _, _, headers in others.seen} == {False}
        assert {"Authorization" in headers for _, _, headers in fate.seen} == {True}


def test_a_certificate_must_be_trusted(reach, tmp_path, monkeypatch):
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")]), datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    pem = tmp_path / "both.pem"
    forms = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem.write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, *forms)
    )
    monkeypatch.setattr(client, "_PAUSE", 0.001)
    monkeypatch.setenv("FOLDER_SECRET", folders.PASSWORD)
    with folders.web(tmp_path / "there", pem) as (folder, fate):
        folder.put("a.csv", b"id\n1\n")
        with pytest.raises(Unavailable, match=r"shows a certificate that is not trusted(.|\n)*SSL_CERT_FILE"):
            read(reach, folder)
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        assert read(reach, folder, privateNetwork=True)[0] == {"a.csv": b"id\n1\n"}
        fate.set(f"redirect {folder.url.replace('https', 'http')}/b.csv")
        with pytest.raises(Unavailable, match="leads to an address that is not followed"):
            read(reach, folder, "a.csv")


def test_a_host_key_must_be_known(reach, server):
    key = server.config["hostKey"]
    assert read(reach, server)[0] == {"a.csv": b"id,name\n1,Ada\n"}
    with pytest.raises(
        Invalid, match=rf"is not known; it shows ecdsa-sha2-nistp256 {re.escape(key[:12])}.*\n.*hostKey: SHA256:"
    ):
        read(reach, server, hostKey="")
    with pytest.raises(Invalid, match="shows another host key"):
        read(reach, server, hostKey="SHA256:" + "A" * 43)
    with pytest.raises(Invalid, match="does not accept the credentials"):
        read(reach, server, user="nobody")
    with pytest.raises(Invalid, match="there is no file or folder 'sftp://"):
        read(reach, server, "nothing/*.csv")


def test_keys_links_and_changes_of_sftp(reach, server, tmp_path, monkeypatch):
    import paramiko

    made, text = paramiko.ECDSAKey.generate(), io.StringIO()
    made.write_private_key(text, password="opens")
    monkeypatch.setenv("FOLDER_KEY", text.getvalue())
    monkeypatch.setenv("FOLDER_PASS", "opens")
    (tmp_path / "there/authorized").write_text(made.get_base64())
    by_key = {"password": "", "privateKey": "secret://env/FOLDER_KEY", "passphrase": "secret://env/FOLDER_PASS"}
    assert len(read(reach, server, **by_key)[0]) == 1
    monkeypatch.setenv("FOLDER_PASS", "wrong")
    with pytest.raises(Invalid, match=r"the private key of sftp://.* cannot be read"):
        read(reach, server, **by_key)
    inside = tmp_path / "there/in"
    (inside / "b.csv").symlink_to("a.csv")
    assert sorted(read(reach, server)[0]) == ["a.csv", "b.csv"]
    (inside / "c.csv").symlink_to("../authorized")
    with pytest.raises(Invalid, match="is a link that leaves the source's folder"):
        read(reach, server)
    (inside / "c.csv").unlink()
    server.fail("changing")
    with pytest.raises(Unavailable, match=r"a.csv changed while it was read"):
        read(reach, server, "a.csv")
