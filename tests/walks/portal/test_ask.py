"""The query page: what may be asked, answers with masks, files, errors with their place. And from a figure to its rows."""

from __future__ import annotations

import html
import io
import re

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

SAM, PAULA, FELIX, STRANGER = "sam@messy.example", "paula@messy.example", "felix@messy.example", "who@else.example"
STAFF = (
    "SELECT employee_id, email AS mail, count(email) AS n, base_pay FROM people.staff.workers GROUP BY ALL ORDER BY 1"
)


def asking(browser, sql: str, address: str = "/query", **fields: str):
    token = re.search(r'name="csrf" value="(\w+)"', browser.get("/query").text)[1]
    return browser.post(address, data={"csrf": token, "sql": sql, **fields})


def test_what_is_offered_is_what_may_be_asked(reader):
    for who in (SAM, STRANGER):
        browser = reader(who)
        offered = browser.get("/query.json").json()
        names = {t["name"] for t in offered["tables"]}
        page = browser.get("/query").text
        assert all(f">{name}</summary>" in page for name in names)
        assert ("There is no table that you may read." in page) == (not names)
        for name in ("people.staff.workers", "finance.ledger.postings", "sales.pipeline.opportunities"):
            access = browser.get(f"/p/{name.replace('.', '/')}.json").json()["table"]["access"]
            assert (name in names) == access["allowed"], (who, name)
    workers = next(t for t in reader(SAM).get("/query.json").json()["tables"] if t["name"] == "people.staff.workers")
    assert {c["name"]: c["mask"] for c in workers["columns"]}["email"] == "hash"
    assert "1 min" in reader(SAM).get("/query").text and "1,000,000 rows" in reader(SAM).get("/query").text


def test_masked_columns_look_masked_whatever_they_are_called(reader):
    page = asking(reader(SAM), STAFF).text
    heads = re.findall(r'<th scope="col" class="([^"]*)"( title="[^"]*")?>(\w+)', page)
    assert [(name, "veiled" in kind) for kind, _, name in heads] == [
        ("employee_id", False), ("mail", True), ("n", False), ("base_pay", True),
    ]  # fmt: skip
    assert "personal-data" in heads[1][1] and "The first 200 rows" in page and "@messy.example</td>" not in page
    clear = asking(reader(PAULA), STAFF).text
    assert "veiled" not in clear and "@messy.example" in clear


@pytest.mark.parametrize(
    ("form", "read"),
    [
        ("csv", lambda data: pyarrow.csv.read_csv(io.BytesIO(data))),
        ("parquet", lambda data: pyarrow.parquet.read_table(io.BytesIO(data))),
        ("arrow", lambda data: pa.ipc.open_stream(data).read_all()),
    ],
)
def test_a_file_has_all_rows_and_the_same_masks(reader, form, read):
    answer = asking(reader(SAM), STAFF, "/query/file", form=form)
    assert answer.headers["content-disposition"] == f'attachment; filename="answer.{form}"'
    table = read(answer.content)
    assert table.column_names == ["employee_id", "mail", "n", "base_pay"] and table.num_rows > 200
    assert b"@messy.example" not in answer.content and table["base_pay"].null_count == table.num_rows


def test_errors_show_their_place_and_keep_the_question(reader):
    browser = reader(SAM)
    sql = "SELECT stage,\n  amont,\n  name\nFROM sales.pipeline.opportunities"
    for address, fields in (("/query", {}), ("/query/file", {"form": "csv"})):
        refused = asking(browser, sql, address, **fields)
        assert refused.status_code == 422 and html.escape(sql) in refused.text
        assert re.search(
            r'<span class="here">   2    amont,\n</span><span class="caret"[^>]*>        \^\n', refused.text
        )
    assert asking(browser, "SELECT 1", "/query/file", form="exe").status_code == 422
    denied = asking(browser, "SELECT * FROM finance.ledger.postings", "/query/file", form="csv")
    assert denied.status_code == 403 and 'id="wrong"' in denied.text
    assert browser.post("/query/file", data={"sql": "SELECT 1", "form": "csv"}).status_code == 403  # no token


def test_the_purpose_of_a_question_is_written_down(reader):
    browser = reader(SAM)
    purpose = browser.get("/query.json").json()["purposes"][0]
    page = asking(browser, "SELECT count(*) FROM sales.crm.users", **{"for": purpose}).text
    assert f"<option selected>{purpose}</option>" in page
    newest = browser.get("/events.json?type=read.allowed").json()["items"][0]
    assert newest["data"]["purpose"] == purpose and newest["actor"]["id"] == SAM


def test_from_an_odd_figure_to_the_rows_far_below_it(reader):
    """Gross margin rests on a derived table; the page names the ledger's rows that wait, its owner sees them."""
    browser = reader(FELIX)
    address = "/quarantine/finance/ledger/postings"
    assert f'href="{address}"' in browser.get("/metrics/gross-margin").text
    assert "amount.type" in browser.get(address).text and browser.get(f"{address}.json").json()["rows"]["rows"]
    assert reader(SAM).get(f"{address}.json").json()["rows"] is None


def test_events_are_filtered_by_kind_person_subject_and_day(reader):
    browser = reader(SAM)
    for query, fits in (
        ("type=publication.held", lambda e: e["type"] == "publication.held"),
        ("subject=marketing.spend", lambda e: e["subject"] == "marketing.spend"),
        ("day=2026-10-01&type=run.started", lambda e: e["at"].startswith("2026-10-01")),
        (f"actor={SAM}", lambda e: e["actor"]["id"] == SAM),
    ):
        items = browser.get(f"/events.json?{query}").json()["items"]
        assert items and all(map(fits, items)), query
    assert browser.get("/events.json?day=1999-01-01").json()["items"] == []
    assert browser.get("/events?type=none").status_code == browser.get("/events?day=x").status_code == 422
    first = browser.get("/events.json").json()
    second = browser.get(f"/events.json?before={first['next']}").json()
    assert second["items"][0]["sequence"] < first["items"][-1]["sequence"]
