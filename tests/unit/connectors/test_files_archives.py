"""gzip and zip, honest and not."""

from __future__ import annotations

import gzip
import stat
import zipfile
from pathlib import Path

import pytest

from weft.connectors.files.kind import Files, FileStream
from weft.errors import Invalid

TEXT = "id,name\n1,Ada\n"


def read(reach, wanted="**", **config):
    """Text of every file by its key, and afterwards the scratch folder is empty again."""
    config.setdefault("format", "csv")
    found = {}
    for batch in Files(**config).read(reach, "s", FileStream(path=wanted), {}):
        found |= {f.key: Path(f.path).read_text(batch.scan.dialect.encoding) for f in batch.scan.files}
    assert list(reach.scratch.iterdir()) == []
    return found


def zipped(reach, members, name="a.zip", **options):
    with zipfile.ZipFile(reach.folder / name, "w", **options) as archive:
        for member, content in members.items():
            archive.writestr(member, content)


def test_gzip(reach):
    (reach.folder / "a.csv.gz").write_bytes(gzip.compress(TEXT.encode()) + gzip.compress(b"2,Bob\n"))
    assert read(reach) == {"a.csv.gz": TEXT + "2,Bob\n"}


@pytest.mark.parametrize("kept", [20, -1, -8])
def test_cut_gzip(reach, kept):
    content = gzip.compress(b"id,name\n" + b"".join(b"%d,x%d\n" % (i, i * 7919) for i in range(1000)))
    (reach.folder / "a.csv.gz").write_bytes(content[:kept])
    with pytest.raises(Invalid, match=r"a.csv.gz is cut off: .*\n  Fetch the file again"):
        read(reach)
    assert list(reach.scratch.iterdir()) == []


def test_damaged_gzip(reach):
    content = bytearray(gzip.compress(TEXT.encode()))
    content[-6] ^= 255  # the checksum
    (reach.folder / "a.csv.gz").write_bytes(content)
    with pytest.raises(Invalid, match=r"a.csv.gz is damaged"):
        read(reach)
    (reach.folder / "a.csv.gz").write_text(TEXT)
    with pytest.raises(Invalid, match=r"a.csv.gz is damaged"):
        read(reach)


def test_unpacking_is_bounded(reach):
    (reach.folder / "a.csv.gz").write_bytes(gzip.compress(b"id\n" + b"1\n" * 2_000_000))
    with pytest.raises(Invalid, match=r"a.csv.gz unpacks to more than the allowed 1 MB\n.*unpackedLimit"):
        read(reach, unpacked_limit=1)
    assert list(reach.scratch.iterdir()) == []


def test_zip_members(reach):
    zipped(reach, {"deals.csv": TEXT, "in/deals2.csv": TEXT, "__MACOSX/._deals.csv": "x", ".hidden": "x", "in/": ""})
    assert read(reach) == {"a.zip!deals.csv": TEXT, "a.zip!in/deals2.csv": TEXT}
    assert list(read(reach, "a.zip!deals.csv")) == ["a.zip!deals.csv"]
    assert list(read(reach, "a.zip!in/*")) == ["a.zip!in/deals2.csv"]
    assert list(read(reach, "*.zip")) == ["a.zip!deals.csv", "a.zip!in/deals2.csv"]
    assert list(read(reach, "deals.csv", path="a.zip")) == ["a.zip!deals.csv"]
    assert [i.name for i in Files().discover(reach, {})] == ["a"]


def test_a_zip_packed_anew_with_the_same_members_is_no_change(reach):
    zipped(reach, {"deals.csv": TEXT})
    source = Files()
    (batch,) = source.read(reach, "a", FileStream(), {})
    zipped(reach, {"deals.csv": TEXT, "more.csv": TEXT}, compression=zipfile.ZIP_DEFLATED)
    (after,) = source.read(reach, "a", FileStream(), batch.cursor)
    assert [f.key for f in after.scan.files] == ["a.zip!more.csv"]


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("../evil.csv", "leaves the archive"),
        ("/etc/evil.csv", "leaves the archive"),
        ("a/../../evil.csv", "leaves the archive"),
        ("C:\\evil.csv", "leaves the archive"),
        ("a\\b.csv", "leaves the archive"),
        ("con.csv", "that of a device"),
        ("in/LPT1.txt", "that of a device"),
        ("inner.zip", "an archive inside an archive"),
    ],
)
def test_refused_members(reach, member, reason):
    zipped(reach, {"good.csv": TEXT, member: TEXT})
    with pytest.raises(Invalid, match=reason):
        read(reach)
    assert not (reach.folder.parent / "evil.csv").exists()


def test_refused_kinds_of_members(reach):
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    zipped(reach, {link: "/etc/passwd"})
    with pytest.raises(Invalid, match=r"'link.csv', which is refused: it is not a plain file"):
        read(reach)
    with zipfile.ZipFile(reach.folder / "a.zip", "w") as archive:
        archive.writestr("a.csv", TEXT)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.csv", TEXT)
    with pytest.raises(Invalid, match=r"another member has the same name"):
        read(reach)
    zipped(reach, {"a.csv": TEXT})
    content = bytearray((reach.folder / "a.zip").read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (reach.folder / "a.zip").write_bytes(content)
    with pytest.raises(Invalid, match=r"it is encrypted"):
        read(reach)


def test_zip_bombs(reach):
    zipped(reach, {"a.csv": b"0" * 3_000_000}, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(Invalid, match=r"would unpack to 1 members of 3 MB, allowed are 10000 members of 1 MB"):
        read(reach, unpacked_limit=1)
    content = bytearray((reach.folder / "a.zip").read_bytes())
    for place in (content.index(b"PK\x01\x02") + 24, 22):  # the size that it claims
        content[place : place + 4] = (100).to_bytes(4, "little")
    (reach.folder / "a.zip").write_bytes(content)
    with pytest.raises(Invalid, match=r"a.zip!a.csv is damaged"):
        read(reach, unpacked_limit=1)


def test_damaged_zips(reach):
    (reach.folder / "a.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(Invalid, match=r"a.zip is not a complete zip archive"):
        read(reach)
    zipped(reach, {"a.csv": TEXT})
    content = (reach.folder / "a.zip").read_bytes().replace(b"Ada", b"Eva")
    (reach.folder / "a.zip").write_bytes(content)
    with pytest.raises(Invalid, match=r"a.zip!a.csv is damaged"):
        read(reach)
