"""XML: which element is a row, what becomes a column, and what is refused."""

from __future__ import annotations

import csv
import gzip
import io
import resource
from pathlib import Path

import pytest

from weft.connectors.files.kind import Files, FileStream
from weft.errors import Invalid

VERSIONS = """<?xml version="1.0" encoding="UTF-8"?>
<j:export xmlns:j="urn:jira" count="2">
  <j:version id="10000">
    <name>1.4.0 &amp; more</name>
    <released>true</released>
    <notes><![CDATA[<b>bold</b>]]></notes>
  </j:version>
  <version id="10001" archived="no">
    <name>1.5.0</name>
    <driver><key>5b10</key><name>Zoë</name></driver>
    <label>a</label><label>b</label>
    <released/>
  </version>
</j:export>
"""


def read(reach, text, **config):
    """(the rows by column, the batch)."""
    (reach.folder / "a.xml").write_bytes(text if isinstance(text, bytes) else text.encode())
    batches = Files(**{"records": "version", **config}).read(reach, "s", FileStream(path="a.xml"), {})
    (one,) = [(list(csv.DictReader(io.StringIO(Path(b.scan.files[0].path).read_text()))), b) for b in batches]
    return one


def test_attributes_and_children_are_columns(reach):
    rows, batch = read(reach, VERSIONS)
    empty = dict.fromkeys(("archived", "driver", "label", "notes"), "")
    first = {"id": "10000", "name": "1.4.0 & more", "released": "true", "notes": "<b>bold</b>"}
    assert rows == [
        empty | first,
        empty
        | {"id": "10001", "archived": "no", "name": "1.5.0", "released": "", "label": '["a", "b"]'}
        | {"driver": '{"key": "5b10", "name": "Zoë"}'},
    ]
    assert list(rows[0]) == ["id", "name", "released", "notes", "archived", "driver", "label"]
    assert (batch.scan.format, batch.untyped) == ("csv", True)


def test_text_of_a_record_and_of_what_has_attributes(reach):
    rows, _ = read(reach, '<v><version name="x">hi <name>y</name></version><version><s id="3">Open</s></version></v>')
    assert rows == [
        {"@name": "x", "name": "y", "text": "hi", "s": ""},
        {"@name": "", "name": "", "text": "", "s": '{"@id": "3", "#text": "Open"}'},
    ]


def test_a_record_inside_a_record_belongs_to_it(reach):
    rows, _ = read(reach, "<v><version><version>1</version></version></v>")
    assert rows == [{"version": "1"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_encoding_that_it_names(reach, encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><v><version><n>Zoë</n></version></v>'
    assert read(reach, text.encode(encoding))[0] == [{"n": "Zoë"}]


def test_in_gzip(reach):
    (reach.folder / "a.xml.gz").write_bytes(
        gzip.compress(VERSIONS.encode("utf-16").replace(b"U\0T\0F\0-\x008", b"U\0T\0F\0-\x001\x006"))
    )
    (batch,) = Files(records="version").read(reach, "s", FileStream(path="a.xml.gz"), {})
    assert batch.scan.files[0].key == "a.xml.gz"
    assert list(reach.scratch.iterdir()) == []


def test_no_record_is_no_row(reach):
    assert read(reach, "<v></v>")[0] == []


def test_columns_are_found(reach):
    (reach.folder / "versions.xml").write_text(VERSIONS)
    (found,) = Files(records="version").discover(reach, {})
    assert [c.name for c in found.columns][:3] == ["id", "name", "released"]
    (found,) = Files().discover(reach, {})
    assert "it is not said which element" in found.comment


def test_without_a_name_of_the_records_the_elements_are_listed(reach):
    with pytest.raises(Invalid) as caught:
        read(reach, VERSIONS, records="")
    assert "'records'" in caught.value.hint
    assert "name (3), version (2), released (2)" in caught.value.hint


BOMB = '<!DOCTYPE v [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE v [<!ENTITY f SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB + "<v><version><n>&c;</n></version></v>", "declares a document type in line 1"),
        (f"<!-- x -->\n\n{OUTSIDE}<v><version>&f;</version></v>", "document type in line 3"),
        ('<!DOCTYPE v SYSTEM "http://localhost:9/x.dtd"><v/>', "declares a document type"),
        (VERSIONS[:290], "not complete XML: no element found in line 10"),
        (VERSIONS.replace("</j:version>", "</oops>"), "mismatched tag in line 7"),
        ("<v><version>&nbsp;</version></v>", "undefined entity in line 1"),
        ("id,name\n1,x\n", "not complete XML: syntax error in line 1"),
        ("", "not complete XML: no element found in line 1"),
        (b'<?xml version="1.0"?><v><version>\xff</version></v>', "invalid token"),
        ('<?xml version="1.0" encoding="klingon"?><v/>', "unknown encoding"),
        ("<v><version>" + "<d>" * 200 + "</d>" * 200 + "</version></v>", "deeper than 100 elements"),
        ("<v><version>" + "x" * 11_000_000 + "</version></v>", "larger than 10 million characters"),
        ("<v><version>" + "".join(f"<c{n}/>" for n in range(5_001)) + "</version></v>", "more than 5000 columns"),
    ],
    ids=lambda v: str(v)[-40:] if len(str(v)) < 60 else "text",
)
def test_what_is_refused(reach, text, says):
    with pytest.raises(Invalid) as caught:
        read(reach, text)
    assert says in caught.value.message
    assert "a.xml" in caught.value.message
    assert list(reach.scratch.iterdir()) == []


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(reach):
    with (reach.folder / "a.xml").open("w") as file:
        file.write("<v>")
        for _ in range(200):
            file.write("<version><n>some text that is a row</n></version>" * 4_000)
        file.write("</v>")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for batch in Files(records="version").read(reach, "s", FileStream(path="a.xml"), {}):
        assert batch.scan.files[0].bytes > 18_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # KB; the file has 39 MB
