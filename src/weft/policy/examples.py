"""Examples that a policy carries: what it must do for one reader, compared with the decision."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from weft.errors import Invalid
from weft.model import MASKS
from weft.policy.rules import label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.model import Decision, Declared, Example, Policy

    Fault = tuple[tuple[str | int, ...], str]


def moment(example: Example, now: datetime) -> datetime:
    """When the read of an example happens.

    Raises:
        ValueError: `at` is not an ISO date or timestamp.
    """
    if not example.at:
        return now
    at = datetime.fromisoformat(example.at)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def misfits(policy: Policy, example: Example, decision: Decision) -> tuple[str, ...]:
    """In what the decision differs from what the example says; empty when it does not.

    What narrows must be this policy's doing: an example that another rule fulfils says nothing about it.
    """
    name = label(policy)
    if example.expect == "denied":
        return tuple(_not_denied(name, decision))
    if not decision.allowed:
        why = "; ".join(r.text for r in decision.reasons if r.effect == "deny")
        return (f"expected is allowed, found is denied: {why}",)
    return (*_columns(name, example, decision), *_rows(name, example, decision))


def faults(declared: Declared, example: Example) -> Iterator[Fault]:
    """What is wrong with an example whatever is decided: path and message."""
    purposes = declared.mesh.purposes
    if example.purpose and example.purpose not in purposes:
        yield ("purpose",), f"'purpose' is '{example.purpose}', known are {', '.join(purposes) or 'none'}"
    try:
        moment(example, datetime.now(UTC))
    except ValueError:
        yield ("at",), f"'at' is '{example.at}', allowed is an ISO date or timestamp such as 2027-01-31T18:00:00Z"
    try:
        table = declared.table(example.table).table
    except Invalid as error:
        yield ("table",), error.message
        return
    columns = [prop.name for prop in table.properties]
    for column, mask in example.columns.items():
        if column not in columns:
            yield ("columns", column), f"the table has no column '{column}', it has {', '.join(columns)}"
        if mask not in MASKS:
            yield ("columns", column), f"'{mask}' is no mask, allowed are {', '.join(MASKS)}"


def _not_denied(name: str, decision: Decision) -> Iterator[str]:
    if decision.allowed:
        yield "expected is denied, found is allowed"
        return
    rules = [r.rule for r in decision.reasons if r.effect == "deny"]
    if "columns" in rules:  # no column is left, by whichever policies
        rules += [r.rule for found in decision.columns.values() for r in found if r.effect == "deny"]
    if name not in rules:
        yield f"expected is denied by this policy, found is denied by {', '.join(dict.fromkeys(rules))} alone"


def _columns(name: str, example: Example, decision: Decision) -> Iterator[str]:
    for column, wanted in example.columns.items():
        found = decision.masks[column].kind if column in decision.masks else "clear"
        rules = [r.rule for r in decision.columns.get(column, ())]
        if found != wanted:
            by = f" by {', '.join(dict.fromkeys(rules))}" if rules else ""
            yield f"{column}: expected is {wanted}, found is {found}{by}"
        elif wanted != "clear" and name not in rules:
            yield f"{column}: expected is {wanted} by this policy, found is {wanted} by {', '.join(rules)} alone"


def _rows(name: str, example: Example, decision: Decision) -> Iterator[str]:
    filtered = any(r.effect == "filter" and r.rule == name for r in decision.reasons)
    if example.filtered is not None and example.filtered != filtered:
        words = {True: "rows are filtered by this policy", False: "this policy hides no rows"}
        yield f"expected is that {words[example.filtered]}, found is that {words[filtered]}"
