"""YAML: safe, with positions."""

from __future__ import annotations

import textwrap

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from weft.spec import dump
from weft.spec.text import DEEP, LARGE, Unreadable, parse, position


def load(text):
    return parse(textwrap.dedent(text).encode()).value


def refused(text):
    with pytest.raises(Unreadable) as caught:
        parse(text if isinstance(text, bytes) else textwrap.dedent(text).lstrip("\n").encode())
    return f"{caught.value.line}:{caught.value.column}: {caught.value.message}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("Y", "Y"),  # the Norway problem
        ("true", True), ("False", False), ("~", None), ("", None), ("null", None),
        ("2026-01-31", "2026-01-31"), ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"), ("12:30:00", "12:30:00"),
        ("12", 12), ("-3", -3), ("0", 0), ("007", "007"), ("0o17", 15), ("0x1f", 31), ("1_000", "1_000"),
        ("1.50", 1.5), (".5", 0.5), ("1e3", 1000.0), ("1.0e3", 1000.0), ("1.2.3", "1.2.3"), ("-", "-"), ("01.5", "01.5"),
        ("'12'", "12"), ('"no"', "no"), ("1" * 400, "1" * 400),
    ],
)  # fmt: skip
def test_scalars(text, value):
    found = load(f"key: {text}" if text != "-" else "key: '-'")["key"]
    assert (found, type(found)) == (value, type(value))


def test_aliases_and_merges_are_read():
    text = """
        base: &b {x: 1, y: 2}
        other: {<<: *b, y: 3}
        list: [*b, *b]
    """
    assert load(text) == {"base": {"x": 1, "y": 2}, "other": {"x": 1, "y": 3}, "list": [{"x": 1, "y": 2}] * 2}


def test_bytes_before_the_text_do_not_matter():
    assert parse(b"\xef\xbb\xbfa: \xc3\xa4\r\nb: 2\r\n").value == {"a": "ä", "b": 2}


LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1: the key 'a' stands twice, first in line 1"),
        ("a: {x: 1, x: 2}", "1:11: the key 'x' stands twice, first in line 1"),
        ("a: !!python/object:os.system x", "1:4: the tag 'tag:yaml.org,2002:python/object:os.sy...' is not allowed, tags are not read"),
        ("a: !!map {}", "1:4: the tag 'tag:yaml.org,2002:map' is not allowed, tags are not read"),
        (LAUGHS, "5:10: aliases stand for more than 10,000 values, allowed are at most so many"),
        ("a: &x [*x]", "1:8: the alias '*x' stands inside of what it names"),
        ("a: *x", "1:4: the alias '*x' names no anchor before it"),
        ("a: 1\n---\nb: 2\n", "2:1: a second document starts here, one file holds one document"),
        ("[a]: 1", "1:1: a key must be plain text"),
        ("? {a: 1}\n: 1", "1:3: a key must be plain text"),
        ("a:\n  - b\n c: 1\n", "3:2: this is not YAML: while parsing a block mapping, did not find expected key"),
        ("a: 'open", "1:9: this is not YAML: while scanning a quoted scalar, found unexpected end of stream"),
        ("a:\n\tb: 1", "2:1: this is not YAML: while scanning for the next token, found character that cannot start any token"),
        (b"a: 1\nname: caf\xe9\n", "2:10: the byte 0xe9 is not UTF-8, files are UTF-8"),
        (b"a: \x00", "1:4: the character U+0000 is not allowed in YAML"),
        (b"a: " + b"x" * LARGE, "1:1: the file has 1,000,003 bytes, allowed are 1,000,000"),
        ("a: " + "[" * (DEEP + 1), f"1:{DEEP + 3}: values are nested deeper than 100 levels"),
        ("- " * 300_000, "1:201: values are nested deeper than 100 levels"),
        ("a: {<<: 3}", "1:5: '<<' merges mappings only"),
    ],
    ids=range(19),
)  # fmt: skip
def test_what_is_refused(text, message):
    assert refused(text) == message


def test_positions_are_of_keys_and_of_entries():
    root = parse(b"a:\n  - name: x\n    valueOf: 3\n  - name: y\n")
    at = [("a",), ("a", 0), ("a", 0, "valueOf"), ("a", 1, "name"), ("a", 1, "missing"), ("a", 0, "value_of"), ()]
    assert [str(position(root, path, "f"))[2:] for path in at] == ["1:1", "2:5", "3:5", "4:5", "4:5", "3:5", "1:1"]


words = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words
special = st.sampled_from(
    [
        "no",
        "~",
        "- a",
        "a: b",
        "a #b",
        "'",
        '"',
        "1",
        "1.0",
        "",
        " ",
        "x:",
        "a\nb",
        "a\n",
        "a\n\nb\n",
        "<<",
        "#",
        "%",
        "=",
        "0x1",
    ]
)
values = st.recursive(
    scalars | special,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | special, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(words | special, values, min_size=1, max_size=4))
def test_what_is_written_is_read_back(value):
    text = dump(value)
    assert parse(text.encode()).value == value


texts = st.sampled_from(["no", "on", "12:30", "2020-01-01", "1_0", "010", "=", "0b1", "y", "<<"])


@given(st.dictionaries(st.sampled_from("abc"), texts | st.floats(allow_nan=False), min_size=1))
def test_other_readers_see_the_same_text(value):
    assert yaml.safe_load(dump(value)) == value


@given(st.binary(max_size=60) | st.text(alphabet="a:- \n[]{}&*!|>'\"?,#%\t", max_size=40).map(str.encode))
def test_no_bytes_break_the_reader(content):
    try:
        parse(content)
        at = (1, 1)
    except Unreadable as error:
        at = (error.line, error.column)
    assert min(at) >= 1
