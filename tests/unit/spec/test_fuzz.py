"""Whatever stands in a document, problems are told and nothing breaks."""

from __future__ import annotations

import copy
import random

import pytest

from weft import spec
from weft.spec.text import parse

JUNK = (
    "",
    "text",
    "a.b",
    "stream:",
    "team:",
    "@",
    7,
    1.5,
    True,
    None,
    [],
    {},
    ["a"],
    [None],
    {"a": 1},
    [{"name": 1}],
    -1,
    "sales.x.y.z",
)


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
    if chance.random() < 0.7:
        parent[last] = copy.deepcopy(chance.choice(JUNK))
    else:
        del parent[last]
    return changed


@pytest.mark.parametrize("seed", range(4))
def test_no_value_breaks_the_reader_or_the_resolver(mesh, seed):
    chance = random.Random(seed)
    documents, _ = spec.read_folder(mesh.folder)
    yaml = [n for n, d in enumerate(documents) if d.kind != "Sql"]
    refused = 0
    for _ in range(60):
        changed = list(documents)
        n = chance.choice(yaml)
        data = mutated(parse(documents[n].content).value, chance)
        changed[n] = documents[n].model_copy(update={"content": spec.dump(data).encode()})
        _, problems = spec.resolve(changed)
        refused += bool(problems)
        assert all(p.position.line >= 1 and p.position.file and p.message for p in problems)
    assert 20 < refused <= 60
