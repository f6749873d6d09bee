"""Answers cut into records: paths, envelopes, other formats, and what is no answer."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import pytest

from weft.connectors.rest.parts import kinds
from weft.connectors.rest.rows.columns import Columns
from weft.connectors.rest.rows.page import Page
from weft.errors import Broken, Invalid, Unavailable


def page(body, path=(), decoder="JsonDecoder", **parameters):
    return kinds("decoders").build(decoder, parameters).page(body, path)


def rows(*arguments, **parameters):
    return page(*arguments, **parameters).dicts()


@pytest.mark.parametrize(
    ("body", "path", "found"),
    [
        (b'[{"a":1},{"a":2}]', (), [{"a": 1}, {"a": 2}]),
        (b' {"a":1} ', (), [{"a": 1}]),
        (b'{"d":[{"a":1}],"n":2}', ("d",), [{"a": 1}]),
        (b'{"d":{"x":{"i":[{"a":1}]}}}', ("d", "x", "i"), [{"a": 1}]),
        (b'{"d":{"i":{"a":1}}}', ("d", "i"), [{"a": 1}]),
        (b'{"d":{"i":null}}', ("d", "i"), []),
        (b'{"d":{}}', ("d", "i"), []),
        (b'{"d":[{"i":[{"a":1}]},{"i":[{"a":2}]},{}]}', ("d", "*", "i"), [{"a": 1}, {"a": 2}]),
        (b'{"d":{"p":{"a":1},"q":[{"a":2}]}}', ("d", "*"), [{"a": 1}, {"a": 2}]),
        (b'[{"i":[{"a":1}]},{"i":{"a":2}}]', ("i",), [{"a": 1}, {"a": 2}]),
        (b'{"d":[[],[{"a":1}]]}', ("d", "1"), [{"a": 1}]),
        (b'{"a\\"b":[{"a":1}]}', ('a"b',), [{"a": 1}]),
        (b'["x",{"a":1},null]', (), [{"value": "x"}, {"a": 1}, {"value": None}]),
        (b'{"error":"x","id":7}', (), [{"error": "x", "id": 7}]),
        (b'{"errors":[{"a":1}]}', ("errors",), [{"a": 1}]),
        (b'{"error":null,"d":[]}', ("d",), []),
    ],
)
def test_where_records_lie(body, path, found):
    assert rows(body, path) == found


def test_the_envelope_comes_without_the_records():
    body = b'{"n": 1, "d": {"items": [ {"a":[1]} , {"a":[2]} ], "more": true}, "next": "x"}'
    found = page(body, ("d", "items"))
    assert found.response == {"n": 1, "d": {"items": [], "more": True}, "next": "x"}
    assert found.whole["d"]["items"] == [{"a": [1]}, {"a": [2]}]
    assert (found.count, found.first, found.last) == (2, {"a": [1]}, {"a": [2]})


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        (b"<!DOCTYPE html><p>secret", Broken, "HTML"),
        (b'{"error":{"message":"secret"}}', Broken, "'error' instead of a record"),
        (b'{"errors":["secret"],"data":null}', Broken, "'errors' instead of 'data.items'"),
        (b'[{"a":"secret', Unavailable, "cut off"),
        (b'{"data":{"items":[{"a":1}', Unavailable, "cut off"),
        (b'[{"a":"secret"} {"a":1}]', Broken, "expected ',' or ']'"),
        (b"", Broken, "is empty"),
        (b'[{"a":"secret\xff"}]', Broken, "position 13"),
        (b"[" * 100_000, Broken, "too deeply"),
        (b"Internal Server Error: secret", Broken, "not JSON"),
    ],
)
def test_what_is_no_answer(body, error, said):
    with pytest.raises(error) as found:
        page(body, ("data", "items") if body.startswith((b'{"errors', b'{"data')) else ())
    assert said in str(found.value)
    assert "secret" not in str(found.value)


def test_what_can_be_read_without_doubt_is():
    assert rows(b'\xef\xbb\xbf[{"a":1}]') == [{"a": 1}]
    assert rows('[{"a":"ü"}]'.encode("utf-16")) == [{"a": "ü"}]
    found = page(b'[{"a":NaN,"b":"NaN \\\\ud83d"},{"a":-Infinity,"b":"\\ud83d!\\ud83d\\ude00"}]')
    assert found.dicts() == [{"a": "NaN", "b": "NaN \\ud83d"}, {"a": "-Infinity", "b": "\\ud83d!\U0001f600"}]
    columns = Columns()
    columns.take(found)
    columns.take(found)
    assert [(note.partition(",")[0], note.rpartition(" (")[2]) for note in columns.told()] == [
        ("NaN or Infinity", "4 times)"),
        ("half a surrogate pair", "2 times)"),
    ]
    assert columns.told() == ()


def test_a_record_of_100_megabytes():
    body = b'[{"a":"%b","b":1}]' % (b"x" * 100_000_000)
    columns = Columns()
    columns.take(page(body))
    table = columns.flush()
    assert (table.num_rows, len(table["a"][0].as_py()), table["b"].to_pylist()) == (1, 100_000_000, [1])


def test_lines_of_json():
    body = b'{"a":1}\r\n\n{"a":"\xc3\xbc"}\n7'
    assert rows(body, decoder="JsonlDecoder") == [{"a": 1}, {"a": "ü"}, {"value": 7}]
    assert rows(b'{"d":[{"a":1}]}\n{"d":[{"a":2}]}', ("d",), "JsonlDecoder") == [{"a": 1}, {"a": 2}]
    with pytest.raises(Unavailable, match="cut off"):
        page(b'{"a":1}\n{"a":', decoder="JsonlDecoder")
    assert rows(b'x\n\n"y"\n', decoder="IterableDecoder") == [{"record": "x"}, {"record": '"y"'}]


def test_downloads_are_read_in_pieces(monkeypatch):
    monkeypatch.setattr("weft.connectors.rest.decoders.flowing.PIECE", 1000)
    monkeypatch.setattr("weft.connectors.rest.decoders.csv_decoder.PIECE", 1000)
    lines = [{"a": n, "b": "x" * (n % 50)} for n in range(500)]
    whole = "\n".join(map(json.dumps, lines)).encode()
    pages = list(kinds("decoders").build("JsonlDecoder", {}).pages(io.BytesIO(whole)))
    assert len(pages) > 10 and [row for one in pages for row in one.dicts()] == lines
    text = "a,b\n" + "".join(f'{row["a"]},"{row["b"]}\n"\n' for row in lines)
    packed = io.BytesIO(gzip.compress(text.encode()))
    pages = list(kinds("decoders").build("GzipDecoder", {"decoder": "CsvDecoder"}).pages(packed))
    assert len(pages) > 10 and [row["b"] for one in pages for row in one.dicts()] == [row["b"] + "\n" for row in lines]


def test_csv_is_columns_of_text():
    found = page('\ufeffid;n;id\n1;"x\ny";\n2;"";7'.encode(), decoder="CsvDecoder", delimiter=";")
    assert found.dicts() == [{"id": "1", "n": "x\ny", "id_1": None}, {"id": "2", "n": None, "id_1": "7"}]
    columns = Columns(memory={"id": "int"})
    columns.take(found)
    columns.take([b'{"id":3,"n":"z"}'])
    assert columns.flush()["id"].to_pylist() == ["1", "2", "3"]
    assert rows(b"a\n", decoder="CsvDecoder") == rows(b"", decoder="CsvDecoder") == []
    assert rows(b"a\n\n1\n", decoder="CsvDecoder", setValuesToNone=[]) == [{"a": ""}, {"a": "1"}]
    for body, said in (
        (b'a,b\n1,"secret\n2,3\n', "quote is not closed"),
        (b"a,b\n1,2\nsecret\n", "row 2 has 1 cells"),
        (b'{"error":1}', "JSON"),
    ):
        with pytest.raises(Broken, match=said) as error:
            page(body, decoder="CsvDecoder")
        assert "secret" not in str(error.value)


def test_xml_is_objects():
    body = b'<?xml version="1.0"?><d n="9"><i a="1">x</i><i><b>2</b><b>3</b><c/></i></d>'
    assert rows(body, ("d", "i"), "XmlDecoder") == [{"@a": "1", "#text": "x"}, {"b": ["2", "3"], "c": None}]
    for bad, said in (
        (b"<d><i>", "not complete"),
        (b'<!DOCTYPE d [<!ENTITY a "a">]><d/>', "document type"),
        (b"<d>" * 200, "deeper"),
    ):
        with pytest.raises(Broken, match=said):
            page(bad, decoder="XmlDecoder")


def test_packed_answers():
    packed = gzip.compress(b'[{"a":1}]')
    assert rows(packed, decoder="GzipDecoder") == rows(b'[{"a":1}]', decoder="GzipDecoder") == [{"a": 1}]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("one.json.gz", packed)
        made.writestr("two.json", b'[{"a":2}]')
    zipped = kinds("decoders").build("ZipfileDecoder", {"decoder": "GzipDecoder"}).page(archive.getvalue())
    assert zipped.dicts() == [{"a": 1}, {"a": 2}]
    bomb = gzip.compress(b" " * 3_000_000)
    for body, decoder, said in (
        (packed[:-6], "GzipDecoder", "cut off"),
        (bomb, "GzipDecoder", "more than the allowed 1 MB"),
        (b"PK\3\4", "ZipfileDecoder", "not a complete zip"),
    ):
        with pytest.raises(Invalid, match=said):
            page(body, decoder=decoder, unpackedLimit=1)


def test_a_page_of_values():
    found = Page.of([{"a": 1, "b": [None]}], {"next": 2})
    assert (found.records, found.response) == ([b'{"a":1,"b":[null]}'], {"next": 2})
