"""Masks combine without regard to order, and a policy more never shows more."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from weft.model import MASKS, Mask, Policy
from weft.policy import combine

EXPOSURE = {"deny": 0, "null": 1, "redact": 1, "hash": 2, "partial": 3, "bucket": 4, "year": 4, "clear": 5, None: 5}
masks = st.one_of(
    st.sampled_from([Mask(kind=k) for k in MASKS if k not in ("partial", "bucket")]),
    st.builds(lambda n: Mask(kind="partial", parameters={"keep": n}), st.integers(1, 3)),
    st.builds(lambda n: Mask(kind="bucket", parameters={"width": n}), st.integers(1, 3)),
)


def shown(mask):
    return EXPOSURE[mask.kind if mask else None]


@given(st.lists(masks, max_size=6), st.randoms())
def test_order_and_repetition_do_not_matter(found, random):
    other = found + found[:2]
    random.shuffle(other)
    assert combine(other) == combine(found)


@given(st.lists(masks, max_size=5), st.lists(masks, max_size=5))
def test_more_masks_never_show_more(one, other):
    assert shown(combine(one + other)) <= min(shown(combine(one)), shown(combine(other)))


@given(masks)
def test_one_mask_is_itself(mask):
    assert combine([mask]) == (None if mask.kind == "clear" else mask)


def test_settled_cases():
    def of(*kinds):
        found = combine([Mask(kind=k) for k in kinds])
        return found and found.kind

    assert of() is None
    assert of("clear") is None
    assert of("hash", "partial") == "hash"
    assert of("bucket", "year") == "null"
    assert of("null", "redact") == "null"
    assert of("redact", "redact") == "redact"
    assert of("bucket", "year", "hash") == "null"
    assert of("deny", "null", "redact") == "deny"


NAMES = ["id", "email", "income", "born", "region"]
match = st.one_of(
    st.builds(lambda t: {"tags": t}, st.lists(st.sampled_from(["pii", "pii.email", "income"]), min_size=1, max_size=2)),
    st.builds(lambda c: {"columns": c}, st.lists(st.sampled_from([*NAMES, "*"]), min_size=1, max_size=2)),
    st.builds(lambda c: {"classification": c}, st.sampled_from(["internal", "confidential", "restricted"])),
)
excepts = st.lists(
    st.sampled_from(
        [
            {"actors": ["bob@acme"]},
            {"purposes": ["billing"]},
            {"domainRoles": ["steward"]},
            {"domains": ["sales"]},
            {"roles": ["auditor"], "purposes": ["billing"]},
            {"teams": ["both"]},
        ]
    ),
    max_size=2,
)
mask_parameters = st.one_of(
    st.builds(
        lambda m, k, e: {"match": m, "mask": k, "except": e},
        match,
        st.sampled_from(["deny", "null", "redact", "hash", "year", "clear"]),
        excepts,
    ),
    st.builds(lambda m, n: {"match": m, "mask": "partial", "keep": n}, match, st.integers(1, 3)),
    st.builds(lambda m, n: {"match": m, "mask": "bucket", "width": n}, match, st.integers(1, 3)),
)
filters = st.builds(
    lambda c, o, v, e: {"match": {"tags": ["hr"]}, "where": [{"column": c, "operator": o, "value": v}], "except": e},
    st.sampled_from(["id", "income"]),
    st.sampled_from(["=", "<", ">="]),
    st.integers(0, 3),
    excepts,
)
broken = st.just({"match": {"tags": ["hr"]}, "where": [{"column": "nope", "value": 1}]})
tables = st.sampled_from([{"tags": ["hr"]}, {"tables": ["people.*.*"]}, {"tags": ["nothing"]}])
access = st.builds(
    lambda m, c, e: {"match": m, "condition": c, "except": e},
    tables,
    st.sampled_from(
        [
            "true",
            "false",
            'purpose == "billing"',
            '"auditor" in actor.roles || "hr" in actor.teams',
            '"people" in actor.domains && "owner" in actor.domains["people"]',
            'actor.domains["people"].exists(r, r == "owner")',  # fails for who is not in the domain
            "nope",
        ]
    ),
    excepts,
)
deny = st.builds(lambda m, e: {"match": m, "except": e}, tables, excepts)
policies = st.lists(
    st.one_of(
        st.builds(
            lambda p, d, n: Policy(name=f"a{n}", domain=d, type="Access", parameters=p),
            access,
            st.sampled_from(["", "people", "sales"]),
            st.integers(0, 9),
        ),
        st.builds(
            lambda p, d, n: Policy(name=f"d{n}", domain=d, type="Deny", parameters=p),
            deny,
            st.sampled_from(["", "people", "sales"]),
            st.integers(0, 9),
        ),
        st.builds(
            lambda p, d, n: Policy(name=f"p{n}", domain=d, type="Mask", parameters=p),
            mask_parameters,
            st.sampled_from(["", "people", "sales"]),
            st.integers(0, 9),
        ),
        st.builds(
            lambda p, n: Policy(name=f"f{n}", type="RowFilter", parameters=p),
            st.one_of(filters, filters, filters, broken),
            st.integers(0, 9),
        ),
    ),
    max_size=5,
)
asker = st.tuples(
    st.sampled_from(["bob@acme", "ada@acme", "own@acme", "cyd@acme", "service:bot", "stranger"]),
    st.sampled_from(["", "billing"]),
)
stance = st.sampled_from(["open", "closed"])


@settings(max_examples=60, deadline=None)
@given(policies, st.randoms(), asker, stance)
def test_the_order_of_policies_does_not_matter(small, found, random, asker, stance):
    other = list(found)
    random.shuffle(other)
    assert small(*found, stance=stance).decide(*asker) == small(*other, stance=stance).decide(*asker)


@settings(max_examples=200, deadline=None)
@given(policies, policies, asker, stance)
def test_a_policy_more_never_shows_more(small, found, more, asker, stance):
    before = small(*found, stance=stance).decide(*asker)
    after = small(*found, *more, stance=stance).decide(*asker)
    assert before.allowed or not after.allowed
    if after.allowed:
        for name in NAMES:
            assert shown(after.masks.get(name)) <= shown(before.masks.get(name))
        assert all(one in after.filters for one in before.filters)
