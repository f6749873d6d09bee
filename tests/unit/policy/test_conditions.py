"""Access and Deny: what a condition may say, what refuses, and where a mistake stands."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime

import pytest

from weft.model import Document, Grant, Policy, Position
from weft.policy import check, decide
from weft.policy import condition as conditions
from weft.policy.actor import actor
from weft.spec import inside

NINE = "[1, 2, 3, 4, 5, 6, 7, 8, 9]"


def access(condition, name="a", domain="", **parameters):
    parameters = {"match": {"tables": ["people.*.*"]}, "condition": condition} | parameters
    return Policy(name=name, domain=domain, type="Access", parameters=parameters)


def deny(name="d", domain="", **parameters):
    return Policy(name=name, domain=domain, type="Deny", parameters={"match": {"tags": ["hr"]}} | parameters)


def denials(decision):
    return [reason.text for reason in decision.reasons if reason.effect == "deny"]


@pytest.mark.parametrize(
    ("condition", "who", "purpose", "allowed"),
    [
        ('purpose == "billing"', "own@acme", "billing", True),
        ('purpose == "billing"', "own@acme", "", False),
        ('"auditor" in actor.roles', "cyd@acme", "", True),
        ('"auditor" in actor.roles', "own@acme", "", False),
        ('actor.id == "own@acme"', "own@acme", "", True),
        ('actor.kind == "person"', "own@acme", "", True),
        ('"people" in actor.domains && "owner" in actor.domains["people"]', "own@acme", "", True),
        ('"people" in actor.domains && "owner" in actor.domains["people"]', "dan@acme", "", False),
        ('"hr" in actor.teams', "bob@acme", "", True),
        ('actor.teams.exists(t, t.startsWith("b"))', "bob@acme", "", True),
        ('domain == "people" && product == "staff" && table == "people.staff.employees"', "own@acme", "", True),
        ('classification == "confidential"', "own@acme", "", True),  # of its strictest column
        ('"pii" in tags && "pii.email" in tags && "hr" in tags && "product-tag" in tags', "own@acme", "", True),
        ('time < timestamp("2026-11-22T12:00:01Z") && time.getHours("Europe/Berlin") == 13', "own@acme", "", True),
        ("time.getHours() < 12", "own@acme", "", False),
    ],
)
def test_what_a_condition_sees(small, condition, who, purpose, allowed):
    mesh = small(access(condition))
    assert check(mesh.declared) == ()
    assert mesh.decide(who, purpose).allowed is allowed


def test_a_refusal_names_the_policy_and_its_reason(small):
    assert denials(small(access('purpose == "billing"')).decide("own@acme")) == [
        "Policy 'a' refuses it: its condition does not hold: purpose == \"billing\""
    ]
    assert denials(small(access("false", reason="ask the council")).decide("own@acme")) == [
        "Policy 'a' refuses it: ask the council"
    ]
    assert denials(small(deny(reason="legal hold")).decide("own@acme")) == ["Policy 'd' refuses it: legal hold"]
    assert denials(small(deny()).decide("own@acme")) == ["Policy 'd' refuses it"]


@pytest.mark.parametrize(
    "condition",
    [
        '"owner" in actor.domains["nowhere"]',
        'actor.roles[7] == "x"',
        "1 / 0 == 1",
        'purpose.matches("(")',
        'time > timestamp("never")',
        "nope == 1",
        "purpose",
        "purpose ==",
        "(" * 60 + "true" + ")" * 60,
        f"{NINE}.exists(a, {NINE}.exists(b, {NINE}.exists(c, {NINE}.exists(d, {NINE}.exists(e, a+b+c+d+e == 99)))))",
    ],
)
def test_what_cannot_be_evaluated_refuses(small, condition):
    (text,) = denials(small(access(condition)).decide("own@acme"))
    assert text.startswith("Policy 'a' cannot be evaluated: ")
    assert "nowhere" not in text, "what stands in the data is not told"


def test_without_the_library_a_condition_refuses_and_check_says_what_to_install(small, monkeypatch):
    def missing(_text):
        raise ImportError

    monkeypatch.setattr(conditions, "_program", missing)
    mesh = small(access("true"))
    assert not mesh.decide("own@acme").allowed
    assert "pip install 'weft[cel]'" in check(mesh.declared)[0].message


def test_exceptions_let_off_and_an_access_opens_nothing(small):
    off = {"except": [{"domainRoles": ["owner"]}]}
    for policy in (access("false", **off), deny(**off)):
        assert small(policy).decide("own@acme").allowed
        assert not small(policy).decide("bob@acme").allowed
    assert not small(access("true")).decide("ada@acme").allowed, "closed mesh, no grant"
    grant = Grant(name="g", domain="people", to=("ada@acme",), tables=("staff.*",))
    assert small(grants=(grant,)).decide("ada@acme").allowed
    assert not small(deny(), grants=(grant,)).decide("ada@acme").allowed, "no grant lifts a policy"


def test_a_domains_policies_reach_its_own_tables(small):
    assert small(deny(domain="sales"), access("false", domain="sales")).decide("own@acme").allowed
    assert not small(deny(domain="people")).decide("own@acme").allowed
    (problem,) = check(small(access("true", domain="sales")).declared)
    assert "is not of the domain sales" in problem.message


def test_the_time_is_that_of_the_read(small):
    mesh = small(access('time >= timestamp("2027-01-01T00:00:00Z")'))
    later = mesh.context(now=datetime(2027, 1, 1, tzinfo=UTC))
    assert not mesh.decide("own@acme").allowed
    assert decide(mesh.declared, mesh.placed, actor(mesh.declared, "own@acme"), later).allowed


def at(text, path, line, column):
    document = Document(path="p.yaml", kind="Policy", id="p", content=textwrap.dedent(text).lstrip("\n").encode())
    found = inside(document, path, (line, column))
    return found.line, found.column


@pytest.mark.parametrize(
    ("text", "within", "place"),
    [
        ("condition: purpose == nope\n", (1, 12), (1, 23)),
        ("condition: 'purpose == nope'\n", (1, 12), (1, 24)),
        ("condition: 'a == ''x'' && nope'\n", (1, 13), (1, 27)),
        ('condition: "a == \\"x\\" && nope"\n', (1, 13), (1, 27)),
        ("condition: |\n  purpose ==\n    nope\n", (2, 3), (3, 5)),
        ("condition: >-\n  purpose ==\n  nope\n", (1, 12), (3, 3)),
        ("condition: |-\n\n  nope == 1\n", (2, 1), (3, 3)),
        ("condition: purpose ==\n  nope\n", (1, 12), (2, 3)),
        ("condition: purpose\n", (1, 40), (1, 1)),
        ("condition: [a]\n", (1, 1), (1, 1)),
        ("other: a\n", (1, 1), (1, 1)),
    ],
)
def test_where_a_place_inside_of_a_text_stands_in_the_file(text, within, place):
    assert at(text, ("condition",), *within) == place


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('purpose == "x" &&\n tagz == 1', [(2, 2, "the condition names 'tagz', known are actor.id, actor.kind,")]),
        ("purpose == 1", [(1, 9, "the condition applies '==' to string, int, which does not fit")]),
        ("actor.name == 'x' || foo(1)", [(1, 6, "names 'actor.name'"), (1, 25, "names 'foo'")]),
        ("'x' in purpose", [(1, 5, "applies 'in' to string, string")]),
        ("time < purpose", [(1, 6, "applies '<' to timestamp, string")]),
        ("size(tags)", [(1, 1, "the condition is of type int, allowed is true or false")]),
        ("purpose ==", [(1, 11, "cannot be read: syntax error: mismatched input 'the end'")]),
        ("purpose.lowerAscii() == 'x'", [(1, 19, "names 'lowerAscii'")]),
    ],
)
def test_check_finds_names_and_types_with_their_place(small, condition, found):
    def locate(_document):
        return lambda path, within=None: Position(
            file=".".join(map(str, path)), **dict(zip(("line", "column"), within or (), strict=False))
        )

    problems = check(small(access(condition)).declared, locate)
    assert [(p.position.file, p.position.line, p.position.column) for p in problems] == [
        ("condition", line, column) for line, column, _ in found
    ]
    for problem, (_, _, text) in zip(problems, found, strict=True):
        assert text in problem.message


def mask(kind, name="m", domain="", match=None, **parameters):
    parameters = {"match": match or {"tags": ["pii"]}, "mask": kind} | parameters
    return Policy(name=name, domain=domain, type="Mask", parameters=parameters)


def layered(small, *policies):
    mesh = small(*policies)
    effective = {mesh.placed.name.key: mesh.context().effective}
    return [(p.severity, p.message) for p in check(mesh.declared, None, effective)]


def test_a_domain_may_tighten_and_never_relax(small):
    everywhere, two = mask("hash", "all"), "people.staff.employees.email (and 1 more)"
    weaker = mask("clear", "own", "people")
    assert layered(small, everywhere, weaker) == [
        ("error", f"the global policy 'all' shows {two} as hash; a domain may tighten, never relax")
    ]
    assert layered(small, everywhere, mask("partial", "own", "people", {"columns": ["EMAIL"]}))[0][0] == "error"
    assert layered(small, everywhere, mask("null", "own", "people")) == []
    assert layered(small, everywhere, mask("hash", "own", "people")) == []
    assert layered(small, mask("clear", "own", "people")) == [], "nothing is relaxed"
    # Where the global one has exceptions, the domain's mask tightens for those.
    excepting = mask("hash", "all", **{"except": [{"roles": ["auditor"]}]})
    assert layered(small, excepting, mask("partial", "own", "people")) == []
    # On other columns it has an effect: a warning.
    ((severity, text),) = layered(small, everywhere, mask("partial", "own", "people", {"columns": ["email", "region"]}))
    assert (severity, text.endswith("this mask has an effect on the other columns only")) == ("warning", True)
    # Whatever check says, the stricter one holds.
    assert small(everywhere, weaker).decide("own@acme").masks["email"].kind == "hash"


def test_a_domains_policy_does_not_replace_a_global_one_of_its_name(small):
    ((severity, text),) = layered(small, mask("hash"), mask("null", "m", "people"))
    assert (severity, text) == (
        "warning",
        "a global policy is named 'm' too; both hold, a domain's policy replaces none",
    )


def test_clear_shows_what_no_other_policy_masks(small):
    found = small(mask("clear")).decide("own@acme")
    assert found.whole
