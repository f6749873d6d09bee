"""Rules compiled to SQL, run on a real DuckDB, and judged."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft import quality
from weft.errors import Invalid
from weft.model import Contract, DataProduct, Placed, Position, Property, Relation, Rule, Shape, Table, TableName

ROWS = """SELECT * FROM (VALUES
    (1, 'a',  'x',   10.0, 'k1'),
    (2, 'a',  '',    -1.0, 'k2'),
    (3, NULL, 'N/A', NULL, 'k9'),
    (4, 'b',  NULL,  99.0, NULL)) t(id, grp, txt, num, ref)"""
COLUMNS = {"id": "integer", "grp": "string", "txt": "string", "num": "number", "ref": "string"}
HERE = Position(file="d.odcs.yaml", line=7)


def rule(metric, column=None, operator="mustBe", threshold=0, **more):
    name = more.pop("name", f"{column}.{metric}" if column else metric)
    return Rule(name=name, metric=metric, column=column, operator=operator, threshold=threshold, **more)


def table(*rules, props=(), key=(), unique=()):
    made = props or tuple(
        Property(name=n, type=t, key=key.index(n) + 1 if n in key else 0, unique=n in unique)
        for n, t in COLUMNS.items()
    )
    return Table(name="deals", properties=made, quality=rules)


def placed(where, kind="columns"):
    return Placed(
        name=TableName.parse("sales.pipeline.deals"),
        table=where,
        contract=Contract(id="c"),
        product=DataProduct(id="p", name="pipeline"),
        shape=Shape(kind=kind, stream="crm.deals"),
    )


@pytest.fixture(scope="module")
def database():
    connection = duckdb.connect()
    connection.execute(f'CREATE TABLE "rows" AS {ROWS}')
    yield connection
    connection.close()


@pytest.fixture
def audit(database):
    """Findings of a table by rule name."""

    def ask(where, others=(), kind="columns"):
        there = {}
        for name, sql in dict(others).items():
            there[name] = Relation(files=(sql,))
        plan = quality.compile(placed(where, kind), there)
        answers = []
        for step in plan.steps:
            for name, relation in step.relations.items():
                database.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {relation.files[0]}')
            answers.append(database.sql(step.sql).to_arrow_table().to_pylist())
        return {f.rule: f for f in quality.judge(plan, answers)}

    return ask


@pytest.fixture
def bad(database):
    """Ids of the rows that a row check finds bad."""

    def ask(where, others=()):
        (check,) = quality.row_checks(where, {n: Relation(files=(s,)) for n, s in dict(others).items()})
        for name, relation in check.relations.items():
            database.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {relation.files[0]}')
        return [i for (i,) in database.execute(f'SELECT id FROM "rows" WHERE {check.condition} ORDER BY id').fetchall()]

    return ask


COUNTED = [
    (rule("nullValues", "grp"), 1, [3]),
    (rule("missingValues", "txt"), 1, [4]),
    (rule("missingValues", "txt", arguments={"missingValues": [None, "", "N/A"]}), 3, [2, 3, 4]),
    (rule("missingValues", "txt", arguments={"missingValues": ["N/A"]}), 1, [3]),
    (rule("missingValues", "num", arguments={"missingValues": ["", 99]}), 0, []),
    (rule("invalidValues", "grp", arguments={"validValues": ["a"]}), 1, [4]),
    (rule("invalidValues", "id", arguments={"validValues": [1, 2, 3]}), 1, [4]),
    (rule("invalidValues", "grp", arguments={"invalidValues": ["a", "c"]}), 2, [1, 2]),
    (rule("invalidValues", "ref", arguments={"pattern": "^k[12]$"}), 1, [3]),
    (rule("invalidValues", "num", arguments={"validMin": 0, "validMax": 50}), 2, [2, 4]),
    (rule("invalidValues", "num", arguments={"validMin": -1.5}), 0, []),
    (rule("invalidValues", "txt", arguments={"validMinLength": 1, "validMaxLength": 2}), 2, [2, 3]),
    (rule("null_values", "grp"), 1, [3]),
]


@pytest.mark.parametrize(("one", "count", "ids"), COUNTED, ids=lambda v: str(getattr(v, "arguments", "")) or None)
def test_a_count_and_its_rows_are_the_same(audit, bad, one, count, ids):
    found = audit(table(one))[one.name]
    assert (found.found, found.passed, found.column) == (count, count == 0, one.column)
    assert bad(table(one)) == ids


def test_the_finding_says_what_was_found_and_what_is_allowed(audit):
    found = audit(table(rule("nullValues", "grp", severity="warning")))["grp.nullValues"]
    assert found.text == "grp.nullValues: found 1 rows, allowed: none"
    assert (found.severity, found.allowed, str(found.table)) == ("warning", "none", "sales.pipeline.deals")


def test_percent_are_of_all_rows(audit):
    found = audit(table(rule("nullValues", "grp", "mustBeLessThan", 20, unit="percent")))["grp.nullValues"]
    assert (found.found, found.passed) == (25.0, False)
    assert found.text == "grp.nullValues: found 25 %, allowed: less than 20 %"


def test_percent_of_no_rows_are_none(database):
    where = placed(table(rule("nullValues", "grp", "mustBeLessThan", 20, unit="percent")))
    plan = quality.compile(where, {})
    answer = database.sql(plan.steps[0].sql.replace('"rows"', '(SELECT * FROM "rows" WHERE false)')).to_arrow_table()
    assert quality.judge(plan, [answer.to_pylist()])[0].found == 0


OPERATORS = [
    ("mustBe", 4, True), ("mustBe", 5, False), ("mustBe", "4", True), ("mustNotBe", 4, False), ("mustNotBe", 5, True),
    ("mustBeGreaterThan", 3, True), ("mustBeGreaterThan", 4, False), ("mustBeGreaterOrEqualTo", 4, True),
    ("mustBeGreaterOrEqualTo", 5, False), ("mustBeLessThan", 5, True), ("mustBeLessThan", 4, False),
    ("mustBeLessOrEqualTo", 4, True), ("mustBeLessOrEqualTo", 3, False), ("mustBeBetween", (4, 5), True),
    ("mustBeBetween", (5, 6), False), ("mustNotBeBetween", (1, 3), True), ("mustNotBeBetween", (4, 4), False),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "threshold", "passed"), OPERATORS)
def test_every_operator(audit, operator, threshold, passed):
    found = audit(table(rule("rowCount", None, operator, threshold)))["rowCount"]
    assert (found.passed, found.found) == (passed, 4)


@pytest.mark.parametrize(("severity", "operator", "threshold", "unit", "decided"), [
    ("error", "mustBe", 0, "rows", True),
    ("error", "mustBeLessThan", 1, "rows", True),
    ("error", "mustBeLessOrEqualTo", 0, "rows", True),
    ("error", "mustBe", 0, "percent", True),
    ("error", "mustBeBetween", (0, 0), "rows", True),
    ("error", "", None, "rows", True),
    ("error", "mustBeLessThan", 1, "percent", False),
    ("error", "mustBeLessThan", 2, "rows", False),
    ("error", "mustBeGreaterThan", 0, "rows", False),
    ("error", "mustNotBe", 0, "rows", False),
    ("warning", "mustBe", 0, "rows", False),
    ("info", "mustBe", 0, "rows", False),
])  # fmt: skip
def test_only_an_error_that_allows_no_row_is_decided_by_the_row(severity, operator, threshold, unit, decided):
    one = rule("nullValues", "grp", operator, threshold, severity=severity, unit=unit)
    assert bool(quality.row_checks(table(one), {})) is decided


def test_counts_and_doubles_are_never_decided_by_a_row():
    rules = [rule("rowCount"), rule("duplicateValues", "grp"), rule("", type="sql", query="SELECT 0", name="q")]
    assert quality.row_checks(table(*rules), {}) == ()


@pytest.mark.parametrize(("column", "properties", "count"), [
    ("grp", (), 1), ("ref", (), 0), (None, ("grp", "txt"), 0), (None, ("grp",), 1),
])  # fmt: skip
def test_duplicates_are_the_surplus_rows_without_null(audit, column, properties, count):
    arguments = {"properties": list(properties)} if properties else {}
    assert audit(table(rule("duplicateValues", column, arguments=arguments)))[
        f"{column}.duplicateValues" if column else "duplicateValues"
    ].found == count  # fmt: skip


def test_unique_columns_and_the_key_of_a_derived_table_are_checked(audit):
    found = audit(table(key=("grp",), unique=("grp", "txt")), kind="derived")
    assert {n: f.passed for n, f in found.items()} == {"primaryKey": False, "txt.unique": True}
    assert found["primaryKey"].severity == "error"
    # Of a table that a source feeds the key is unique by the way it is written.
    assert set(audit(table(key=("grp", "txt"), unique=("grp",)))) == {"grp.unique"}


def test_sql_of_the_owner_runs_under_the_locks_and_by_its_names(audit):
    rules = (
        rule(
            "",
            "num",
            "mustBeLessThan",
            1,
            type="sql",
            name="negative",
            query="SELECT count(*) FROM {object} WHERE {property} < 0;",
        ),
        rule("", None, "mustBe", 4, type="sql", name="rows", query="SELECT count(*), 'more' FROM ${table} -- all"),
        rule("", None, "mustBe", "b", type="sql", name="text", query="SELECT max(grp) FROM {object}"),
        rule("", None, type="sql", name="none", query="SELECT 1 WHERE false"),
        rule("", None, type="sql", name="null", query="SELECT NULL"),
    )
    plan = quality.compile(placed(table(*rules)), {})
    assert [(s.locked, s.rule) for s in plan.steps] == [(True, r.name) for r in rules]
    found = audit(table(*rules))
    assert {n: f.passed for n, f in found.items()} == {
        "negative": False,
        "rows": True,
        "text": True,
        "none": False,
        "null": False,
    }
    assert found["none"].text == "none could not be measured: its query gave no value"
    assert found["negative"].text == "negative on num: found 1, allowed: less than 1"
    assert found["text"].text == "text: found something that is no number, allowed: exactly b"


def fk(column="ref", severity="error", **parameters):
    return Rule(name="fk", type="custom", metric="ForeignKey", column=column, severity=severity, arguments=parameters)


PRODUCTS = {"sales.catalog.products": "SELECT unnest(['k1', 'k2', NULL]) AS code, unnest([1, 2, 3]) AS id"}


def test_foreign_keys_count_what_refers_to_nothing(audit, bad):
    one = fk(references="sales.catalog.products.code")
    assert quality.references(table(one)) == ("sales.catalog.products",)
    found = audit(table(one), PRODUCTS)["fk"]
    assert (found.found, found.passed) == (1, False)
    assert quality.row_checks(table(one), {"sales.catalog.products": Relation()}) == ()


def test_foreign_keys_per_row_quarantine(audit, bad):
    one = fk(references="sales.catalog.products.code", perRow=True)
    assert bad(table(one), PRODUCTS) == [3]
    assert audit(table(one), PRODUCTS) == {}
    # A warning quarantines nothing: it is counted.
    warned = fk(references="sales.catalog.products.code", perRow=True, severity="warning")
    assert quality.row_checks(table(warned), {"sales.catalog.products": Relation()}) == ()
    assert audit(table(warned), PRODUCTS)["fk"].found == 1


def test_foreign_keys_of_several_columns(audit, bad):
    references = ["sales.catalog.products.code", "sales.catalog.products.id"]
    one = fk(None, references=references, properties=["ref", "id"], perRow=True)
    assert bad(table(one), PRODUCTS) == [3]
    assert bad(table(one), {"sales.catalog.products": "SELECT 'k1' AS code, 1 AS id"}) == [2, 3]


@pytest.mark.parametrize("per_row", [True, False])
def test_a_table_that_is_not_published_fails_the_rule_and_quarantines_nothing(audit, per_row):
    one = fk(references="sales.catalog.products.code", perRow=per_row)
    found = audit(table(one))["fk"]
    assert (found.passed, found.found) == (False, None)
    assert found.text == "fk on ref could not be measured: sales.catalog.products is not published"
    assert quality.row_checks(table(one), {}) == ()


def test_all_aggregates_share_one_scan():
    rules = [rule("nullValues", c) for c in COLUMNS] + [rule("rowCount"), rule("duplicateValues", "grp")]
    plan = quality.compile(placed(table(*rules)), {})
    assert len(plan.steps) == 2
    assert plan.steps[0].sql.count("FILTER") == len(COLUMNS)


def test_a_table_without_rules_is_not_asked_at_all():
    plan = quality.compile(placed(table()), {})
    assert (plan.steps, quality.judge(plan, [])) == ((), ())


def test_what_weft_does_not_run_is_left_alone():
    rules = (Rule(name="said", type="text"), Rule(name="soda", type="custom", arguments={"engine": "soda"}))
    assert quality.compile(placed(table(*rules)), {}).measures == ()
    assert quality.problems(table(*rules)) == ()
    assert quality.references(table(*rules)) == ()


def test_what_was_not_answered_is_not_known_to_be_good():
    plan = quality.compile(placed(table(rule("nullValues", "grp"), rule("rowCount"))), {})
    for answers in ([], [[]], [[{}]], [[{"m0": None}]]):
        assert not any(f.passed for f in quality.judge(plan, answers))


WRONG = [
    (rule("nullValues", "gone"), "which table 'deals' does not have"),
    (rule("nullValues"), "stands on no property"),
    (rule("sumOfAll", "grp"), "'sumOfAll' is not a known kind"),
    (rule("nullValues", "grp", arguments={"limit": 5}), "'limit'"),
    (rule("invalidValues", "grp"), "give validValues"),
    (rule("duplicateValues", None, arguments={"properties": ["id", "nope"]}), "'nope'"),
    (rule("nullValues", "grp", "mustBeLessThan", "few"), "allowed is a number"),
    (rule("nullValues", "grp", "mustBeBetween", (1,)), "allowed are two numbers"),
    (rule("", None, type="sql", name="q", query="SELECT {what}"), "allowed are {object} and {property}"),
    (fk(references="products.code"), "is not domain.product.table.column"),
    (fk(references=["a.b.c.d", "a.b.e.f"], properties=["ref", "id"]), "columns of one table"),
    (fk(None, references=["a.b.c.d", "a.b.c.e"], properties=["ref"]), "1 properties and 2 references"),
    (fk(), "'references' is missing"),
]


@pytest.mark.parametrize(("one", "said"), WRONG, ids=[w[1][:30] for w in WRONG])
def test_a_rule_that_cannot_be_read_is_a_problem_at_its_place(one, said):
    (found,) = quality.problems(table(one.model_copy(update={"position": HERE})))
    assert said in found.message
    assert found.position == HERE


def test_an_unknown_kind_lists_the_known_ones():
    with pytest.raises(
        Invalid,
        match=r"Distribution, DuplicateValues, ForeignKey, Freshness, InvalidValues, MissingValues, NullValues, .*RowCount, Sql",
    ):
        quality.check_of(rule("nothing"))


def test_sound_rules_are_no_problem():
    rules = [one for one, _, _ in COUNTED] + [fk(references="a.b.c.d", perRow=True)]
    assert quality.problems(table(*rules)) == ()


def test_names_of_columns_and_values_are_quoted(database):
    name = """o"d'd"""
    where = table(
        rule("invalidValues", name, arguments={"validValues": ["it's"], "pattern": "'"}),
        rule("missingValues", name, arguments={"missingValues": ["'"]}),
        props=(Property(name=name),),
    )
    step = quality.compile(placed(where), {}).steps[0]
    source = """(SELECT unnest(['it''s', '''']) AS "o""d'd")"""
    (row,) = database.sql(step.sql.replace('"rows"', source)).to_arrow_table().to_pylist()
    assert (row["m0"], row["m1"]) == (1, 1)


@given(
    st.lists(st.one_of(st.none(), st.sampled_from(["", "a", "b", "'"])), max_size=20),
    st.lists(st.sampled_from(["", "a", "'"]), min_size=1, max_size=3),
)
def test_the_count_is_that_of_the_rows_by_hand(cells, allowed):
    where = table(
        rule("invalidValues", "x", arguments={"validValues": allowed}),
        rule("missingValues", "x", arguments={"missingValues": [None, *allowed]}),
        rule("nullValues", "x"),
        rule("duplicateValues", "x"),
        props=(Property(name="x"),),
    )
    plan = quality.compile(placed(where), {})
    with duckdb.connect() as connection:
        connection.execute('CREATE TABLE "rows" (x VARCHAR)')
        connection.executemany('INSERT INTO "rows" VALUES (?)', [[c] for c in cells] or [[None]])
        answers = [connection.sql(s.sql).to_arrow_table().to_pylist() for s in plan.steps]
    cells = cells or [None]
    there = [c for c in cells if c is not None]
    assert [f.found for f in quality.judge(plan, answers)] == [
        sum(c not in allowed for c in there),
        sum(c is None or c in allowed for c in cells),
        cells.count(None),
        len(there) - len(set(there)),
    ]


def test_a_column_without_any_value_has_no_bad_ones(database):
    where = table(rule("invalidValues", "x", arguments={"pattern": "a"}), props=(Property(name="x"),))
    step = quality.compile(placed(where), {}).steps[0]
    for source in ("(SELECT NULL::VARCHAR AS x)", "(SELECT NULL::VARCHAR AS x WHERE false)"):
        (row,) = database.sql(step.sql.replace('"rows"', source)).to_arrow_table().to_pylist()
        assert row["m0"] == 0
