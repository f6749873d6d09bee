"""Masks and row filters: what they match, whom they except, how they combine, and that they fail closed."""

from __future__ import annotations

import pytest

from weft.model import Mask, Policy
from weft.policy import KINDS, check


def mask(kind="hash", name="m", domain="", **parameters):
    parameters = {"match": {"tags": ["pii"]}} | parameters
    return Policy(name=name, domain=domain, type="Mask", parameters={"mask": kind} | parameters)


def rows(name="f", domain="", match=None, **parameters):
    where = parameters.pop("where", [{"column": "region", "operator": "in", "actor": "regions"}])
    match = match or {"tables": ["people.staff.employees"]}
    return Policy(name=name, domain=domain, type="RowFilter", parameters={"match": match, "where": where} | parameters)


def kinds(decision):
    assert decision.allowed, decision.reasons
    return {name: found.kind for name, found in decision.masks.items()}


def denied(decision):
    assert not decision.allowed
    assert (decision.masks, decision.filters) == ({}, ())
    return " | ".join(reason.text for reason in decision.reasons if reason.effect == "deny")


def test_the_built_in_kinds():
    assert {"Access", "Deny", "Mask", "RowFilter"} <= set(KINDS.names())  # an installed plug-in may bring more


@pytest.mark.parametrize(
    ("match", "columns"),
    [
        ({"tags": ["pii"]}, {"email", "born"}),
        ({"tags": ["PII.email"]}, {"email"}),
        ({"tags": ["pi"]}, set()),
        ({"columns": ["EMail", "b*"]}, {"email", "born"}),
        ({"classification": "confidential"}, {"income"}),
        ({"classification": "internal"}, {"id", "email", "income", "born", "region", "address"}),
        ({"classification": "restricted"}, set()),
        ({"logicalTypes": ["integer", "number"]}, {"id", "income"}),
        ({"tags": ["pii"], "columns": ["e*"]}, {"email"}),
        ({"tables": ["people.staff.*"], "columns": ["region"]}, {"region"}),
        ({"tables": ["sales.*.*"], "columns": ["region"]}, set()),
        ({"tableTags": ["hr"], "columns": ["region"]}, {"region"}),
        ({"tableTags": ["product-tag"], "columns": ["region"]}, {"region"}),
        ({"tableTags": ["pii"], "columns": ["region"]}, set()),
    ],
)
def test_what_a_mask_matches(small, match, columns):
    decision = small(mask("null", match=match)).decide("own@acme")
    assert set(decision.masks) == columns
    assert set(decision.columns) == columns


def test_an_inherited_tag_masks(small):
    from weft.model import Effective

    mesh = small(mask("hash"))
    effective = dict(mesh.context().effective)
    effective["REGION"] = effective.pop("region").model_copy(update={"tags": ("pii.place",)})
    assert kinds(mesh.decide("own@acme", effective=effective))["region"] == "hash"
    # What the contract says itself holds, whatever was inherited.
    effective["email"] = Effective()
    assert kinds(mesh.decide("own@acme", effective=effective))["email"] == "hash"


def test_relative_tables_belong_to_the_policys_domain(small):
    assert small(mask(domain="people", match={"tables": ["staff.employees"]})).decide("own@acme").masks
    assert not small(mask(match={"tables": ["staff.employees"]})).decide("own@acme").masks


def test_a_domains_policy_reaches_its_own_tables_only(small):
    assert small(mask(domain="people")).decide("own@acme").masks
    assert not small(mask(domain="sales", match={"tables": ["people.staff.employees"]})).decide("own@acme").masks


@pytest.mark.parametrize(
    ("exception", "excepted"),
    [
        ({"domains": ["people"]}, True),
        ({"domains": ["sales"]}, False),
        ({"domainRoles": ["owner"]}, False),
        ({"domainRoles": ["steward"]}, True),
        ({"domains": ["sales"], "domainRoles": ["steward"]}, False),
        ({"roles": ["hr-reader"]}, True),
        ({"roles": ["steward"]}, False),
        ({"teams": ["hr"]}, True),
        ({"actors": ["bob@acme"]}, True),
        ({"actors": ["BOB@acme"]}, False),
        ({"purposes": ["billing"]}, True),
        ({"purposes": ["research"]}, False),
        ({"teams": ["hr"], "purposes": ["research"]}, False),
    ],
)
def test_whom_an_exception_lets_off(small, exception, excepted):
    decision = small(mask("null", **{"except": [exception]})).decide("bob@acme", "billing")
    assert decision.whole is excepted
    assert any("makes an exception for bob@acme" in r.text for r in decision.reasons) is excepted
    filtered = small(rows(where=[{"column": "id", "value": 1}], **{"except": [exception]})).decide(
        "bob@acme", "billing"
    )
    assert filtered.whole is excepted


def test_a_stranger_is_never_excepted(small):
    policy = mask("deny", match={"columns": ["region"]}, **{"except": [{"actors": ["stranger", "ada@acme"]}]})
    mesh = small(policy, stance="open", custom={"weft.classification": "public"})
    assert "region" not in mesh.decide("ada@acme").masks
    assert mesh.decide("stranger").masks["region"].kind == "deny"


def test_the_reason_of_a_mask_is_told(small):
    decision = small(mask("hash", name="pii")).decide("own@acme")
    assert decision.columns["email"][0].text == "email is shown as hash by policy 'pii', because it is tagged pii"


def test_an_exception_of_a_domains_policy_does_not_lift_a_global_one(small):
    mesh = small(
        mask("hash", name="global"),
        mask("partial", name="own", domain="people", **{"except": [{"actors": ["own@acme"]}]}),
    )
    assert kinds(mesh.decide("own@acme"))["email"] == "hash"


def test_a_grant_lifts_classification_and_no_policy(small):
    mesh = small(mask("hash", match={"tags": ["income"]}), stance="open")
    assert kinds(mesh.decide("ada@acme")) == {"income": "null"}
    assert kinds(mesh.decide("own@acme")) == {"income": "hash"}


@pytest.mark.parametrize(
    ("kind", "parameters", "fitting"),
    [
        ("partial", {"keep": 2}, {"id", "email", "region"}),
        ("bucket", {"width": 10}, {"id", "income"}),
        ("year", {}, {"born"}),
        ("hash", {}, {"id", "email", "income", "born", "region", "address"}),
    ],
)
def test_a_mask_that_does_not_fit_the_type_shows_nothing(small, kind, parameters, fitting):
    decision = small(mask(kind, match={"columns": ["*"]}, **parameters)).decide("own@acme")
    assert {name for name, found in decision.masks.items() if found.kind == kind} == fitting
    assert {found.kind for name, found in decision.masks.items() if name not in fitting} <= {"null"}
    for name in set(decision.masks) - fitting:
        assert "so null is shown" in decision.columns[name][0].text


def test_a_filter_takes_the_actors_attributes(small):
    mesh = small(rows(), grants=())
    found = mesh.decide("bob@acme").filters
    assert [(f.column, f.operator, f.value) for f in found] == [("region", "in", ("EMEA", "AMER"))]


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ({"column": "region", "operator": "=", "value": "EMEA"}, "EMEA"),
        ({"column": "REGION", "operator": "in", "value": "EMEA"}, ("EMEA",)),
        ({"column": "region", "actor": "id"}, "bob@acme"),
        ({"column": "born", "operator": "<", "value": "2000-01-31"}, "2000-01-31"),
        ({"column": "income", "operator": ">=", "value": 1.5}, 1.5),
        ({"column": "id", "operator": "not in", "value": []}, ()),
    ],
)
def test_constants_are_typed_by_the_column(small, where, value):
    (found,) = small(rows(where=[where])).decide("bob@acme").filters
    assert found.value == value
    assert found.column == where["column"].lower()


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ({"column": "place", "value": "x"}, "has no column 'place'"),
        ({"column": "region", "actor": "height"}, "bob@acme has no attribute 'height'"),
        ({"column": "region", "actor": "regions"}, "'region =' needs one value, found are 2"),
        ({"column": "region", "value": 5}, "'region' is a string"),
        ({"column": "id", "value": "5"}, "'id' is a integer"),
        ({"column": "id", "value": True}, "'id' is a integer"),
        ({"column": "income", "value": float("nan")}, "'income' is a number"),
        ({"column": "born", "value": "yesterday"}, "'born' is a date"),
        ({"column": "region", "operator": "in", "value": ["a", None]}, "'region' is a string"),
        ({"column": "address", "value": "x"}, "cannot be filtered by 'address'"),
    ],
)
def test_a_filter_that_cannot_be_evaluated_refuses(small, where, text):
    assert text in denied(small(rows(where=[where])).decide("bob@acme"))


def test_nothing_of_a_value_is_in_a_message(small):
    decision = small(rows(where=[{"column": "id", "value": "hunter2"}])).decide("bob@acme")
    assert "hunter2" not in decision.model_dump_json()


@pytest.mark.parametrize(
    ("type_", "parameters", "text"),
    [
        ("Blur", {}, "'Blur' is not a known kind, known are Access, Deny,"),
        ("Mask", {"match": {"tags": ["pii"]}}, "'mask' is missing"),
        ("Mask", {"match": {}, "mask": "hash"}, "empty match"),
        ("Mask", {"match": {"tags": ["pii"]}, "mask": "blur"}, "allowed are deny, null, redact, hash"),
        ("Mask", {"match": {"tags": ["pii"]}, "mask": "bucket"}, "'width' belongs to the mask bucket"),
        ("Mask", {"match": {"tags": ["pii"]}, "mask": "hash", "keep": 3}, "'keep' belongs to the mask partial"),
        (
            "Mask",
            {"match": {"tags": ["pii"]}, "mask": "hash", "except": [{}]},
            "an empty exception would concern everybody",
        ),
        ("Mask", {"match": {"tag": ["pii"]}, "mask": "hash"}, "did you mean 'tags'"),
        ("RowFilter", {"match": {"tags": ["hr"]}, "where": []}, "where"),
        ("RowFilter", {"match": {"tags": ["hr"]}, "where": [{"column": "a"}]}, "either 'value' or 'actor'"),
        ("RowFilter", {"match": {"tags": ["hr"]}, "where": [{"column": "a", "value": [1]}]}, "a list needs 'in'"),
        (
            "RowFilter",
            {"match": {"tags": ["hr"]}, "where": [{"column": "a", "operator": "like", "value": "%"}]},
            "not in",
        ),
    ],
)
def test_a_policy_that_cannot_be_built_refuses_and_is_found_by_check(small, type_, parameters, text):
    mesh = small(Policy(name="p", type=type_, parameters=parameters))
    assert text in denied(mesh.decide("own@acme"))
    (problem,) = check(mesh.declared)
    assert text in problem.message
    assert problem.severity == "error"


def test_yaml_writes_null_without_quotes():
    built = KINDS.build("Mask", {"match": {"tags": ["pii"]}, "mask": None})
    assert built.mask == "null"


def test_a_kind_that_breaks_refuses(small, monkeypatch):
    def broken(self, subject, policy):
        raise ZeroDivisionError("secret")

    mesh = small(mask())
    monkeypatch.setattr(KINDS.get("Mask"), "oblige", broken)
    text = denied(mesh.decide("own@acme"))
    assert "ZeroDivisionError" in text
    assert "secret" not in text


def test_a_kind_that_masks_what_is_not_there_refuses(small, monkeypatch):
    from weft.policy import Obligation

    mesh = small(mask())
    monkeypatch.setattr(KINDS.get("Mask"), "oblige", lambda *_: Obligation(masks={"e-mail": Mask(kind="null")}))
    assert "masks the column 'e-mail'" in denied(mesh.decide("own@acme"))


def test_no_column_left_is_a_refusal(small):
    assert "No column" in denied(small(mask("deny", match={"columns": ["*"]})).decide("own@acme"))


def test_check_finds_nothing_wrong_with_good_ones(small):
    assert check(small(mask(), rows()).declared) == ()


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (mask(**{"except": [{"domains": ["peple"]}]}), "'domains' names 'peple', known are people, sales"),
        (mask(**{"except": [{"teams": ["x"]}]}), "'teams' names 'x', known are both, hr"),
        (mask(**{"except": [{"purposes": ["fun"]}]}), "'purposes' names 'fun', known are billing, research"),
        (mask(**{"except": [{"domainRoles": ["boss"]}]}), "'domainRoles' names 'boss'"),
        (mask(match={"tables": ["a.b.c"]}), "no table is named 'a.b.c'"),
        (
            rows(where=[{"column": "nope", "value": 1}]),
            "people.staff.employees: the table 'employees' has no column 'nope'",
        ),
        (rows(where=[{"column": "id", "value": "x"}]), "people.staff.employees: 'id' is a integer"),
    ],
)
def test_check_finds_what_names_nothing(small, policy, text):
    (problem,) = check(small(policy).declared)
    assert text in problem.message


def test_check_finds_bad_grants(small):
    from weft.model import Grant

    bad = Grant(
        name="g",
        domain="people",
        to=("x@acme", "team:x", "robot:y", "role:any", "ada@acme"),
        tables=("nope.*", "sales.*.*", "staff.*"),
        purposes=("fun",),
        until="soon",
    )
    found = [p.message for p in check(small(grants=(bad,)).declared)]
    assert [m.split(",")[0] for m in found] == [
        "no person has the id 'x@acme'",
        "'team' names 'x'",
        "'robot:y' names nobody",
        "no table is named 'nope.*'",
        "no table is named 'sales.*.*'",
        "'purposes' names 'fun'",
        "'until' is 'soon'",
    ]
    (problem,) = check(small(grants=(bad.model_copy(update={"domain": ""}),)).declared)
    assert "lies in the folder of the domain" in problem.message


def test_check_uses_positions(small):
    from weft.model import Position

    def locate(document):
        return lambda path: Position(file=document.name, line=7, column=len(path))

    (problem,) = check(small(mask(**{"except": [{"teams": ["x"]}]})).declared, locate)
    assert str(problem).startswith("m:7:4: error:")
