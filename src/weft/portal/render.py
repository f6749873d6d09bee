"""Templates: one environment a locale, with the reader's formats and texts."""

from __future__ import annotations

import json
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from weft.portal import assets, charts
from weft.portal.reader import Reader
from weft.portal.words import languages

if TYPE_CHECKING:
    from babel import Locale

TEMPLATES = Path(__file__).parent / "templates"


@lru_cache(maxsize=64)
def environment(locale: Locale) -> Environment:
    """The templates as a reader of that locale sees them."""
    reader = Reader(locale)
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.install_gettext_translations(reader.words, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    env.filters.update(
        number=reader.number,
        percent=reader.percent,
        money=reader.money,
        size=reader.size,
        day=reader.day,
        span=reader.span,
        when=partial(_when, reader),
        path=_path,
        cell=_cell,
        curve=charts.curve,
        json=partial(json.dumps, ensure_ascii=False, default=str, indent=2),
        pretty=_pretty,
        dots=lambda name: name.count("."),
        is_number=_is_number,
        table_address=_table_address,
        figure=reader.figure,
        change=reader.change,
        distance=lambda tile: reader.change(tile.distance, tile.unit),
        period=reader.period,
        prose=_prose,
    )
    env.globals.update(static=assets.address, lang=reader.language, languages=languages(), query=_query)
    return env


def _prose(text: str) -> Markup:
    """Markdown as a page shows it. HTML in it is text, pictures are not fetched, links lead to the web alone."""
    from markdown_it import MarkdownIt

    reads = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_inline", "html_block"])
    return Markup(reads.render(text))  # noqa: S704 - rendered from escaped text


def _when(reader: Reader, value: str) -> Markup:
    """A time for people and for programs."""
    return Markup('<time datetime="{}">{}</time>').format(value, reader.moment(value)) if value else Markup("")


_NUMBERS = ("int", "uint", "float", "double", "half", "decimal")


def _is_number(arrow: str) -> bool:
    """Whether values of that Arrow type are set to the right."""
    return arrow.startswith(_NUMBERS)


def _cell(value: Any, most: int = 0) -> str:
    """A value of a row as it is: no number is rounded, no name is made prettier."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, bytes):
        text = f"{len(value)} bytes"
    elif isinstance(value, list | tuple | dict):
        text = json.dumps(value, default=str, ensure_ascii=False)
    else:
        text = str(value)
    return f"{text[:most]}…" if most and len(text) > most else text


def _pretty(text: str) -> str:
    """JSON with a field a line; other text as it is."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        return text


def _table_address(name: str, tab: str = "") -> str:
    """Where a table `domain.product.table` is shown, or a tab of its product with it chosen."""
    domain, product, table = [*name.split(".", 2), "", ""][:3]
    here = f"/p/{_path(domain)}/{_path(product)}"
    return f"{here}/{tab}?{urlencode({'table': table})}" if tab else f"{here}/{_path(table)}"


def _path(value: str) -> str:
    """A name as one step of an address."""
    return quote(str(value), safe="@:")


def _query(**values: Any) -> Markup:
    """The rest of an address after `?`; what is empty is left out, a list is said once for each."""
    kept = {k: v for k, v in values.items() if v not in ("", None, (), [], False)}
    return escape("?" + urlencode(kept, doseq=True)) if kept else Markup("?")
