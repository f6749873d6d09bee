"""Distribution: whether a column's values are spread as they were."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from weft.errors import Invalid
from weft.kinds import Kind
from weft.quality.check import OWN, At, Counted
from weft.quality.text import ident

BEFORE = "_weft_before"
_DEFAULT = 0.1
_NUMBERS = ("integer", "number")
_TIMES = ("date", "timestamp")
_WORDS = ("string", "boolean", "time")


class Distribution(Kind):
    """Jensen-Shannon distance between the values of a column in this version and in the published one; at most 0.1.

    Square root of the Jensen-Shannon divergence with logarithms of base 2 (Lin 1991; a metric by Endres and Schindelin
    2003): 0 = spread alike, 1 = nothing in common. Numbers and times are put into classes of equal size by the
    quantiles of the published version, texts are taken as they are, the rarer ones as one class; rows without a value
    are a class. Passes while nothing is published.
    """

    classes: int = Field(10, ge=2, le=100)
    """Classes of numbers and times."""
    values: int = Field(50, ge=1, le=1000)
    """Most frequent texts that are a class of their own."""

    WANTS: ClassVar[frozenset[str]] = frozenset(("before",))

    def bad(self, at: At) -> None:
        """A row alone does not decide it."""

    def measure(self, at: At) -> Counted:
        """The distance, by a pass over both versions."""
        counts = self._classes(at)
        if at.past.before is None:
            return Counted(aggregate="0", share=False, note="nothing is published yet to compare with")
        if at.prop.name.lower() not in {column.name.lower() for column in at.past.before.columns}:
            return Counted(aggregate="0", share=False, note="the published version does not have the column")
        return Counted(query=_DISTANCE.format(classes=counts), relations={BEFORE: at.past.before}, share=False)

    def default(self, at: At) -> tuple[str, float]:
        """At most 0.1."""
        return "mustBeLessOrEqualTo", _DEFAULT

    def needs(self) -> tuple[str, ...]:
        """No other tables."""
        return ()

    def _classes(self, at: At) -> str:
        """Common table expressions up to `one` and `two`: number of rows by class."""
        kind, column = at.prop.type, at.column
        if kind in _WORDS:
            top = (
                f"top AS (SELECT CAST({column} AS VARCHAR) AS v FROM {BEFORE} WHERE {column} IS NOT NULL "
                f"GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {self.values})"
            )
            of = f"CASE WHEN {column} IS NULL THEN 'none' WHEN top.v IS NULL THEN 'rest' ELSE 'is ' || top.v END"
            joined = f"LEFT JOIN top ON top.v = CAST({column} AS VARCHAR)"
            return f"{top}, {_counted('one', of, BEFORE, joined)}, {_counted('two', of, ident(OWN), joined)}"
        if kind not in (*_NUMBERS, *_TIMES):
            allowed = ", ".join((*_NUMBERS, *_TIMES, *_WORDS))
            raise Invalid(f"the rule '{at.rule.name}' stands on a {kind}, allowed are {allowed}")
        number = f"CAST({column} AS DOUBLE)" if kind in _NUMBERS else f"epoch({column})"
        steps = ", ".join(repr(n / self.classes) for n in range(1, self.classes))
        edges = f"edges AS (SELECT quantile_cont({number}, [{steps}]) AS e FROM {BEFORE} WHERE {column} IS NOT NULL)"
        of = f"CASE WHEN {column} IS NULL THEN -1 ELSE len(list_filter(coalesce(e, []), lambda x: x < {number})) END"
        joined = "CROSS JOIN edges"
        return f"{edges}, {_counted('one', of, BEFORE, joined)}, {_counted('two', of, ident(OWN), joined)}"


def _counted(name: str, of: str, relation: str, joined: str) -> str:
    return f"{name} AS (SELECT {of} AS c, count(*) AS n FROM {relation} {joined} GROUP BY 1)"


_DISTANCE = """WITH {classes},
shares AS (
  SELECT coalesce(one.n / (SELECT sum(n) FROM one), 0) AS p, coalesce(two.n / (SELECT sum(n) FROM two), 0) AS q
  FROM one FULL JOIN two USING (c)
), parts AS (
  SELECT CASE WHEN p > 0 THEN p * log2(2 * p / (p + q)) ELSE 0 END
       + CASE WHEN q > 0 THEN q * log2(2 * q / (p + q)) ELSE 0 END AS d
  FROM shares
)
SELECT coalesce(round(sqrt(greatest(sum(d) / 2, 0)), 6), 0) FROM parts"""
