"""What people come for, walked from page to page by the links that stand there."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
import urllib.request

import weft as package
from walks.portal.browser import served
from walks.terminal import ENVIRONMENT

SAM, GRETA = "sam@messy.example", "greta@messy.example"


def link(text: str, words: str) -> str:
    """The address behind these words."""
    found = re.search(rf'<a [^>]*href="([^"]+)"[^>]*>(?:(?!</a>).)*{words}(?:(?!</a>).)*</a>', text, re.DOTALL)
    assert found, words
    return html.unescape(found[1])


def test_snippets_work_as_they_stand(messy, site):
    """SQL, Python and curl from the page of use, against the server that shows them."""
    with served(site) as address:
        with urllib.request.urlopen(f"{address}/p/sales/pipeline/use.json?table=opportunities", timeout=60) as page:
            snippets = {one["kind"]: one["text"] for one in json.load(page)["snippets"]}
        assert address in snippets["curl"] and address in snippets["python"]
        answers = {}
        if shutil.which("curl"):
            done = subprocess.run(["bash", "-c", snippets["curl"]], capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stderr
            answers["curl"] = len(done.stdout.splitlines()) - 1
        if hasattr(package, "connect"):
            done = subprocess.run(
                [sys.executable, "-c", snippets["python"]], env=ENVIRONMENT, capture_output=True, text=True, timeout=120
            )
            assert done.returncode == 0 and "opportunity_id" in done.stdout, done.stderr
        done = subprocess.run(
            ["bash", "-c", snippets["shell"]],
            cwd=messy.world.folder,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        answers["sql"] = len(_rows(site, snippets["sql"]))
        assert set(answers.values()) == {100}, answers


def _rows(site, sql):
    from starlette.testclient import TestClient

    browser = TestClient(site, base_url="http://127.0.0.1:4600", headers={"Weft-As": SAM})
    token = re.search(r'name="csrf" value="(\w+)"', browser.get("/query").text)[1]
    return browser.post("/query", data={"csrf": token, "sql": sql}, headers={"Accept": "application/json"}).json()[
        "rows"
    ]


def test_a_product_is_found_and_judged(reader):
    browser = reader(SAM)
    found = browser.get("/search", params={"q": "opportunites"}).text  # mistyped
    page = browser.get(link(found, "Sales pipeline")).text
    for fact in (
        "Can I trust it?",
        "of 7 checks fail",
        "8 in quarantine",
        "promised within 2 days",
        "Sam Rivers",
        "You can read it",
    ):
        assert fact in page, fact


def test_from_a_figure_that_is_odd_back_to_the_rows(reader):
    """The board says that rows wait below a figure; its owner follows that to the rows and their reasons."""
    browser = reader(SAM)
    board = browser.get("/boards/company").text
    assert "8 rows wait in quarantine" in board
    address = re.search(r'href="(/quarantine/sales/pipeline/opportunities)"', board)[1]
    rows = browser.get(address).text
    assert "8 rows wait." in rows and "Only owner and stewards" not in rows
    other = reader(GRETA).get(address).text
    assert "8 rows wait." in other and "Only owner and stewards of the domain may look at them." in other
    metric = browser.get(link(board, "Forecast accuracy")).text
    asked = re.findall(r'<pre class="fold"[^>]*><code>(.*?)</code>', metric, re.DOTALL)
    assert (
        len(asked) == 2 and max(len(_rows(browser.app, html.unescape(sql))) for sql in asked) > 100
    )  # deals that were won


def test_who_is_hurt_by_a_late_silo(reader):
    browser = reader(SAM)
    source = browser.get("/sources/finance/netsuite").text
    hurt = browser.get(link(source, "Who is hurt when it is late")).text
    told = hurt[hurt.index("Who is hurt when it is late or wrong") :]
    for name in ("Gross margin", "Customer health", "Company KPIs", "Felix Adler"):
        assert name in told, name
    assert re.search(r'href="mailto:[^"]*felix@messy.example', told)


def test_two_people_read_one_board(reader):
    """Policy reaches the dashboard: the same tile as two people."""
    boards = {
        who: {t["metric"]: t for t in reader(who).get("/boards/company.json").json()["tiles"]}
        for who in (SAM, "who@else.example")
    }
    sam, stranger = boards.values()
    assert sam["oee"]["now"]["value"] and not sam["oee"]["denied"]
    assert stranger["oee"]["now"] is None and stranger["oee"]["denied"]
    page = reader("who@else.example").get("/boards/company").text
    assert "who@else.example may not read" in page and "€" not in page
