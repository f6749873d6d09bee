"""ODCS: what the official schema of each version accepts and refuses, weft does."""

from __future__ import annotations

import copy
import json
import random

import jsonschema
import pytest

from weft.spec import odcs
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


def differences(files, official, ours, version, *, count=60, seed=0):
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
    assert list(differences(files, shipped(), Rules(shipped()), "v3.2.0", count=30, seed=1)) == []


def test_the_rules_of_3_1_judge_as_its_official_schema(shared):
    official = json.loads((shared / "standards/odcs-main/schema/odcs-json-schema-v3.1.0.json").read_text())
    files = examples(shared, "odcs-main", "odcs-dev-v3.2.0", "examples-messy")
    assert list(differences(files, official, rules_of("v3.1.0"), "v3.1.0", count=40)) == []


@pytest.mark.parametrize("version", ["v3.0.0", "v3.0.1", "v3.0.2"])
def test_what_3_0_accepts_is_accepted(shared, version):
    official = json.loads((shared / f"standards/odcs-main/schema/odcs-json-schema-{version}.json").read_text())
    files = examples(shared, "odcs-main", "odcs-dev-v3.2.0", "examples-messy")
    refused = [d for d in differences(files, official, rules_of(version), version, count=30) if d[1] is None]
    assert refused == []
