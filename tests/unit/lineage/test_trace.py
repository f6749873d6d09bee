"""Lineage of statements: settled cases, and every answer held against what DuckDB really does."""

from __future__ import annotations

import duckdb
import pytest

from weft.lineage import columns, trace

SCHEMAS = {
    "sales.crm.deals": ("id", "amount", "Email", "owner", "tags", "addr"),
    "sales.crm.acc": ("id", "name", "region"),
}
SETUP = """
ATTACH ':memory:' AS sales; CREATE SCHEMA sales.crm;
CREATE TABLE sales.crm.deals AS SELECT * FROM (VALUES
  (1, 10.0, 'a@x', 'ann', ['p','q'], {'city': 'Rom', 'zip': '1'}), (2, 20.0, 'b@x', 'bob', ['q'], {'city': 'Ulm', 'zip': '2'}),
  (3, 30.0, 'c@x', 'ann', ['r','p'], {'city': 'Bern', 'zip': '3'}), (4, 5.0, 'd@x', 'cyd', [], {'city': 'Rom', 'zip': '4'})
) t(id, amount, "Email", owner, tags, addr);
CREATE TABLE sales.crm.acc AS SELECT * FROM (VALUES (1, 'Acme', 'EU'), (2, 'Bolt', 'US'), (3, 'Core', 'EU'), (9, 'Dune', 'AP')) t(id, name, region);
"""
D, A = "sales.crm.deals", "sales.crm.acc"


def direct(sql):
    found = columns(sql, SCHEMAS)
    return {name: None if v is None else {f"{t.rpartition('.')[2]}.{c}" for t, c in v} for name, v in found.items()}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"select id, amount * 2 as twice from {D}", {"id": {"deals.id"}, "twice": {"deals.amount"}}),
        (f"select EMAIL as e from {D}", {"e": {"deals.Email"}}),
        (f"from {A}", {"id": {"acc.id"}, "name": {"acc.name"}, "region": {"acc.region"}}),
        (
            f"select * exclude (region) replace (upper(name) || id as name) from {A}",
            {"id": {"acc.id"}, "name": {"acc.name", "acc.id"}},
        ),
        (f"select a.* rename (name as n) from {A} a", {"id": {"acc.id"}, "n": {"acc.name"}, "region": {"acc.region"}}),
        (
            f"select count(*) n, count(distinct email) e, max(email) m from {D}",
            {"n": set(), "e": set(), "m": {"deals.Email"}},
        ),
        (f"select count(*) over (partition by email) n from {D}", {"n": {"deals.Email"}}),
        (
            f"select name, sum(amount) s from {D} join {A} using (id) group by all",
            {"name": {"acc.name"}, "s": {"deals.amount"}},
        ),
        (f"select id from {D} union all select name from {A}", {"id": {"deals.id", "acc.name"}}),
        (
            f"select id, owner from {D} union all by name select name as owner, id from {A}",
            {"id": {"deals.id", "acc.id"}, "owner": {"deals.owner", "acc.name"}},
        ),
        (f"with c as (select email as e, id from {D}) select e as x from c where id > 1", {"x": {"deals.Email"}}),
        (f"with deals as (select name as email from {A}) select email from deals", {"email": {"acc.name"}}),
        (
            f"select x, x as y, id as z from (select email as x, id from {D})",
            {"x": {"deals.Email"}, "y": {"deals.Email"}, "z": {"deals.id"}},
        ),
        (f"select email as id, id as z from {D}", {"id": {"deals.Email"}, "z": {"deals.id"}}),
        (f"select id, email as id from {D}", {"id": {"deals.id", "deals.Email"}}),
        (f"select case when email like 'a%' then 1 end as flag from {D}", {"flag": {"deals.Email"}}),
        (
            f"select d from {D} d",
            {"d": {"deals.id", "deals.amount", "deals.Email", "deals.owner", "deals.tags", "deals.addr"}},
        ),
        (f"select to_json(d) as j from (select id, email from {D}) d", {"j": {"deals.id", "deals.Email"}}),
        (
            f"select addr.city as c, d.addr.zip as z, d.addr['zip'] as y from {D} d",
            {"c": {"deals.addr"}, "z": {"deals.addr"}, "y": {"deals.addr"}},
        ),
        (
            f"select list_transform(tags, lambda t: t || owner) as l, [x for x in tags if x <> email] as m from {D}",
            {"l": {"deals.tags", "deals.owner"}, "m": {"deals.tags", "deals.Email"}},
        ),
        (f"select u.v from {D} d, unnest(d.tags) u(v)", {"v": {"deals.tags"}}),
        (
            f"select email.upper() as u, d.owner.lower().replace('a', email) as r, addr.city.length() as c from {D} d",
            {"u": {"deals.Email"}, "r": {"deals.owner", "deals.Email"}, "c": {"deals.addr"}},
        ),
        (
            f"select tags.list_transform(lambda t: t.upper() || owner.lower()) as l, d.to_json() as j from (select tags, owner from {D}) d",
            {"l": {"deals.tags", "deals.owner"}, "j": {"deals.tags", "deals.owner"}},
        ),
        (
            f"select (owner || lower(email)).upper() as u, list_filter(tags, lambda t: (t || email).len() > 1).list_sum() as s from {D}",
            {"u": {"deals.owner", "deals.Email"}, "s": {"deals.tags", "deals.Email"}},
        ),
        (
            f"select row_number() over w as n from {D} window w as (partition by owner order by email)",
            {"n": {"deals.owner", "deals.Email"}},
        ),
        (
            f"select a.id, (select max(amount) from {D} d where d.id = a.id) as m from {A} a",
            {"id": {"acc.id"}, "m": {"deals.amount", "deals.id", "acc.id"}},
        ),
        ("select i, i + 1 as j, v.x from range(3) t(i), (values (1), (2)) v(x)", {"i": set(), "j": set(), "x": set()}),
    ],
)
def test_settled_cases(sql, expected):
    assert direct(sql) == expected


def test_a_recursive_query_gives_all_that_its_second_part_brings():
    sql = f"""with recursive r as (select id, name from {A} where id = 1 union all
              select r.id + 1, d.email from r join {D} d on d.id = r.id + 1 where r.id < 3) select * from r"""
    assert direct(sql) == {"id": {"acc.id"}, "name": {"acc.name", "deals.Email"}}


def test_a_recursive_query_gives_what_reaches_a_column_after_several_rounds():
    sql = f"""with recursive r(a, b, n) as (select 'x', 'y', 1 union all
              select r.b, d.email, r.n + 1 from r join {D} d on d.id = r.n where r.n < 4) select a from r"""
    assert direct(sql) == {"a": {"deals.Email"}}


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "not sql at all",
        f"select nope from {D}",
        f"select id from {D}, {A}",
        "select x from other.unknown.tab",
        "select * from read_csv('x.csv')",
        f"pivot {D} on owner using sum(amount)",
        f"select * from {D} unpivot (v for n in (email, owner))",
        f"select columns('.*') from {D}",
        f"select #3 as x from {D}",
        f"select email from {D} t(id, email, amount)",
        f"select g as x from {D} d, range(length(d.email)) t(g)",
        f"select id; select id from {D}",
        f"insert into {D} select * from {A}",
        f"select unknown.email from {D}",
        "select " + "(" * 5000 + "1" + ")" * 5000,
    ],
)
def test_what_cannot_be_told_is_unknown(sql):
    assert all(v is None for v in columns(sql, SCHEMAS).values())


def test_columns_makes_every_output_unknown():
    assert direct(f"select columns('i.*'), amount as z from {D}")["z"] is None
    assert direct(f"with c as (select columns(*) from {D}) select id from c").get("id") is None


def test_streams_whose_columns_are_not_known():
    found = trace("select OppId as id, upper(trim(name)) as name from crm.opps where kind = 'x'", {"crm.opps": ()})
    assert found.columns == {"id": (("crm.opps", "oppid"),), "name": (("crm.opps", "name"),)}
    assert found.indirect == (("crm.opps", "kind"),)
    assert not found.star
    assert trace("select * from crm.opps", {"crm.opps": ()}).star


def test_odd_names():
    schemas = {"mes.m.runs": ("Air temperature [K]", "a.b", 'q"q')}
    sql = 'select "air temperature [k]" as t, "a.b" as ab, "q""q" as q from mes.m.runs'
    assert columns(sql, schemas) == {
        "t": (("mes.m.runs", "Air temperature [K]"),),
        "ab": (("mes.m.runs", "a.b"),),
        "q": (("mes.m.runs", 'q"q'),),
    }


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"select id from {D} where email <> 'x'", {"Email"}),
        (f"select d.id from {D} d join {A} a on d.id = a.id", {"id"}),
        (f"select owner from {D} group by owner having sum(amount) > 3", {"owner", "amount"}),
        (f"select id from {D} qualify row_number() over (partition by owner order by amount) = 1", {"owner", "amount"}),
        (f"select id from {D} order by email limit 1", {"Email"}),
        (f"select count(email) as n from {D}", {"Email"}),
        (f"select id from (select distinct id, owner from {D})", {"id", "owner"}),
        (f"select distinct on (owner) id from {D}", {"owner"}),
        (f"select id from {D} except select id from {A}", {"id"}),
        (f"select sum(amount) as s from {D} order by s", {"amount"}),
        (f"select id from {D} where exists (select 1 from {A} a where a.name = owner)", {"owner", "name"}),
    ],
)
def test_indirect(sql, expected):
    assert {column for _, column in trace(sql, SCHEMAS).indirect} == expected


CHANGES = {
    (D, "id"): "id + 1",
    (D, "amount"): "amount * 3 - 25",
    (D, "Email"): 'CASE WHEN id = 2 THEN NULL ELSE reverse("Email") END',
    (D, "owner"): "CASE WHEN owner = 'ann' THEN 'z' || id ELSE 'same' END",
    (D, "tags"): "list_append(tags, 'new' || id)",
    (D, "addr"): "{'city': addr.city || '!', 'zip': addr.zip || '!'}",
    (A, "id"): "10 - id",
    (A, "name"): "CASE WHEN id = 2 THEN NULL ELSE 'n' || name END",
    (A, "region"): "CASE region WHEN 'EU' THEN 'US' ELSE 'EU' END",
}
STATEMENTS = [
    f"select id, upper(email) e, owner || amount as oa from {D}",
    f"select id as x, x + 1 as y, email as owner, owner as o from {D}",
    f"select d.id, name, region from {D} d left join {A} a on d.id = a.id",
    f"select id, name, amount from {D} join {A} using (id) where region = 'EU'",
    f"select id, name, amount from {D} full join {A} using (id)",
    f"select * from {D} natural join {A}",
    f"select owner, sum(amount) s, count(*) n, count(email) e, list(email order by amount) l from {D} group by owner",
    f"select owner, max(amount) filter (where email is not null) m from {D} group by all having count(*) >= 1",
    f"select id, lag(email) over (partition by owner order by amount) p, count(*) over (partition by owner) c from {D}",
    f"select id, sum(amount) over w s from {D} window w as (partition by owner order by id)",
    f"select id from {D} qualify row_number() over (partition by owner order by amount desc) = 1",
    f"select id, amount from {D} union select id, id from {A}",
    f"select id, owner from {D} union all by name select name as owner, id from {A}",
    f"select id from {D} intersect select id from {A}",
    f"select id from (select distinct id, owner from {D}) where owner <> 'same'",
    f"with t as (select owner, avg(amount) a from {D} group by 1) select d.id, t.a from {D} d join t using (owner)",
    f"with recursive r as (select id, name from {A} where id = 1 union all select r.id + 1, d.email from r join {D} d on d.id = r.id + 1 where r.id < 4) select * from r",
    f"select a.id, (select max(amount) from {D} d where d.id = a.id) m from {A} a",
    f"select a.id, x.m from {A} a, lateral (select max(amount) m from {D} d where d.id = a.id) x",
    f"select id, id in (select id from {A} where region = 'EU') f from {D}",
    f"select id from {D} d where exists (select 1 from {A} a where a.id = d.id and a.name is not null)",
    f"select d.id, u.v from {D} d, unnest(d.tags) u(v)",
    f"select id, unnest(tags) t from {D}",
    f"select id, addr.city c, list_transform(tags, lambda t: t || owner) l from {D}",
    f"select id, to_json(s) j from (select id, email from {D}) s",
    f"select distinct on (owner) owner, email from {D} order by owner, amount",
    f"select first.x, y from (select id as x, email as y from {D}) first",
    f"select * from (select id, amount from {D}) s(p, q)",
    f"select id, case when amount > 15 then owner else 'low' end c from {D} order by email limit 2",
    f"select max_by(email, amount) m, arg_min(owner, id) n from {D}",
    f"select a.id, d.amount from {A} a asof join {D} d on a.id >= d.id",
    f"select * exclude (tags, addr) replace (owner || email as owner) from {D}",
    f"select id, coalesce(email, owner) c, struct_pack(a := amount) s from {D}",
    f"select grouping(owner) g, owner, count(*) n from {D} group by rollup(owner)",
    f"select id.abs() as i, d.email.upper().length() as n, (owner || email).lower() as o from {D} d",
]


@pytest.mark.parametrize("sql", STATEMENTS)
def test_no_column_that_reaches_an_output_is_missed(sql):
    """Changing one input column may change only outputs whose lineage names it: an oracle that knows no SQL."""
    traced = trace(sql, SCHEMAS)
    assert traced.indirect is not None
    with duckdb.connect() as connection:
        connection.execute(SETUP)
        before = outputs(connection, sql)
        assert {name.lower() for name in before} == set(traced.columns)
        for (table, column), change in CHANGES.items():
            connection.execute("BEGIN")
            connection.execute(f'UPDATE {table} SET "{column}" = {change}')
            after = outputs(connection, sql)
            connection.execute("ROLLBACK")
            for name, value in before.items():
                reached = {*(traced.columns[name.lower()] or ()), *traced.indirect}
                assert after[name] == value or (table, column) in reached, (name, table, column)


def outputs(connection, sql):
    """Each output column with its values, without their order."""
    found = connection.execute(sql)
    names = [d[0] for d in found.description]
    rows = found.fetchall()
    return {name: sorted(repr(row[n]) for row in rows) for n, name in enumerate(names)}
