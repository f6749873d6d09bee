"""ODPS: our model accepts and refuses what the official schema does."""

from __future__ import annotations

import copy
import json
import random

import jsonschema
import pytest

from weft.spec import check_document, odps
from weft.spec.reading import read
from weft.spec.text import Node, parse

JUNK = (
    "",
    "text",
    7,
    1.5,
    True,
    None,
    [],
    {},
    ["a"],
    {"a": 1},
    [{"name": "a", "version": "1"}],
    [{"property": "a", "value": None}],
)
KEYS = ("surprise", "id", "tags", "name", "contract_id", "contractId", "url", "customProperties", "description", "team")


def examples(shared):
    found = sorted((shared / "standards/odps-bitol/docs/examples").glob("*.odps.yaml"))
    return [*found, *sorted((shared / "standards/examples-messy").glob("*.odps.yaml"))]


def spots(value, path=()):
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from spots(item, (*path, key))


def mutated(data, chance):
    changed = copy.deepcopy(data)
    *above, last = chance.choice([p for p in spots(data) if p])
    parent = changed
    for step in above:
        parent = parent[step]
    how = chance.choice(("replace", "remove", "add"))
    if how == "replace":
        parent[last] = copy.deepcopy(chance.choice(JUNK))
    elif how == "remove":
        del parent[last]
    elif isinstance(parent, dict):
        parent[chance.choice(KEYS)] = copy.deepcopy(chance.choice(JUNK))
    return changed


def test_every_official_example_loads(shared):
    assert len(examples(shared)) == 4
    for file in examples(shared):
        reading = read(file.name, file.read_bytes())
        assert reading.problems == ()
        assert reading.noun.id == parse(file.read_bytes()).value["id"]


@pytest.mark.parametrize("seed", range(3))
def test_the_model_judges_as_the_official_schema(shared, seed):
    official = json.loads((shared / "standards/odps-bitol/schema/odps-json-schema-v1.0.0.json").read_text())
    validator = jsonschema.Draft201909Validator(official)
    chance = random.Random(seed)
    verdicts = set()
    for file in examples(shared):
        data = parse(file.read_bytes()).value
        for _ in range(100):
            changed = mutated(data, chance)
            mine = odps.check(Node(changed, 1, 1), "x")
            assert (not mine) == validator.is_valid(changed), (changed, mine)
            verdicts.add(not mine)
            if not mine:
                odps.product(Node(changed, 1, 1), "x")  # whatever fits has a noun
    assert verdicts == {True, False}


HEAD = "apiVersion: v1.0.0\nkind: DataProduct\nid: x\nstatus: draft\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD.replace("status: draft\n", ""), "1:1: error: 'status' is missing, it is required"),
        (HEAD + "outputPorts:\n  - {name: a, version: 1.0}\n", "6:15: error: 'version' is '1.0', allowed is text"),
        (
            HEAD + "inputPorts:\n  - name: a\n    version: 1.0.0\n    contractID: c\n",
            "8:5: error: 'contractID' is not a known key, did you mean 'contractId'? Allowed are ",
        ),
        (HEAD.replace("v1.0.0", "v2.0.0"), "1:1: error: 'apiVersion' is 'v2.0.0', allowed are v0.9.0, v1.0.0"),
        (HEAD + "tags: no\n", "5:1: error: 'tags' is 'no', allowed is a list"),
        (HEAD + "name:\n", "5:1: error: 'name' is empty, allowed is text"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, message):
    found = [str(p).removeprefix("p.odps.yaml:") for p in check_document("p.odps.yaml", text.encode())]
    assert any(line.startswith(message) for line in found), found
