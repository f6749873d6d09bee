"""Shape SQL is projection and WHERE over one stream; anything else is refused with the reason."""

from __future__ import annotations

import pytest

from unit.contracts.conftest import placed, table
from weft import contracts
from weft.errors import Invalid
from weft.model import Property, Shape


def test_what_a_shape_tells():
    found = contracts.check_shape(
        """SELECT a, "B b" AS b, upper(c) AS c, d::DATE AS day FROM crm.deals x WHERE x.e IS NOT DISTINCT FROM f;"""
    )
    assert (found.stream, found.alias) == ("crm.deals", "x")
    assert found.projection == """a, "B b" AS b, upper(c) AS c, d::DATE AS day"""
    assert found.where == "x.e IS NOT DISTINCT FROM f"
    assert [(o.name, o.column, o.type) for o in found.outputs] == [
        ("a", "a", ""),
        ("b", "B b", ""),
        ("c", "", ""),
        ("day", "", "DATE"),
    ]
    assert found.reads == ("a", "b b", "c", "d", "e", "f")
    assert not found.star


@pytest.mark.parametrize("sql", ["SELECT * FROM crm.deals", "FROM crm.deals", "from crm.deals where a = 1"])
def test_everything(sql):
    found = contracts.check_shape(sql)
    assert found.star
    assert found.outputs == ()
    assert found.projection == "*"


REFUSED = [
    ("SELECT a FROM crm.a JOIN crm.b USING (id)", "a join"),
    ("SELECT a FROM crm.a, crm.b", "a join"),
    ("SELECT count(*) AS n FROM crm.a", "an aggregate"),
    ("SELECT a FROM crm.a GROUP BY a", "GROUP BY"),
    ("SELECT a FROM crm.a GROUP BY ALL", "GROUP BY"),
    ("SELECT DISTINCT a FROM crm.a", "DISTINCT"),
    ("SELECT a FROM crm.a ORDER BY a", "ORDER BY"),
    ("SELECT a FROM crm.a LIMIT 5", "LIMIT"),
    ("SELECT a FROM crm.a USING SAMPLE 10%", "a sample"),
    ("SELECT a FROM crm.a TABLESAMPLE 10%", "a sample"),
    ("SELECT row_number() OVER () AS n FROM crm.a", "a window"),
    ("SELECT a FROM crm.a QUALIFY row_number() OVER () = 1", "QUALIFY"),
    ("SELECT unnest(a) AS a FROM crm.a", "makes rows"),
    ("SELECT (SELECT 1) AS a FROM crm.a", "a sub-query"),
    ("SELECT a FROM crm.a WHERE a IN (SELECT b FROM crm.b)", "a sub-query"),
    ("SELECT a FROM crm.a WHERE EXISTS (SELECT 1)", "a sub-query"),
    ("WITH x AS (SELECT 1) SELECT a FROM crm.a", "WITH"),
    ("SELECT a FROM (SELECT 1 AS a)", "not a stream"),
    ("SELECT a FROM read_csv('x')", "not a stream"),
    ("SELECT a FROM deals", "not source.stream"),
    ("SELECT a FROM sales.pipeline.deals", "not source.stream"),
    ("SELECT 1 AS a", "FROM is missing"),
    ("SELECT a FROM crm.a UNION ALL SELECT a FROM crm.a", "UNION"),
    ("SELECT a FROM crm.a; SELECT 1", "2 statements"),
    ("DELETE FROM crm.a", "DELETE"),
    ("", "0 statements"),
    ("SELECT upper(a) FROM crm.a", "without a name"),
    ("SELECT a, b AS A FROM crm.a", "twice"),
    ("SELECT *, * FROM crm.a", "more than one"),
    ("SELECT COLUMNS('a.*') FROM crm.a", "COLUMNS"),
    ("SELECT a, _weft_row FROM crm.a", "are ours"),
    ("SELECT crm.a.b FROM crm.a", "its stream is called a"),
    ("SELECT a FROM crm.a WHERE a = ?", "a parameter"),
    ("SELECT a FROM crm.a WHERE a = $1", "a parameter"),
    ("SELECT FROM WHERE", ""),
    ("SELECT (((", "cannot be read"),
]


@pytest.mark.parametrize(("sql", "said"), REFUSED)
def test_anything_else_is_refused(sql, said):
    with pytest.raises(Invalid) as caught:
        contracts.check_shape(sql)
    assert said in caught.value.message


def test_a_contract_column_that_the_sql_does_not_make_is_a_problem():
    where = table(Property(name="a"), Property(name="b"), Property(name="c", required=True))
    shape = Shape(kind="shape", sql="SELECT x AS A FROM crm.deals", path="d.sql", stream="crm.deals")
    found = contracts.unmade(placed(where, shape))
    assert [(p.severity, "'b'" in p.message or "'c'" in p.message) for p in found] == [
        ("warning", True),
        ("error", True),
    ]
    assert contracts.unmade(placed(where)) == ()


def test_fields_of_a_struct_are_read_from_its_column():
    found = contracts.check_shape("SELECT b.x AS x, a.b.y AS y, c.d.e AS z, a.f FROM crm.a WHERE a.g = 1")
    assert sorted(found.reads) == ["b", "c", "f", "g"]
    assert [o.column for o in found.outputs] == ["", "", "", "f"]
