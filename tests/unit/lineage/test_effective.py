"""Inheritance, the graph and OpenLineage over a small mesh of three products."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from weft.lineage import effective, graph, lowered, quality_event, run_event
from weft.model import (
    Contract,
    DataProduct,
    Declared,
    Finding,
    Mesh,
    Metric,
    Placed,
    Position,
    Property,
    Run,
    Shape,
    Table,
    TableName,
    TableResult,
)

RAW = (
    Property(name="id", type="integer", physical_name="EmployeeNumber"),
    Property(name="email", tags=("pii.email",)),
    Property(name="income", type="number", classification="confidential"),
    Property(
        name="address",
        type="object",
        properties=(
            Property(
                name="geo",
                type="object",
                properties=(Property(name="zip", tags=("pii.zip",), classification="restricted"),),
            ),
        ),
    ),
    Property(name="phones", type="array", items=Property(name="phone", tags=("pii.phone",))),
    Property(name="dept", classification="public"),
)


def placed(path, properties, shape, *, custom=None, status="active", version="1.0.0"):
    domain, product, table = path.split(".")
    contract = Contract(id=f"{path}", version=version, status=status, tables=(), domain=domain, product=product)
    found = Table(name=table, properties=properties, custom=custom or {}, position=Position(file=f"{path}.yaml"))
    name = TableName(domain=domain, product=product, table=table, major=contract.major)
    return Placed(
        name=name,
        table=found,
        contract=contract,
        product=DataProduct(id=product, name=product, domain=domain),
        shape=shape,
    )


def columns_of(stream="hr.employees"):
    return Shape(kind="columns", stream=stream)


def derived(sql, *inputs):
    return Shape(kind="derived", sql=sql, path="x.sql", inputs=tuple(TableName.parse(name) for name in inputs))


def mesh(*tables, **fields):
    return Declared(mesh=Mesh(name="acme"), placed=tables, **fields)


STAFF = placed("people.staff.employees", RAW, columns_of())
PAY = placed(
    "finance.pay.bands",
    (
        Property(name="dept"),
        Property(name="mail"),
        Property(name="band", type="number"),
        Property(name="n", type="integer"),
        Property(name="where_"),
    ),
    derived(
        "select dept, lower(email) as mail, max(income) as band, count(email) as n, address as where_ "
        "from people.staff.employees where phones is not null group by all",
        "people.staff.employees",
    ),
)
BOARD = placed(
    "board.pack.summary",
    (Property(name="top", type="number"), Property(name="who")),
    derived(
        "with b as (select * from finance.pay.bands) select band + 1 as top, mail as who from b", "finance.pay.bands"
    ),
)


def test_protection_goes_with_the_values_through_every_table():
    found = effective(mesh(STAFF, PAY, BOARD))
    bands = found["finance.pay.bands@1"]
    assert bands["dept"].classification == "internal"  # its own default is stricter than public
    assert bands["dept"].inherited == ()
    assert (bands["mail"].tags, bands["mail"].inherited) == (("pii.email",), ("people.staff.employees.email",))
    assert (bands["band"].classification, bands["band"].inherited) == (
        "confidential",
        ("people.staff.employees.income",),
    )
    assert (bands["n"].classification, bands["n"].tags) == ("internal", ())  # counted, not shown
    top = found["board.pack.summary@1"]
    assert (top["top"].classification, top["top"].inherited) == ("confidential", ("finance.pay.bands.band",))
    assert top["who"].tags == ("pii.email",)


def test_nested_fields_protect_the_whole_column():
    found = effective(mesh(STAFF, PAY))
    assert (
        found["people.staff.employees@1"]["address"].classification,
        found["people.staff.employees@1"]["address"].tags,
    ) == ("restricted", ("pii.zip",))
    assert found["people.staff.employees@1"]["phones"].tags == ("pii.phone",)
    assert found["finance.pay.bands@1"]["where_"].classification == "restricted"


def test_a_tables_classification_is_that_of_its_columns():
    table = placed(
        "a.b.c",
        (Property(name="x", classification="public"), Property(name="y")),
        columns_of(),
        custom={"weft.classification": "confidential"},
    )
    copy = placed("a.b.d", (Property(name="x"),), derived("select x from a.b.c", "a.b.c"))
    found = effective(mesh(table, copy))
    assert {e.classification for e in found["a.b.c@1"].values()} == {"confidential"}
    assert found["a.b.d@1"]["x"].classification == "confidential"


@pytest.mark.parametrize(
    "shape",
    [
        derived("select columns('em.*') from people.staff.employees", "people.staff.employees"),
        derived("pivot people.staff.employees on dept using count(*)", "people.staff.employees"),
        derived("select nope as x from people.staff.employees", "people.staff.employees"),
        derived("", "people.staff.employees"),
    ],
)
def test_unknown_lineage_takes_the_strictest(shape):
    table = placed("a.b.c", (Property(name="x", classification="internal"),), shape)
    declared = mesh(STAFF, table)
    found = effective(declared)["a.b.c@1"]["x"]
    assert found.classification == "restricted"
    assert set(found.tags) == {"pii.email", "pii.zip", "pii.phone"}
    (problem,) = lowered(declared)
    assert "it cannot be told which columns of people.staff.employees it is made from" in problem.message


def test_an_input_that_is_gone_is_unknown():
    table = placed("a.b.c", (Property(name="x"),), derived("select x from gone.away.t", "gone.away.t"))
    assert effective(mesh(table))["a.b.c@1"]["x"].classification == "restricted"


def test_lowering_is_refused_and_keeping_is_not():
    low = placed(
        "a.b.c",
        (
            Property(name="band", classification="internal", position=Position(file="c.yaml", line=4, column=3)),
            Property(name="same", classification="confidential"),
            Property(name="higher", classification="restricted"),
            Property(name="silent"),
            Property(name="own", classification="public"),
        ),
        derived(
            "select income as band, income as same, income as higher, income as silent, 1 as own from people.staff.employees",
            "people.staff.employees",
        ),
    )
    (problem,) = lowered(mesh(STAFF, low))
    assert str(problem) == (
        "c.yaml:4:3: error: 'classification' of a.b.c.band is 'internal', "
        "but it is made from people.staff.employees.income; allowed is 'confidential'"
    )


def test_public_made_from_internal_is_lowering_too():
    low = placed(
        "a.b.c",
        (Property(name="id", classification="public"),),
        derived("select id from people.staff.employees", "people.staff.employees"),
    )
    assert len(lowered(mesh(STAFF, low))) == 1


def test_majors_are_told_apart():
    one = placed("a.b.c", (Property(name="x", classification="confidential"),), columns_of())
    two = placed("a.b.c", (Property(name="x"),), columns_of(), version="2.0.0")
    both = placed(
        "a.b.d",
        (Property(name="old"), Property(name="new")),
        derived('select o.x as old, n.x as new from a.b."c@1" o, a.b.c n', "a.b.c@1", "a.b.c@2"),
    )
    declared = mesh(one, two, both)
    found = effective(declared)["a.b.d@1"]
    assert (found["old"].classification, found["new"].classification) == ("confidential", "internal")
    edges = {(e.source, e.target) for e in graph(declared).edges if e.how == "direct"}
    assert {("a.b.c@1.x", "a.b.d.old"), ("a.b.c.x", "a.b.d.new")} <= edges


SALES = placed(
    "sales.pipeline.deals",
    (Property(name="id"), Property(name="value", type="number")),
    Shape(
        kind="shape",
        sql="select OppId as id, amount::double as value from crm.opps where stage = 'Won'",
        stream="crm.opps",
    ),
)
WHOLE = mesh(
    STAFF,
    PAY,
    BOARD,
    SALES,
    metrics={"won": Metric(name="won", table="sales.pipeline.deals", expression="sum(value)", dimensions=("id",))},
)


def test_the_graph_goes_from_stream_to_consumer():
    found = graph(WHOLE)
    edges = {(e.source, e.target): e.how for e in found.edges}
    assert edges["stream:people.hr.employees.EmployeeNumber", "people.staff.employees.id"] == "direct"
    assert edges["stream:sales.crm.opps.oppid", "sales.pipeline.deals.id"] == "direct"
    assert edges["stream:sales.crm.opps.stage", "sales.pipeline.deals.value"] == "indirect"
    assert edges["people.staff.employees.phones", "finance.pay.bands.band"] == "indirect"
    assert edges["sales.pipeline.deals.value", "metric:won"] == "direct"
    assert edges["sales.pipeline.deals.id", "metric:won"] == "indirect"
    assert set(found.nodes) >= {e.source for e in found.edges} | {e.target for e in found.edges}


def test_upstream_and_downstream():
    found = graph(WHOLE)
    up = found.upstream("board.pack.summary.top")
    assert "stream:people.hr.employees.income" in up.nodes
    assert "sales.pipeline.deals.id" not in up.nodes
    assert set(found.upstream("Board.Pack.Summary", depth=1).nodes) == {
        "board.pack.summary.top",
        "board.pack.summary.who",
        "finance.pay.bands.band",
        "finance.pay.bands.mail",
    }
    down = found.downstream("stream:people.hr")
    assert "board.pack.summary.who" in down.nodes
    assert all(e.source in down.nodes and e.target in down.nodes for e in down.edges)
    assert found.downstream("board.pack.summary.top").edges == ()
    assert found.upstream("nothing.here.at.all").nodes == {}


def test_unknown_lineage_is_shown_as_unknown():
    table = placed(
        "a.b.c",
        (Property(name="x"),),
        derived("select columns('x') from people.staff.employees", "people.staff.employees"),
    )
    edges = {(e.source, e.how) for e in graph(mesh(STAFF, table)).upstream("a.b.c.x").edges}
    assert ("people.staff.employees.*", "unknown") in edges


def test_a_star_over_a_stream_keeps_names():
    table = placed(
        "a.b.c", (Property(name="x", physical_name="X 1"),), Shape(kind="shape", sql="select * from s.t", stream="s.t")
    )
    assert {(e.source, e.target) for e in graph(mesh(table)).edges} == {("stream:a.s.t.X 1", "a.b.c.x")}


@pytest.fixture(scope="module")
def official(shared):
    folder = shared / "standards" / "openlineage" / "spec"
    files = [folder / "OpenLineage.json", *sorted((folder / "facets").glob("*.json"))]
    loaded = [json.loads(path.read_text()) for path in files]
    registry = Registry().with_resources((one["$id"], Resource.from_contents(one)) for one in loaded)

    def validate(value, reference):
        Draft202012Validator({"$ref": reference}, registry=registry, format_checker=FormatChecker()).validate(value)

    return validate


@pytest.mark.parametrize("state", ["running", "succeeded", "held", "failed"])
def test_openlineage_events_are_valid_with_all_their_facets(official, state):
    results = (TableResult(table=PAY.name, rows=7),)
    run = Run(
        id="r1",
        product="finance.pay",
        started="2026-11-22T10:00:00Z",
        finished="2026-11-22T10:00:01Z",
        state=state,
        tables=results,
        error="source down" if state == "failed" else "",
    )
    event = run_event(WHOLE, run)
    official(event, "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent")
    facets = [event["run"]["facets"], event["job"]["facets"]]
    for one in (*event["inputs"], *event["outputs"]):
        facets += [one.get("facets", {}), one.get("outputFacets", {})]
    found = [facet for group in facets for facet in group.values()]
    for facet in found:
        official(facet, facet["_schemaURL"])
    assert len(found) == 5 + (state == "failed")


def test_what_rules_found_is_told_of_what_they_judged(official):
    findings = (
        Finding(table=PAY.name, rule="many", passed=True, severity="warning", found=7, allowed="mustBeGreaterThan 3"),
        Finding(table=PAY.name, rule="told", column="band", passed=False, text="told could not be measured"),
    )
    results = (TableResult(table=PAY.name, rows=7, findings=findings),)
    run = Run(id="r1", product="finance.pay", started="2026-11-22T10:00:00Z", state="held", tables=results)
    event = quality_event(WHOLE, run)
    official(event, "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent")
    (judged,) = event["inputs"]
    facets = [*judged["inputFacets"].values(), *event["run"]["facets"].values(), *event["job"]["facets"].values()]
    for facet in facets:
        official(facet, facet["_schemaURL"])
    assert (len(facets), judged["name"]) == (3, "finance.pay.bands")
    assert [(a["name"], a["success"], a["severity"], a.get("actual")) for a in
            judged["inputFacets"]["dataQualityAssertions"]["assertions"]] == [
        ("many", True, "warn", "7"), ("told", False, "error", None),
    ]  # fmt: skip
    assert event["run"]["facets"]["parent"]["run"]["runId"] == run_event(WHOLE, run)["run"]["runId"]
    assert quality_event(WHOLE, run.model_copy(update={"tables": ()})) is None


def test_openlineage_names_columns():
    event = run_event(WHOLE, Run(id="r1", product="finance.pay", started="2026-11-22T10:00:00Z"))
    assert event["inputs"] == [{"namespace": "weft://acme", "name": "people.staff.employees"}]
    (output,) = event["outputs"]
    lineage = output["facets"]["columnLineage"]
    (field,) = lineage["fields"]["band"]["inputFields"]
    assert (field["name"], field["field"], field["transformations"]) == (
        "people.staff.employees",
        "income",
        [{"type": "DIRECT"}],
    )
    assert "phones" in {one["field"] for one in lineage["dataset"]}
    stream = run_event(WHOLE, Run(id="r2", product="sales.pipeline", started="2026-11-22T10:00:00Z"))
    assert stream["inputs"] == [{"namespace": "weft://acme/streams", "name": "sales.crm.opps"}]
    assert stream["run"]["runId"] != event["run"]["runId"]
