"""A draft suggests what the rows show, with the evidence, and compiles to a contract that they pass."""

from __future__ import annotations

import pytest

from unit.contracts.conftest import CSV, Run, placed
from weft import contracts
from weft.contracts.draft import snake
from weft.model import Column, Dialect


@pytest.fixture
def drafted(run, database):
    """Draft a table from the rows that an SQL gives."""

    def make(sql, dialect=None, **hints):
        columns = run.source(sql)
        database.execute(f'CREATE OR REPLACE TEMP TABLE "rows" AS {sql}')
        answer = database.sql(contracts.profile_sql(columns, dialect)).to_arrow_table().to_pylist()[0]
        return contracts.draft(contracts.profiles(columns, answer), contracts.Hints(name="deals", **hints))

    return make


def column(draft, name):
    return next(p for p in draft.table.properties if p.name == name)


def told(draft, name=""):
    return [e.text for e in draft.evidence if e.column == name]


TEXTS = [
    (["1", "2", "30"], "integer", ""),
    (["1", "2.5"], "number", ""),
    (["01", "02", "10"], "string", ""),
    (["Yes", "No", "no"], "boolean", ""),
    (["0", "1", "1"], "integer", ""),
    (["2024-01-05", "2024-12-31"], "date", ""),
    (["1/3/2017", "10/20/2016"], "date", "M/d/yyyy"),
    (["31/1/2017", "1/2/2017"], "date", "d/M/yyyy"),
    (["31.12.2023", "01.02.2024"], "date", "d.M.yyyy"),
    (["2024-01-05 10:00:00", "2024-01-05T11:00:00Z"], "timestamp", ""),
    (["1/3/2017 9:30", "10/20/2016 23:59:59"], "timestamp", "M/d/yyyy H:mm[:ss]"),
    (["9:30", "23:59"], "time", ""),
    (["a", "1"], "string", ""),
    (["NULL"], "string", ""),
]


@pytest.mark.parametrize(("cells", "kind", "fmt"), TEXTS)
def test_types_and_formats_of_text(drafted, cells, kind, fmt):
    listed = ", ".join("NULL::VARCHAR" if c == "NULL" else f"'{c}'" for c in cells)
    prop = column(drafted(f"SELECT unnest([{listed}]) AS x, 'k' AS y"), "x")
    assert (prop.type, prop.options.get("format", "")) == (kind, fmt)


def test_a_decimal_comma_is_read_as_the_source_says(drafted):
    draft = drafted("SELECT unnest(['1.234,50', '2,25']) AS price", Dialect(decimal=",", thousands="."))
    assert (column(draft, "price").type, column(draft, "price").physical_type) == ("number", "decimal(18,2)")


def test_a_few_that_do_not_fit_are_told(drafted):
    draft = drafted("SELECT CASE WHEN i = 7 THEN 'n/a' ELSE i::VARCHAR END AS x FROM range(200) t(i)")
    assert column(draft, "x").type == "integer"
    assert "199 of 200 values are of type integer; 1 do not and would be quarantined" in told(draft, "x")


def test_keys_required_columns_and_rules_with_their_evidence(drafted):
    draft = drafted(
        """SELECT i AS n, 'D' || i AS dealID, CASE WHEN i % 2 = 0 THEN 'won' ELSE 'lost' END AS "Deal Stage",
           CASE WHEN i > 5 THEN i * 1.5 END AS amount, CASE i % 2 WHEN 0 THEN 'f' ELSE 'm' END AS gender
           FROM range(1, 101) t(i)""",
        stream="crm.deals",
        private=("gender",),
        comments={"amount": "in EUR"},
    )
    table = draft.table
    assert table.stream == "crm.deals"
    assert table.primary_key == ("n",)
    stage = column(draft, "deal_stage")
    assert (stage.physical_name, stage.required) == ("Deal Stage", True)
    assert stage.quality[0].arguments == {"validValues": ["lost", "won"]}
    assert stage.quality[0].severity == "warning"
    assert "100 values are one of 2: lost, won" in told(draft, "deal_stage")
    amount = column(draft, "amount")
    assert (amount.required, amount.description) == (False, "in EUR")
    assert amount.quality[0].arguments == {"validMin": 0}
    assert column(draft, "gender").quality == ()
    assert not any("f, m" in e.text for e in draft.evidence)
    assert table.quality[0].metric == "rowCount"


def test_an_identifier_is_the_key_and_a_declared_one_wins(drafted):
    sql = "SELECT 'x' || i % 5 AS grp, i * 10 AS deal_id FROM range(1, 11) t(i)"
    assert drafted(sql).table.primary_key == ("deal_id",)
    draft = drafted(sql, key=("grp", "deal_id"))
    assert draft.table.primary_key == ("grp", "deal_id")
    assert told(draft)[0] == "the source declares (grp, deal_id) as its key"
    assert drafted("SELECT 1 AS id FROM range(3)").table.primary_key == ()


def test_types_of_a_typed_source(drafted):
    draft = drafted(
        """SELECT 1::INTEGER AS a, 1.5::DECIMAL(10,2) AS b, true AS c, DATE '2024-01-01' AS d, now() AS e,
           {'x': 1, 'Y': [1.5::DOUBLE]} AS f, MAP {'k': 1} AS g, TIME '10:00:00' AS h, 5::HUGEINT AS i, '{}'::JSON AS j"""
    )
    assert [p.type for p in draft.table.properties] == [
        "integer", "number", "boolean", "date", "timestamp", "object", "map", "time", "number", "string",
    ]  # fmt: skip
    assert {c.name: c.type for c in contracts.columns(draft.table)}["f"] == "STRUCT(x BIGINT, Y DOUBLE[])"
    assert column(draft, "b").physical_type == "decimal(10,2)"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("customerID", "customer_id"),
        ("Air temperature [K]", "air_temperature_k"),
        ("UDI   ", "udi"),
        ("mql_id", "mql_id"),
        ("HTTPServer", "http_server"),
        ("2nd", "_2nd"),
        ("€", "column"),
    ],
)
def test_names(name, wanted):
    assert snake(name) == wanted


def test_names_that_fall_together_stay_apart(drafted):
    draft = drafted('SELECT 1 AS "a b", 2 AS "a_b", 3 AS "A-B"')
    assert [p.name for p in draft.table.properties] == ["a_b", "a_b_2", "a_b_3"]


def test_no_rows_at_all(drafted):
    draft = drafted("SELECT 'a' AS x WHERE false")
    assert (column(draft, "x").type, column(draft, "x").required) == ("string", False)
    assert draft.table.quality == ()


REAL = [
    "crm_accounts",
    "crm_sales_pipeline",
    "customer_churn",
    "hr_employees",
    "machine_runs",
    "marketing_closed_deals",
]


@pytest.mark.parametrize("name", REAL)
def test_the_draft_of_a_real_file_takes_nearly_all_of_its_rows(shared, database, name):
    path = shared / "data" / "real" / f"{name}.csv"
    read = f"SELECT * FROM read_csv('{path}', all_varchar=true, header=true)"
    run = Run(database)
    columns = run.source(read)
    trimmed = ", ".join(f"""nullif(trim("{c.name}"), '') AS "{c.name}" """ for c in columns)
    database.execute(f'CREATE OR REPLACE TEMP TABLE "rows" AS SELECT {trimmed} FROM ({read})')
    answer = database.sql(contracts.profile_sql(columns)).to_arrow_table().to_pylist()[0]
    draft = contracts.draft(contracts.profiles(columns, answer), contracts.Hints(name=name))
    rows = run(placed(draft.table), 'SELECT * FROM "rows"', CSV)
    assert contracts.problems(draft.table) == ()
    assert sum(1 for r in rows if r.why) <= len(rows) // 100
    kinds = {p.type for p in draft.table.properties}
    assert kinds & {"integer", "number"}


def test_profile_of_hidden_columns_is_not_made():
    sql = contracts.profile_sql((Column(name="a", type="VARCHAR"), Column(name="_weft_file", type="VARCHAR")))
    assert "_weft_file" not in sql
