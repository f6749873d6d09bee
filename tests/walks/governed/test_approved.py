"""Approved is granted: what a decision says is what a question shows, whatever the policies, the grants and the stance."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from walks.governed.cases import CLOSED, Case, _grant
from walks.governed.copies import copy
from walks.governed.test_differential import rows
from walks.mesh import ADA, BO
from weft import policy
from weft.flow import access, base

if TYPE_CHECKING:
    from collections.abc import Callable

    from walks.governed.asking import Company
    from walks.governed.company import Row
    from weft.model import Comparison, Decision, Mask

masks = st.sampled_from(("deny", '"null"', "redact", "hash", "partial, keep: 3", "bucket, width: 7", "year"))
matches = st.sampled_from(
    (
        "tags: [pii]",
        "tags: [pii.phone]",
        "columns: [region]",
        "columns: ['*n*']",
        "classification: confidential",
        "logicalTypes: [integer]",
        "logicalTypes: [string, object], tables: ['*.crm.*']",
        "tables: [d.crm.calls], columns: [minutes, id]",
    )
)
excepts = st.sampled_from(
    (
        "",
        ", except: [{actors: [bo@x.example]}]",
        ", except: [{purposes: [support]}]",
        ", except: [{domainRoles: [owner]}]",
    )
)
wheres = st.sampled_from(
    (
        "{column: region, value: EMEA}",
        "{column: region, operator: in, actor: regions}",
        "{column: region, operator: '!=', actor: desk}",
        "{column: region, operator: not in, value: [AMER]}",
        "{column: person, operator: <, value: 200}",
        "{column: minutes, operator: '>=', value: 20}, {column: number, operator: '!=', value: x}",
    )
)
found = st.one_of(
    st.builds(lambda m, k, e: f"type: Mask, match: {{{m}}}, mask: {k}{e}", matches, masks, excepts),
    st.builds(lambda w, e: f"type: RowFilter, match: {{tables: [d.crm.calls]}}, where: [{w}]{e}", wheres, excepts),
)
granted = st.sampled_from((None, "", ", purposes: [reporting]", ", until: '2020-01-01'", ", until: '2999-01-01'"))
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda one, many: one in many,
    "not in": lambda one, many: one not in many,
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(found, max_size=4),
    st.tuples(st.booleans(), granted),
    st.sampled_from((ADA, BO, "cy@x.example", "product:d.folk")),
    st.sampled_from(("", "reporting", "support")),
)
def test_what_is_decided_is_what_is_shown(
    company: Company, policies: list[str], access_: tuple[bool, str | None], actor: str, purpose: str
) -> None:
    closed, grant = access_
    head = "apiVersion: weft/v1, kind: Policy"
    files = {f"policies/p{n}.yaml": f"{{{head}, name: p{n}, {text}}}" for n, text in enumerate(policies)}
    files |= CLOSED if closed else {}
    files |= {} if grant is None else _grant("crm.calls", grant)
    company.under(Case("drawn", files))
    world = company.world
    known = base.declared(world)
    there = known.table("d.crm.calls")
    context = policy.Context(now=world.clock.now(), effective=base.effective(world, known, there.name), purpose=purpose)
    decision = policy.decide(known, there, policy.actor(known, actor), context)
    assert decision == access.decide(world, known, there, policy.actor(known, actor), purpose)
    kind, shown = company.ask("FROM d.crm.calls", actor, purpose)
    assert (kind != "Denied") == decision.allowed
    if decision.allowed:
        wanted = copy(_as_case(decision, purpose), "calls", company.rows["calls"], world.mask_key)
        assert kind == wanted.schema
        assert rows(shown) == rows(wanted)
    else:
        assert company.ask("SELECT count(*) FROM d.crm.calls", actor, purpose)[0] == "Denied"


def _as_case(decision: Decision, purpose: str) -> Case:
    masks = {column: _words(mask) for column, mask in decision.masks.items()}
    return Case("decided", masks={"calls": masks}, rows={"calls": lambda row: _seen(decision, row)}, purpose=purpose)


def _words(mask: Mask) -> str:
    return " ".join([mask.kind, *(str(value) for value in mask.parameters.values())])


def _seen(decision: Decision, row: Row) -> bool:
    return all(_holds(one, row[one.column]) for one in decision.filters)


def _holds(one: Comparison, value: Any) -> bool:
    return value is not None and COMPARE[one.operator](value, one.value)
