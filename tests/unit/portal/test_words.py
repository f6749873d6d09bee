"""Catalogues are complete, and no text of a template escapes them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

pytest.importorskip("babel", reason="install the extra 'portal'")

from babel import Locale
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[3]
TEMPLATES = sorted((ROOT / "src/weft/portal/templates").glob("*.html"))
PLACE = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def words():
    spec = importlib.util.spec_from_file_location("words", ROOT / "tools/words.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_catalogues_are_complete(words):
    assert [p.parent.parent.name for p in words.catalogues()] == ["de"]
    for path in words.catalogues():
        assert path.read_bytes() == words.brought_up(path), "run python tools/words.py, then translate what is new"
        with path.open("rb") as opened:
            for message in read_po(opened, locale="de"):
                texts = message.string if isinstance(message.string, tuple) else (message.string,)
                asked = message.id if isinstance(message.id, tuple) else (message.id,)
                assert message.id == "" or (all(texts) and not message.fuzzy), message.id
                places = {p for text in asked for p in PLACE.findall(text)}
                assert message.id == "" or {p for text in texts for p in PLACE.findall(text)} == places, message.id


def test_plurals_and_numbers_are_the_readers():
    from weft.portal.reader import Reader
    from weft.portal.words import translations

    german = translations("de")
    assert [german.ngettext("%(n)s row", "%(n)s rows", n) for n in (0, 1, 2)] == [
        "%(n)s Zeilen",
        "%(n)s Zeile",
        "%(n)s Zeilen",
    ]
    assert german.gettext("Table") == "Tabelle"  # also a plural's
    assert translations("en").gettext("Table") == translations("xx").gettext("Table") == "Table"
    de, en = Reader(Locale.parse("de-DE", sep="-")), Reader(Locale.parse("en-US", sep="-"))
    assert (de.number(1234.5), en.number(1234.5)) == ("1.234,5", "1,234.5")
    assert (de.figure(61.66, "percent"), en.figure(4_820_000, "EUR", short=True)) == ("61,7\xa0%", "€4.82M")
    assert (en.figure(57, "days"), en.change(-1.14, "percent"), en.change(2.5, "EUR")) == (
        "57 days",
        "-1.1 pt",
        "+€2.50",
    )
    assert (de.moment("2026-10-01T06:00:00Z"), de.period("2026-09-01", "month")) == (
        "01.10.2026, 06:00 UTC",
        "September 2026",
    )
    assert [en.span(s) for s in (0, 50, 3600 * 13, 3600 * 30, 86400 * 9)] == [
        "0 sec",
        "50 sec",
        "13 hr",
        "30 hr",
        "1 wk",
    ]
    assert (en.size(999), en.size(2_100_000), en.size(None)) == ("999 B", "2.1 MB", "")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_no_text_escapes_the_catalogues(path):
    assert stray(path.read_text()) == []


def stray(text: str) -> list[str]:
    """Words that stand in a template as they are: between tags, or in what is read aloud."""
    text = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", "", text, flags=re.DOTALL)
    text = re.sub(
        r"<(code|svg)\b.*?</\1>",
        "",
        re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL),
        flags=re.DOTALL,
    )
    aloud = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', text)
    said = re.sub(r"[/?&#][\w./=;&#]*", " ", re.sub(r"<[^>]*>", " ", text))  # a macro may make an address
    return [
        w
        for part in (*aloud, said)
        for w in re.findall(r"[A-Za-z]{2,}", part)
        if w not in {"weft", "SELECT", "domain", "product", "table", "publication", "held"}
    ]


def test_stray_words_are_found():
    assert stray('<p>Hello {{ _("x") }}</p><i title="There">·</i>{% trans %}fine{% endtrans %}') == ["There", "Hello"]
