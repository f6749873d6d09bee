"""ODCS: what the official schema of each version accepts and refuses, weft does."""

from __future__ import annotations

import copy
import json
import random

import jsonschema
import pytest

from weft.spec import check_document, odcs
from weft.spec.eras import rules_of, schema_3_2, shipped
from weft.spec.reading import read
from weft.spec.rules import Rules
from weft.spec.text import Node, parse

MINIMAL = "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: draft\n"
JUNK = ("", "text", 7, 1.5, True, None, [], {}, ["a"], {"a": 1}, -1, "2020-01-01", [1, 1])


def examples(shared, *folders):
    files = [f for folder in folders for f in sorted((shared / "standards" / folder).rglob("*.odcs.yaml"))]
    return [f for f in files if "adventureworks" not in f.name]


def spots(value, path=()):
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from spots(item, (*path, key))


def mutations(data, count, seed):
    """The document with one place replaced, removed, added or renamed."""
    chance = random.Random(seed)
    places = [p for p in spots(data) if p]
    for _ in range(count):
        changed = copy.deepcopy(data)
        *above, last = chance.choice(places)
        parent = changed
        for step in above:
            parent = parent[step]
        how = chance.choice(("replace", "remove", "add", "rename"))
        if how == "replace":
            parent[last] = copy.deepcopy(chance.choice(JUNK))
        elif how == "remove":
            del parent[last]
        elif isinstance(parent, dict) and how == "add":
            key = chance.choice(
                ("surprise", "metric", "rule", "from", "mustBe", "enum", "context", "id", "items", "map")
            )
            parent[key] = copy.deepcopy(chance.choice(JUNK))
        elif isinstance(parent, dict):
            parent[f"{last}x"] = parent.pop(last)
        yield changed


def differences(files, official, ours, version, *, count=6, seed=0):
    validator = jsonschema.Draft201909Validator(official)
    for file in files:
        data = {**parse(file.read_bytes()).value, "apiVersion": version, "status": "active"}
        for changed in (data, *mutations(data, count, f"{seed}{file.name}")):
            if changed.get("apiVersion") != version:
                continue
            theirs = next(validator.iter_errors(changed), None)
            mine = ours.faults(changed)
            if not mine:
                odcs.contract(Node(changed, 1, 1), "x")  # whatever fits has a noun
            if (theirs is None) != (not mine):
                yield file.name, theirs and theirs.message[:300], mine[:2]


def test_every_official_example_loads(shared):
    found = examples(shared, "odcs-main", "odcs-dev-v3.2.0", "examples-messy")
    large = sorted((shared / "standards").rglob("*adventureworks*.odcs.yaml"))
    assert len(found) + len(large) == 18 + 28 + 3
    for file in (*found, *large):
        reading = read(file.name, file.read_bytes())
        assert [str(p) for p in reading.problems if p.severity == "error"] == [], file
        assert reading.noun is not None


def test_the_rules_judge_as_the_shipped_schema(shared):
    files = examples(shared, "odcs-dev-v3.2.0", "examples-messy")
    assert list(differences(files, schema_3_2(), rules_of("v3.2.0"), "v3.2.0")) == []


def test_the_unmended_schema_is_judged_alike_too(shared):
    files = examples(shared, "odcs-dev-v3.2.0")[:8]
    assert list(differences(files, shipped(), Rules(shipped()), "v3.2.0", seed=1)) == []


def test_the_rules_of_3_1_judge_as_its_official_schema(shared):
    official = json.loads((shared / "standards/odcs-main/schema/odcs-json-schema-v3.1.0.json").read_text())
    files = examples(shared, "odcs-main", "odcs-dev-v3.2.0", "examples-messy")
    assert list(differences(files, official, rules_of("v3.1.0"), "v3.1.0")) == []


@pytest.mark.parametrize("version", ["v3.0.0", "v3.0.1", "v3.0.2"])
def test_what_3_0_accepts_is_accepted(shared, version):
    official = json.loads((shared / f"standards/odcs-main/schema/odcs-json-schema-{version}.json").read_text())
    files = examples(shared, "odcs-main", "odcs-dev-v3.2.0", "examples-messy")
    refused = [d for d in differences(files, official, rules_of(version), version, count=4) if d[1] is None]
    assert refused == []


def told(text):
    return [str(p).removeprefix("deals.odcs.yaml:") for p in check_document("deals.odcs.yaml", text.encode())]


def schema(*lines):
    return MINIMAL + "schema:\n  - name: deals\n" + "".join(f"    {line}\n" for line in lines)


WRONG = {
    "type": (
        schema("properties:", "  - name: id", "    logicalType: text"),
        "10:9: error: 'logicalType' is 'text', allowed are string, date, timestamp, time, number, integer, object, array, boolean",
    ),
    "unknown": (
        schema("properties:", "  - name: id", "    logicaltype: string"),
        "10:9: error: 'logicaltype' is not a known key, did you mean 'logicalType'? Allowed are ",
    ),
    "missing": (
        schema("properties:", "  - logicalType: string"),
        "9:9: error: 'name' is missing in 'properties[1]', it is required",
    ),
    "not text": (
        MINIMAL.replace("version: 1.0.0", "version: 1.10"),
        "4:1: error: 'version' is '1.10', allowed is text: put it in quotes",
    ),
    "not a list": (MINIMAL + "tags: sales\n", "6:1: error: 'tags' is 'sales', allowed is a list"),
    "entry": (MINIMAL + "tags: [a, 3]\n", "6:11: error: 'tags[2]' is '3', allowed is text: put it in quotes"),
    "version": (
        MINIMAL.replace("v3.1.0", "v4.0.0"),
        "1:1: error: 'apiVersion' is 'v4.0.0', allowed are v3.0.0, v3.0.1, v3.0.2, v3.1.0, v3.2.0",
    ),
    "kind": (
        MINIMAL.replace("DataContract", "Contract"),
        "2:1: error: 'kind' is 'Contract', allowed are Mesh, Person,",
    ),
    "operators": (
        schema("quality:", "  - {metric: rowCount, mustBe: 1, mustNotBe: 2}"),
        "9:9: error: 'mustBe' and 'mustNotBe' stand together, allowed is exactly one of mustBe, mustNotBe, ",
    ),
    "no operator": (schema("quality:", "  - metric: rowCount"), "9:9: error: none of mustBe, mustNotBe, "),
    "pair": (
        schema("quality:", "  - {metric: rowCount, mustBeBetween: [1]}"),
        "9:28: error: 'mustBeBetween' has 1 entries, allowed are at least 2",
    ),
    "options": (
        schema("properties:", "  - {name: a, logicalType: string, logicalTypeOptions: {minLength: -1}}"),
        "9:61: error: 'minLength' is '-1', allowed is at least 0",
    ),
    "team": (
        MINIMAL + "team:\n  members:\n    - {name: Ida}\n",
        "8:7: error: 'username' is missing in 'members[1]', it is required",
    ),
    "newer": (
        schema("properties:", "  - {name: a, logicalType: map}"),
        "9:19: error: 'logicalType' is 'map', allowed are ",
    ),
    "yaml": (MINIMAL + "id: y\n", "6:1: error: the key 'id' stands twice, first in line 3"),
    "empty": ("", "1:1: error: the document is empty"),
    "list": ("- a\n", "1:1: error: the document is not a mapping of keys to values"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_with_its_place(case):
    text, message = WRONG[case]
    found = told(text)
    assert len(found) == 1
    assert found[0].startswith(message)


def test_all_problems_are_told_at_once_in_order():
    found = told(
        schema("properties:", "  - name: a", "    logicalType: x", "    required: maybe", "  - {}").replace(
            "id: x\n", ""
        )
    )
    assert [line.partition(": error")[0] for line in found] == ["1:1", "9:9", "10:9", "11:9"]


def test_in_a_mesh_names_must_suit_engines(mesh):
    path = "domains/sales/pipeline/deals.odcs.yaml"
    mesh.edit(path, "name: amount", "name: ID")
    assert [p.partition(" error: ")[2] for p in mesh.problems if path in p] == [
        "the column 'id' is there 2 times",
        "the column 'ID' is there 2 times",
    ]


def test_a_contract_on_its_own_is_warned_of_them():
    found = told(schema("properties: []").replace("name: deals", "name: won-deals"))
    assert found == [
        "7:5: warning: the table is named 'won-deals', allowed are letters, digits and underscores, starting with a letter"
    ]


RICH = """
apiVersion: v3.2.0
kind: DataContract
id: x
version: 2.1.0
status: active
schema:
  - name: deals
    customProperties: [{property: weft.stream, value: crm.deals}, {property: weft.drift, value: freeze}]
    properties:
      - {name: b, logicalType: integer, primaryKey: true, primaryKeyPosition: 2}
      - {name: a, physicalName: A B, logicalType: string, primaryKey: true, primaryKeyPosition: 1, enum: [{value: x}]}
      - name: tags
        logicalType: array
        items: {logicalType: object, properties: [{name: k, logicalType: string}]}
      - {name: more, logicalType: map, map: {key: {logicalType: string}, value: {logicalType: number}}}
      - name: email
        logicalType: string
        tags: [pii]
        classification: restricted
        quality:
          - {metric: nullValues, mustBe: 0, severity: Critical}
          - {metric: nullValues, mustBeLessThan: 5, unit: percent, severity: warn}
          - {type: sql, query: 'select 1', mustBeBetween: [0, 1], severity: info}
    quality:
      - {metric: rowCount, mustBeGreaterThan: 0}
      - {name: known, type: custom, engine: weft, implementation: {kind: ForeignKey, references: a.b.c.d}}
      - {type: custom, engine: soda, implementation: 'checks: x'}
slaProperties: [{property: retention, value: 10, unit: y}]
roles: [{role: reader, firstLevelApprovers: ida}]
team: {members: [{username: ida@x, role: owner}]}
price: {priceAmount: 0.5, priceCurrency: EUR}
"""


def test_a_contract_becomes_nouns():
    contract = read("x.odcs.yaml", RICH.encode()).noun
    (table,) = contract.tables
    assert contract.major == 2
    assert (table.stream, table.drift, table.primary_key) == ("crm.deals", "freeze", ("a", "b"))
    assert [p.source_name for p in table.properties[:2]] == ["b", "A B"]
    assert table.properties[1].enum == ("x",)
    assert table.properties[2].items.properties[0].name == "k"
    assert table.properties[3].items.type == "number"
    assert str(table.properties[4].position) == "x.odcs.yaml:17:9"
    assert [(r.name, r.type, r.metric, r.operator, r.threshold, r.unit, r.severity) for r in table.rules] == [
        ("rowCount", "library", "rowCount", "mustBeGreaterThan", 0, "rows", "error"),
        ("known", "custom", "ForeignKey", "", None, "rows", "error"),
        ("custom", "custom", "", "", None, "rows", "error"),
        ("email.nullValues", "library", "nullValues", "mustBe", 0, "rows", "error"),
        ("email.nullValues_2", "library", "nullValues", "mustBeLessThan", 5, "percent", "warning"),
        ("email.sql", "sql", "", "mustBeBetween", (0, 1), "rows", "info"),
    ]
    assert table.rules[1].arguments == {"references": "a.b.c.d"}
    assert table.rules[2].arguments["engine"] == "soda"
    assert (contract.sla[0].value, contract.roles[0].approvers, contract.price.amount) == (10, "ida", 0.5)


def test_names_of_3_0_are_read():
    text = (
        MINIMAL.replace("v3.1.0", "v3.0.2")
        + """
schema:
  - name: t
    properties:
      - name: a
        quality:
          - {type: library, rule: duplicateCount, mustBeLessThan: 10}
          - {type: library, rule: validValues, validValues: [x, y], mustBe: 0}
team: [{username: ida, role: owner}]
"""
    )
    contract = read("x.odcs.yaml", text.encode()).noun
    assert [(r.metric, r.arguments) for r in contract.tables[0].rules] == [
        ("duplicateValues", {}),
        ("invalidValues", {"validValues": ["x", "y"]}),
    ]
    assert contract.team[0].username == "ida"


def test_an_unknown_severity_or_unit_is_told():
    found = told(schema("quality:", "  - {metric: rowCount, mustBe: 1, severity: purple, unit: apples}"))
    assert [line.partition(": ")[2] for line in found] == [
        "warning: 'severity' is 'purple', allowed are error, warning, info",
        "warning: 'unit' is 'apples', allowed are rows, percent",
    ]
