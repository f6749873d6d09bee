"""Bring the portal's catalogues up: `python tools/words.py` collects its texts, translations that still fit stay.

New texts stand in each catalogue without a translation; a test refuses that, so translate them there.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

PORTAL = Path(__file__).parent.parent / "src" / "weft" / "portal"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"newstyle_gettext": "true", "trimmed": "true", "silent": "false"}}


def main() -> None:
    """Write every catalogue anew."""
    for path in catalogues():
        path.write_bytes(brought_up(path))


def catalogues() -> list[Path]:
    """One file a language."""
    return sorted(PORTAL.glob("locales/*/LC_MESSAGES/weft.po"))


def collected() -> Catalog:
    """Every text of the portal."""
    found = Catalog()
    keywords = {"gettext": None, "ngettext": (1, 2), "_": None}
    for _, _, message, _, _ in extract_from_dir(PORTAL, METHODS, OPTIONS, keywords):
        found.add(message)
    return found


def brought_up(path: Path) -> bytes:
    """A catalogue with today's texts, as bytes that are the same each time."""
    with path.open("rb") as opened:
        known = read_po(opened, locale=path.parent.parent.name)
    fresh = Catalog(locale=known.locale, fuzzy=False)
    for message in collected():
        if message.id:
            before = known.get(message.id if isinstance(message.id, str) else message.id[0])
            fresh.add(message.id, before.string if before and before.pluralizable == message.pluralizable else None)
    written = BytesIO()
    write_po(written, fresh, width=120, no_location=True, omit_header=True, sort_output=True)
    return written.getvalue()


if __name__ == "__main__":
    main()
