"""Texts: the source's own where there is no catalogue."""

from __future__ import annotations

import pytest

pytest.importorskip("babel", reason="install the extra 'portal'")


def test_the_source_language_needs_no_catalogue():
    from weft.portal.words import SOURCE, languages, translations

    assert languages()[0] == SOURCE
    for language in (*languages(), "tlh"):
        assert translations(language).gettext("no text of ours") == "no text of ours"
