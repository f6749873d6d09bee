"""Markdown that anybody may have written is shown, and does nothing."""

from __future__ import annotations

import pytest
from babel import Locale

pytest.importorskip("jinja2", reason="install the extra 'portal'")

from weft.portal.render import environment

TEXT = """**Verified** with `weft source test`:

- one
- <script>alert(1)</script> <img src=x onerror=alert(1)>
- [here](javascript:alert(1)) ![there](https://evil.example/pixel.png) [web](https://weft.example/a?b=1&c=2)

<div hx-get="/">raw</div>
"""


def test_markdown_is_shown_and_does_nothing():
    shown = environment(Locale("en")).from_string("{{ text|prose }}").render(text=TEXT)
    assert "<p><strong>Verified</strong> with <code>weft source test</code>:</p>\n<ul>\n<li>one</li>" in shown
    assert '<a href="https://weft.example/a?b=1&amp;c=2">web</a>' in shown
    tags = {part.split(">")[0].split(" ")[0] for part in shown.split("<")[1:]}
    assert tags <= {"p", "/p", "strong", "/strong", "code", "/code", "ul", "/ul", "li", "/li", "a", "/a"}
    assert "href" not in shown.replace('href="https://', "")
