"""sql: a number that the owner's own SELECT gives."""

from __future__ import annotations

import re

from weft.errors import Invalid
from weft.kinds import Kind
from weft.quality.check import OWN, At, Counted
from weft.quality.text import ident

_NAME = re.compile(r"\$?\{\s*(\w+)\s*\}")


class Sql(Kind):
    """Takes the first value of the query's first row; {object} is the table, {property} the rule's column."""

    query: str
    """One SELECT in DuckDB's dialect. It sees this table only, under the gateway's locks."""

    def bad(self, at: At) -> None:
        """A row alone does not decide it."""

    def measure(self, at: At) -> Counted:
        """The query, with its names filled in."""

        def name(found: re.Match[str]) -> str:
            word = found[1].lower()
            if word in ("object", "table", "model", "schema"):
                return ident(OWN)
            if word in ("property", "column", "field"):
                return at.column
            raise Invalid(
                f"the query of the rule '{at.rule.name}' names '{found[0]}', allowed are {{object}} and {{property}}"
            )

        text = _NAME.sub(name, self.query).strip().rstrip(";").rstrip()
        return Counted(query=text, locked=True, share=False)

    def needs(self) -> tuple[str, ...]:
        """No other tables: a rule that compares products belongs into a derived one."""
        return ()
