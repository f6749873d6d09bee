"""Each page in Chromium, light and dark, narrow and wide: axe finds nothing serious; nothing overflows.

Pictures of them, to be looked at, go to the folder that WEFT_PICTURES names.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from walks.mesh import ADA, open_mesh, product, source
from walks.portal.browser import chromium, served
from walks.portal.pages import PAGES

SAM = "sam@messy.example"
LONG = "a_name_that_somebody_made_by_gluing_every_word_of_the_business_together_"
ODD = {
    "wide": "/p/d/wide/sample",
    "wide_schema": "/p/d/wide/schema",
    "wide_overview": "/p/d/wide",
    "never_ran": "/p/d/empty",
    "never_ran_sample": "/p/d/empty/sample",
    "never_ran_quality": "/p/d/empty/quality",
    "odd_source": "/sources/d/shop",
    "odd_domain": "/domains/e",
    "odd_query": "/query",
    "no_boards": "/boards",
    "no_quarantine": "/quarantine",
    "no_dark": "/dark",
    "no_words": "/glossary",
    "stranger": "/p/d/wide/use",
}


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """A mesh of odd things: 200 columns, names without an end, a product that never ran, nothing else."""
    from weft.flow.run import run
    from weft.serve import application

    names = [f"{LONG if n % 50 == 0 else 'column_'}{n}" for n in range(200)]
    columns = "".join(
        f"\n      - {{name: {name}, logicalType: string, description: The {n}th}}" for n, name in enumerate(names)
    )
    table = (
        "schema:\n  - name: {}\n    customProperties: [{{property: weft.stream, value: shop.{}}}]\n    properties:{}\n"
    )
    values = "".join(",".join(f"value {r} {'x' * (r * 30)}" for _ in names) + "\n" for r in range(3))
    world = open_mesh(
        tmp_path_factory.mktemp("odd"),
        source(
            "shop",
            "connector: files\nconfig: {path: data}\nstreams: {wide: {path: wide.csv}, empty: {path: empty.csv}}\n",
        ),
        product("wide", table.format(f"{LONG}table", "wide", columns), reads=("stream:shop.wide",)),
        product(
            "empty",
            table.format("things", "empty", "\n      - {name: a, logicalType: string}"),
            reads=("stream:shop.empty",),
        ),
        {"data/wide.csv": ",".join(names) + "\n" + values, "data/empty.csv": "a\n"},
    )
    assert run(world, ("d.wide",))[0].state == "succeeded"
    yield SimpleNamespace(world=world, application=application(world, ADA))
    world.close()


@pytest.fixture(scope="module")
def look(browser):
    """Open each page once; measure it, let axe look at it, take its pictures where they are wanted."""
    pictures = os.environ.get("WEFT_PICTURES")
    axe = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed").AXE_SCRIPT

    def looked(address: str, pages: dict[str, str], sizes) -> list[str]:
        wrong: list[str] = []
        tab = browser.new_page()
        tab.on(
            "console",
            lambda m: (
                wrong.append(f"{tab.url}: {m.text}") if m.type in {"error", "warning"} and "404" not in m.text else None
            ),
        )
        tab.on("pageerror", lambda e: wrong.append(f"{tab.url}: {e}"))
        for name, path in pages.items():
            tab.set_viewport_size({"width": 1280, "height": 900})
            tab.goto(address + path, wait_until="load")
            tab.evaluate(axe)
            for width, scheme, judged in sizes:
                tab.set_viewport_size({"width": width, "height": 900})
                tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                if pictures:
                    file = Path(pictures, f"{name}-{width}-{scheme}.jpg")
                    tab.screenshot(path=file, full_page=True, type="jpeg", quality=70)
                if tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                    wrong.append(f"{name} overflows at {width}")
                if judged:
                    found = tab.evaluate("wanted => axe.run(document, wanted)", judged)["violations"]
                    serious = [v for v in found if v["impact"] in {"serious", "critical"}]
                    wrong += [
                        f"{name} {width} {scheme}: {v['id']} {n['target']} {n['failureSummary'][:200]}"
                        for v in serious
                        for n in v["nodes"][:3]
                    ]
        tab.close()
        return wrong

    return looked


ALL, SEEN = (
    {"resultTypes": ["violations"]},
    {"runOnly": ["color-contrast", "scrollable-region-focusable", "target-size"], "resultTypes": ["violations"]},
)
SIZES = [(1280, "light", ALL), (360, "light", ()), (1920, "dark", ()), (320, "dark", SEEN)]
"""Width, colours, and what axe looks for there: structure is the same at all sizes, colours and room are not."""


def test_every_page_of_messy(site, look):
    with served(site) as address:
        wrong = look(address, PAGES, SIZES)
    assert not wrong, "\n".join(wrong)


def test_odd_things(odd, look):
    with served(odd.application) as address:
        wrong = look(address, ODD, [(1280, "light", ALL), (320, "dark", ())])
    assert not wrong, "\n".join(wrong)


def test_keyboard(site, browser):
    with served(site) as address:
        tab = browser.new_page()
        tab.goto(address + "/domains")
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.className") == "skip"
        tab.keyboard.press("Enter")
        tab.keyboard.press("/")
        assert tab.evaluate("document.activeElement.name") == "q"
        tab.keyboard.type("sales.pipeline.opportunities")
        tab.keyboard.press("Enter")
        tab.wait_for_url("**/search?q=*")
        assert tab.locator(".hits h3").first.inner_text() == "Opportunity"
        tab.goto(address + "/p/sales/pipeline")
        tab.locator("#sample").scroll_into_view_if_needed()
        tab.wait_for_selector("#sample table")  # htmx fetched the rows
        assert tab.locator("#sample tbody tr").count() == 5
        tab.close()
