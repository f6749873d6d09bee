"""Filters, transformations, schemas, and records that come in parts."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pydantic import ValidationError

from weft.connectors.rest.expressions import Template
from weft.connectors.rest.parts import kinds
from weft.connectors.rest.rows import split
from weft.connectors.rest.rows.declared import arrow
from weft.connectors.rest.rows.merging import merged
from weft.connectors.rest.rows.page import Page
from weft.connectors.rest.rows.shaping import Shaping
from weft.errors import Broken, Invalid


def shaped(body, *transformations, condition=None, **names):
    made = tuple(kinds("transformations").build(one.pop("kind"), one) for one in transformations)
    shaping = Shaping(Template(condition) if condition else None, made)
    return [bytes(record) for record in shaping.apply(split.page(body), names).records]


def test_a_filter_takes_the_bytes_as_they_are():
    body = b'[{"id": 1, "s":"draft","d":{"x":1.50}},{"id":2,"s":"open","d":{"x":2}}, {"id":3}]'
    assert shaped(body, condition="{{ record.s != 'draft' }}") == [b'{"id":2,"s":"open","d":{"x":2}}', b'{"id":3}']
    assert shaped(body, condition="{{ record.d.x > config.least }}", config={"least": 1}) == [
        b'{"id": 1, "s":"draft","d":{"x":1.50}}',
        b'{"id":2,"s":"open","d":{"x":2}}',
    ]
    with pytest.raises(Invalid, match="cannot be computed"):
        shaped(body, condition="{{ record.d.x + 'secret' }}")


def test_fields_are_added_and_the_rest_keeps_its_bytes():
    fields = [
        {"path": ["part"], "value": "{{ stream_partition.id }}"},
        {"path": ["a", "b"], "value": "{{ record.id ~ '-' ~ record.part }}"},
        {"path": ["n"], "value": "{{ record.text }}", "valueType": "integer"},
        {"path": ["id"], "value": "fixed"},
        {"path": ["tree"], "value": {"x": ["{{ record.n }}"]}},
    ]
    made = shaped(
        b'[{"id":1,"big":0.1234567890123456789,"text":"7"}]',
        {"kind": "AddFields", "fields": fields},
        stream_partition={"id": "p"},
    )
    assert made == [
        b'{"id":"fixed","big":0.1234567890123456789,"text":"7","part":"p","a":{"b":"1-p"},"n":7,"tree":{"x":[7]}}'
    ]
    only = {"kind": "AddFields", "fields": [{"path": ["x"], "value": 1}], "condition": "{{ record.id == 2 }}"}
    assert shaped(b'[{"id":1},{"id":2}]', only) == [b'{"id":1}', b'{"id":2,"x":1}']
    with pytest.raises(Invalid, match="'n' is no integer"):
        shaped(
            b'[{"id":1,"text":"secret"}]',
            {"kind": "AddFields", "fields": [{"path": ["n"], "value": "{{ record.text }}", "valueType": "integer"}]},
        )


@pytest.mark.parametrize(
    ("transformation", "before", "after"),
    [
        (
            {"kind": "RemoveFields", "fieldPointers": [["a"], ["d", "x"], ["l", "*", "y"], ["no", "where"]]},
            b'{"a":1,"d":{"x":1,"z":2},"l":[{"y":1,"z":1}]}',
            b'{"d":{"z":2},"l":[{"z":1}]}',
        ),
        (
            {"kind": "RemoveFields", "fieldPointers": [["**", "x"]]},
            b'{"x":1,"d":{"x":1,"e":{"x":[]}},"l":[{"x":1}]}',
            b'{"d":{"e":{}},"l":[{}]}',
        ),
        (
            {"kind": "RemoveFields", "fieldPointers": [["*"]], "condition": "{{ property is none }}"},
            b'{"a":null,"b":0}',
            b'{"b":0}',
        ),
        ({"kind": "KeysToLower"}, b'{"Ab":{"Cd":1.50},"l":[{"E":1}]}', b'{"ab":{"cd":1.5},"l":[{"e":1}]}'),
        (
            {"kind": "KeysToSnakeCase"},
            b'{"fieldName":1.50,"HTTPCode":2,"Some Key-2":3,"_id":4}',
            b'{"field_name":1.50,"http_code":2,"some_key_2":3,"id":4}',
        ),
        ({"kind": "KeysReplace", "old": " ", "new": "_"}, b'{"a b":{"c d":1}}', b'{"a_b":{"c_d":1}}'),
        (
            {"kind": "FlattenFields"},
            b'{"a":{"b":1,"c":{"d":2}},"b":3,"l":[1,{"x":4}],"e":{},"m":[]}',
            b'{"b":3,"e":{},"m":[],"a.b":1,"l.0":1,"d":2,"l.1.x":4}',
        ),
        (
            {"kind": "DpathFlattenFields", "fieldPath": ["d"]},
            b'{"a":1,"d":{"x":1,"a":2}}',
            b'{"a":2,"d":{"x":1,"a":2},"x":1}',
        ),
        (
            {
                "kind": "DpathFlattenFields",
                "fieldPath": ["d", "*"],
                "deleteOriginValue": True,
                "keyTransformation": {"prefix": "p_"},
            },
            b'{"a":1,"d":{"k":{"x":1}}}',
            b'{"a":1,"d":{},"p_x":1}',
        ),
        ({"kind": "DpathFlattenFields", "fieldPath": ["d"], "replaceRecord": True}, b'{"a":1,"d":{"x":1}}', b'{"x":1}'),
    ],
)
def test_transformations(transformation, before, after):
    assert shaped(b"[" + before + b"]", transformation) == [after]


def test_two_keys_never_become_one():
    with pytest.raises(Broken, match="keys 'A' and 'a' of a record would both be 'a'"):
        shaped(b'[{"A":1,"a":2}]', {"kind": "KeysToLower"})
    with pytest.raises(Broken, match="record 1 of a page names the key 'a' twice"):
        shaped(b'[{"a":1,"a":"secret"}]', {"kind": "RemoveFields", "fieldPointers": [["b"]]})


def test_an_unknown_transformation_or_field_is_told():
    with pytest.raises(Invalid, match="known are AddFields, "):
        kinds("transformations").build("AddField", {})
    with pytest.raises(Invalid, match="'pointers' is not a known key"):
        kinds("transformations").build("RemoveFields", {"pointers": []})


def test_json_schema_as_arrow():
    schema = {
        "definitions": {"money": {"type": "object", "properties": {"amount": {"type": ["null", "number"]}}}},
        "properties": {
            "id": {"type": "string"},
            "n": {"type": ["null", "integer"]},
            "at": {"type": ["string", "null"], "format": "date-time"},
            "naive": {"type": "string", "format": "date-time", "airbyte_type": "timestamp_without_timezone"},
            "day": {"type": "string", "format": "date"},
            "either": {"type": ["string", "integer"]},
            "any": {},
            "state": {"enum": ["a", "b"]},
            "price": {"$ref": "#/definitions/money"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "free": {"type": "object", "additionalProperties": True},
            "one": {"oneOf": [{"type": "integer"}, {"type": "number"}]},
            "all": {"allOf": [{"$ref": "#/definitions/money"}, {"properties": {"currency": {"type": "string"}}}]},
            "big": {"type": "number", "airbyte_type": "big_integer"},
            "loop": {"$ref": "#/properties/loop"},
        },
    }
    found = {field.name: str(field.type) for field in arrow(schema)}
    assert found == {
        "id": "string", "n": "int64", "at": "timestamp[us, tz=UTC]", "naive": "string", "day": "string", "either": "string", "state": "string",
        "price": "struct<amount: double>", "tags": "list<item: string>", "one": "double", "all": "struct<amount: double, currency: string>", "big": "decimal128(38, 0)",
    }  # fmt: skip
    assert arrow(schema, utc=False).field("at").type == pa.string()


def test_types_that_the_system_tells():
    loader = kinds("schemas").build(
        "DynamicSchemaLoader",
        {
            "requester": {"path": "/fields"},
            "records": "result",
            "schemaTypeIdentifier": {
                "keyPointer": ["name"],
                "typePointer": "type",
                "typesMapping": [
                    {"currentType": "Datetime", "targetType": "timestamp_with_timezone"},
                    {"currentType": ["Num", "Money"], "targetType": "number"},
                    {"currentType": "Ref", "targetType": ["string", "null"], "condition": "{{ record.to }}"},
                ],
            },
            "schemaFilter": "{{ record.hidden is not true }}",
            "schemaTransformations": [{"kind": "KeysToLower"}],
        },
    )
    fields = b'{"result":[{"name":"Id","type":"string"},{"name":"At","type":"Datetime"},{"name":"N","type":"Money"},{"name":"R","type":"Ref","to":"x"},{"name":"H","type":"Num","hidden":true},{"name":"U","type":"odd"}]}'
    told = loader.told(fields, {})
    assert {field.name: str(field.type) for field in arrow(told)} == {
        "id": "string",
        "at": "timestamp[us, tz=UTC]",
        "n": "double",
        "r": "string",
        "u": "string",
    }
    by_name = {
        "requester": {"path": "/x"},
        "schemaTypeIdentifier": {"schemaPointer": "properties", "typePointer": ["type"]},
    }
    told = (
        kinds("schemas")
        .build("DynamicSchemaLoader", by_name)
        .told(b'{"properties":{"Id":{"type":"integer"},"n":{}}}', {})
    )
    assert told["properties"] == {"Id": {"type": "integer"}, "n": {"type": "string"}}
    with pytest.raises(Broken, match="names none"):
        loader.told(b'{"result":[]}', {})
    with pytest.raises(ValidationError):
        kinds("schemas").get("InlineSchemaLoader").model_validate({})


def test_parts_of_records_become_one():
    one = Page.of([{"id": 1, "p": {"a": 1}}, {"id": 2, "p": {"a": 2}}], {"next": "x"})
    two = Page.of([{"id": 2, "p": {"b": 2}, "extra": 1}, {"id": 1, "p": {"b": 1}}, {"id": 3}])
    found = merged([one, two], ["id"])
    assert found.dicts() == [{"id": 1, "p": {"a": 1, "b": 1}}, {"id": 2, "p": {"a": 2, "b": 2}, "extra": 1}, {"id": 3}]
    assert found.response == {"next": "x"}
    with pytest.raises(Broken, match=r"has no 'p\.c'"):
        merged([one, two], ["p.c"])
