"""Texts for people in the reader's language: gettext catalogues, compiled when they are first wanted."""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

CATALOGUES = Path(__file__).parent / "locales"
SOURCE = "en"
"""The language that the texts are written in."""


@cache
def languages() -> tuple[str, ...]:
    """Languages that there are texts in."""
    return (SOURCE, *sorted(path.parent.parent.name for path in CATALOGUES.glob("*/LC_MESSAGES/weft.po")))


@cache
def translations(language: str) -> NullTranslations:
    """The texts of a language; those of the source where there is no catalogue."""
    path = CATALOGUES / language / "LC_MESSAGES" / "weft.po"
    if language == SOURCE or language not in languages():
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with path.open("rb") as opened:
        write_mo(compiled, read_po(opened, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
