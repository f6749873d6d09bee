"""Drafts: what is written is valid and means the same when it is read."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from weft import spec
from weft.model import (
    SLA,
    Contract,
    DataProduct,
    Domain,
    EngineSettings,
    Grant,
    InputPort,
    Member,
    Mesh,
    Metric,
    OutputPort,
    Person,
    Policy,
    Price,
    Property,
    Role,
    Rule,
    Source,
    Table,
    TeamMember,
)
from weft.spec.eras import schema_3_1, schema_3_2
from weft.spec.reading import read


def unplaced(value):
    """The same noun without positions, as plain data."""
    data = value.model_dump() if hasattr(value, "model_dump") else value
    if isinstance(data, dict):
        return {k: unplaced(v) for k, v in data.items() if k != "position"}
    return [unplaced(v) for v in data] if isinstance(data, list | tuple) else data


NOUNS = [
    Mesh(name="messy", stance="open", purposes=("a b", "no"), engine=EngineSettings(landing_memory=300)),
    Person(id="ida@x", name="Ida", roles=("r",), attributes={"regions": ["EMEA"], "snake_case": {"a_b": 1}}),
    Domain(name="sales", owner="ida@x", stewards=("team:a",), members=(Member(member="ida@x", role="owner"),)),
    Source(
        name="crm",
        connector="files",
        config={"null_tokens": ["", "NA"], "quote": ""},
        streams={"a b": {"glob": "*.csv"}},
    ),
    Policy(name="pii", type="Mask", parameters={"match": {"tags": ["pii"]}, "keep_last": 4}),
    Grant(name="g", to=("team:a",), tables=("p.*",), until="2027-01-31"),
    Metric(name="won", expression="sum(a)", target=0.0, additive=False),
]


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: type(noun).__name__)
def test_weft_documents_come_back(noun):
    text = spec.write_weft(noun)
    reading = read("x.yaml", text.encode())
    assert reading.problems == ()
    assert unplaced(reading.noun) == unplaced(noun)


def test_the_text_is_made_for_people():
    assert spec.write_weft(NOUNS[3]) == (
        "apiVersion: weft/v1\nkind: Source\nname: crm\nconnector: files\nconfig:\n  null_tokens:\n    - ''\n    - NA\n"
        "  quote: ''\nstreams:\n  a b:\n    glob: '*.csv'\n"
    )


CONTRACT = Contract(
    id="deals", version="1.0.0", status="draft", name="Deals: won", purpose="Why?\nBecause.", tags=("a",),
    tables=(
        Table(
            name="deals", description="no", custom={"weft.stream": "crm.deals", "weft.drift": "freeze", "x": ""},
            quality=(
                Rule(name="rowCount", metric="rowCount", operator="mustBeGreaterThan", threshold=0),
                Rule(name="fk", type="custom", metric="ForeignKey", arguments={"references": "a.b.c.d", "perRow": True}),
            ),
            properties=(
                Property(name="id", key=1, required=True, physical_name="Deal Id", options={"pattern": "^[A-Z]+$"}),
                Property(name="amount", type="number", physical_type="DECIMAL(18,2)", examples=(1.5, 0), quality=(
                    Rule(name="amount.nullValues", metric="nullValues", column="amount", operator="mustBe", threshold=0, severity="warning"),
                    Rule(name="odd", type="sql", column="amount", query="select count(*)\nfrom {object}", operator="mustBeBetween", threshold=(0, 5)),
                )),
                Property(name="at", type="date", options={"format": "M/d/yyyy"}, tags=("pii",), classification="restricted"),
                Property(name="list", type="array", items=Property(name="item", type="object", properties=(Property(name="k"),))),
            ),
        ),
    ),
    sla=(SLA(property="retention", value=10, unit="y"),), roles=(Role(role="reader"),),
    team=(TeamMember(username="ida@x", role="owner"),), price=Price(amount=0.0, currency="EUR"),
)  # fmt: skip


def test_a_contract_comes_back_and_is_valid():
    text = spec.write_contract(CONTRACT)
    jsonschema.Draft201909Validator(schema_3_1()).validate(yaml.safe_load(text))
    reading = read("deals.odcs.yaml", text.encode())
    assert reading.problems == ()
    assert unplaced(reading.noun) == unplaced(CONTRACT)


def test_what_3_2_brought_makes_it_3_2():
    more = (
        Property(name="e", enum=("x", "")),
        Property(name="m", type="map", items=Property(name="item", type="number")),
    )
    contract = Contract(id="x", api_version="v3.2.0", tables=(Table(name="t", properties=more),))
    text = spec.write_contract(contract)
    jsonschema.Draft201909Validator(schema_3_2()).validate(yaml.safe_load(text))
    assert unplaced(read("x.odcs.yaml", text.encode()).noun) == unplaced(contract)


def test_a_product_comes_back_and_is_valid(shared):
    product = DataProduct(
        id="p", name="pipeline", title="Pipeline", version="1.0.0", purpose="yes", tags=("t",), custom={"weft.x": [1]},
        inputs=(InputPort(name="crm", version="1.0.0", contract_id="stream:crm.deals"),),
        outputs=(OutputPort(name="deals", version="1.0.0", contract_id="deals", type="tables"),),
    )  # fmt: skip
    text = spec.write_product(product)
    schema = json.loads((shared / "standards/odps-bitol/schema/odps-json-schema-v1.0.0.json").read_text())
    jsonschema.Draft201909Validator(schema).validate(yaml.safe_load(text))
    noun = read("domains/sales/pipeline/product.odps.yaml", text.encode()).noun
    assert unplaced(noun) == unplaced(product.model_copy(update={"domain": "sales"}))


words = st.text(min_size=1, max_size=12).filter(lambda text: not any(0xD800 <= ord(c) < 0xE000 for c in text))


@given(words, words, st.lists(words, max_size=3))
def test_any_words_survive(description, business_name, tags):
    column = Property(name="a", description=description, business_name=business_name, tags=tuple(tags))
    contract = Contract(id="x", tables=(Table(name="t", properties=(column,)),))
    noun = read("x.odcs.yaml", spec.write_contract(contract).encode()).noun
    assert unplaced(noun.tables[0].properties[0]) == unplaced(column)
