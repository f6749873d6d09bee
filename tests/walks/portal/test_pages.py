"""Every page as several people: it is there, its twin says the same, and nobody sees on one page what another hides."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest

from walks.portal.pages import CLOSED, NO_TWIN, PAGES

SAM, PAULA, FELIX, STRANGER = "sam@messy.example", "paula@messy.example", "felix@messy.example", "who@else.example"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(HTMLParser):
    """What a page is made of: tags that close, headings in order, one of each id, no inline style or script."""

    def __init__(self, text):
        super().__init__()
        self.open, self.headings, self.ids, self.wrong, self.links, self.labelled, self.fields = (
            [],
            [],
            [],
            [],
            [],
            set(),
            [],
        )
        self.feed(text)
        self.wrong += [f"not closed: {tag}" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.wrong += [f"inline {k} on {tag}" for k in found if k == "style" or k.startswith("on")]
        if tag in {"script", "style"} and "src" not in found:
            self.wrong.append(f"inline {tag}")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag == "label":
            self.labelled.add(found.get("for"))
        if tag in {"input", "select", "textarea"} and found.get("type") not in {"hidden", "checkbox"}:
            self.fields.append((found.get("id"), found.get("aria-label")))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"closed but not open: {tag} at {self.getpos()}")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_for_everybody(reader, name):
    for who in (SAM, PAULA, STRANGER):
        browser = reader(who)
        answer = browser.get(PAGES[name])
        found = 404 if name == "error" else 403 if name in CLOSED and who != SAM else 200
        assert answer.status_code == found, (who, answer.text[-2000:])
        page = Page(answer.text)
        assert page.wrong == [], who
        assert page.headings[0] == 1 and page.headings.count(1) == 1
        assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False)), (
            page.headings
        )
        assert len(page.ids) == len(set(page.ids)), sorted(i for i in page.ids if page.ids.count(i) > 1)
        assert all(label or field in page.labelled for field, label in page.fields), page.fields
        if name not in NO_TWIN and who == SAM:
            path, _, query = PAGES[name].partition("?")
            twin = browser.get(f"{path if path != '/' else '/index'}.json?{query}")
            asked = browser.get(PAGES[name], headers={"Accept": "application/json"})
            assert twin.status_code == 200 and twin.headers["content-type"] == "application/json"
            assert _lasting(twin.json()) == _lasting(asked.json())


def _lasting(value):
    """Without what each look adds: reads that are counted, events that are not counted in yet."""
    if isinstance(value, dict):
        moving = {"behind", "count", "reads", "total", "last", "items", "days", "refused", "readers", "recent"}
        return {k: _lasting(v) for k, v in value.items() if k not in moving}
    return [_lasting(v) for v in value] if isinstance(value, list) else value


def test_links_within_the_portal_lead_somewhere(reader):
    browser = reader(SAM)
    found = {link for name in PAGES for link in Page(browser.get(PAGES[name]).text).links}
    inside = sorted({link.partition("#")[0] for link in found if link.startswith("/") and not link.startswith("//")})
    assert len(inside) > 150
    seen, kinds = [], set()
    for link in inside:  # one of each kind and depth is enough, but for pages without a parameter
        kind = re.sub(r"(?<=/)[^/?]+", "x", link.partition("?")[0]) + re.sub(r"=[^&]*", "", link.partition("?")[2])
        kind = link.split("/")[1] + kind
        if kind not in kinds:
            kinds.add(kind)
            seen.append((link, browser.get(html.unescape(link)).status_code))
    assert [one for one in seen if one[1] != 200] == []


def test_two_people_see_two_samples(reader):
    sam, paula = (reader(who).get("/p/people/staff/sample").text for who in (SAM, PAULA))
    assert "sam.rivers@" not in sam.lower() and 'class="masked"' in sam and "2 columns masked" in sam
    assert "sam.rivers@" in paula.lower() and 'class="masked"' not in paula
    stranger = reader(STRANGER).get("/p/people/staff/sample").text
    assert "You may not read these rows." in stranger and "E0001" not in stranger


def test_what_the_sample_hides_no_other_page_tells(reader):
    """Values of masked columns: not on any page of the product, nor in any twin."""
    pay = reader(PAULA).get("/p/people/staff/sample.json").json()
    place = [c["name"] for c in pay["columns"]].index("email")
    secrets = {str(row[place]) for row in pay["rows"]}
    browser = reader(SAM)
    for tab in ("", "/schema", "/sample", "/quality", "/use", "/usage", "/contract", "/history", "/lineage"):
        for ending in ("", ".json"):
            text = browser.get(f"/p/people/staff{tab}{ending}").text
            assert not [s for s in secrets - {SAM} if s in text], tab + ending


def test_a_list_and_its_detail_say_the_same(reader):
    for who in (SAM, FELIX, STRANGER):
        browser = reader(who)
        for domain in ("sales", "people", "finance"):
            for item in browser.get(f"/domains/{domain}.json").json()["products"]:
                detail = browser.get(f"/p/{item['name'].replace('.', '/')}.json").json()["product"]
                assert _lasting(detail) == _lasting(item), (who, item["name"])


def test_looking_as_somebody_is_a_form(reader):
    browser = reader()
    form = Page(text := browser.get("/me?back=/p/sales/pipeline").text)
    assert form.wrong == []
    token = re.search(r'name="csrf" value="(\w+)"', text)[1]
    done = browser.post(
        "/me",
        data={"csrf": token, "as": PAULA, "for": "reporting", "in": "de", "back": "/p/sales/pipeline"},
        follow_redirects=False,
    )
    assert (done.status_code, done.headers["location"]) == (303, "/p/sales/pipeline")
    after = browser.get("/p/sales/pipeline").text
    assert 'lang="de"' in after and "Paula Novak" in after and "reporting" in after
    assert 'role="status"' in after and 'role="status"' not in browser.get("/p/sales/pipeline").text  # said once
    for wrong in ({"as": "nobody@x"}, {"for": "fun"}):
        assert browser.post("/me", data={"csrf": token, **wrong}).status_code in {404, 422}
    assert browser.post("/me", data={"as": SAM}).status_code == 403
    for back in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert (
            browser.post("/me", data={"csrf": token, "back": back}, follow_redirects=False).headers["location"] == "/"
        )


def test_a_question_is_asked_by_a_form_and_never_by_a_link(reader):
    browser = reader(SAM)
    sql = "SELECT employee_id, email FROM people.staff.workers ORDER BY 1 LIMIT 3"
    text = browser.get("/query", params={"sql": sql}).text
    assert "E0000" not in text and html.escape(sql) in text
    token = re.search(r'name="csrf" value="(\w+)"', text)[1]
    answer = browser.post("/query", data={"csrf": token, "sql": sql}).text
    assert "E0000" in answer and "@messy.example</td>" not in answer and "3 rows" in answer
    for wrong, status in (("SELEC 1", 422), ("SELECT * FROM finance.ledger.postings", 403), ("", 422)):
        refused = browser.post("/query", data={"csrf": token, "sql": wrong})
        assert (
            refused.status_code == status
            and 'aria-describedby="wrong limits"' in refused.text
            and html.escape(wrong) in refused.text
        )


def test_errors_are_pages_for_people_and_problems_for_programs(reader):
    browser = reader(SAM)
    page = browser.get("/p/sales/piplin")
    assert page.status_code == 404 and "sales.pipeline" in page.text
    problem = browser.get("/p/sales/piplin.json")
    assert problem.status_code == 404 and problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["class"] == "Unknown" and "sales.pipeline" in problem.json()["hint"]
    assert browser.get("/runs?before=x").status_code == 422
    assert browser.post("/domains", headers={"Content-Type": "application/x-www-form-urlencoded"}).status_code == 403
    assert browser.get("/static/portal.000000000000.css").status_code == 404
    assert browser.get("/static/../app.py").status_code == 404


def test_a_failed_part_fails_alone(reader, monkeypatch):
    import weft.portal.views.product as here

    def broken(*_, **__):
        raise RuntimeError("secret row")

    monkeypatch.setattr(here, "sample", broken)
    answer = reader(SAM).get("/p/sales/pipeline/sample/part?table=opportunities")
    assert (
        answer.status_code == 200 and "This part could not be shown." in answer.text and "secret row" not in answer.text
    )
    tab = reader(SAM).get("/p/sales/pipeline/sample")
    assert tab.status_code == 500 and "This part could not be shown." in tab.text
    assert (
        "Sales pipeline</h1>" in tab.text and 'aria-current="page">Sample' in tab.text and "secret row" not in tab.text
    )


def test_files_are_kept_for_good_and_small(reader):
    import gzip

    browser = reader(SAM)
    text = browser.get("/").text
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', text)
    assert len(files) == 4
    scripts = 0
    for file in files:
        answer = browser.get(file)
        assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
        scripts += len(gzip.compress(answer.content)) if file.endswith(".js") else 0
    assert 0 < scripts < 100_000
