"""GTXPro is no product of the price list: as an error the rows wait, one line of SQL mends them, nothing is lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from walks.real.questions import QUESTIONS
from weft.cli import app
from weft.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from walks.real.conftest import Walk

CONTRACT = "domains/sales/pipeline/pipeline.odcs.yaml"
SHAPE = "domains/sales/pipeline/opportunities.sql"
RULE = """name: products are known
            type: custom
            engine: weft
            severity: warning"""
FIX = (
    "SELECT * REPLACE (CASE product WHEN 'GTXPro' THEN 'GTX Pro' ELSE product END AS product) FROM crm.opportunities\n"
)
PER_ROW = "references: sales.pipeline.products.product"
BY_PRODUCT = (
    "SELECT product, count(*) AS n, sum(close_value) AS value FROM sales.pipeline.opportunities GROUP BY 1 ORDER BY 1"
)
MENDED = """SELECT replace(product, 'GTXPro', 'GTX Pro') AS product, count(*) AS n, sum(close_value::DECIMAL(12, 2)) AS value
            FROM {crm_sales_pipeline} GROUP BY 1 ORDER BY 1"""
KNOWN = """SELECT product, count(*) AS n, sum(close_value::DECIMAL(12, 2)) AS value
           FROM {crm_sales_pipeline} WHERE product <> 'GTXPro' GROUP BY 1 ORDER BY 1"""
QUARTERS = "won revenue and win rate by quarter"


def weft(walk: Walk, *arguments: str) -> Any:
    """What the command line says to a program."""
    done = CliRunner().invoke(app, [*arguments, "--mesh", str(walk.folder), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout) if done.stdout.strip() else None


def mend(walk: Walk) -> None:
    (walk.folder / SHAPE).write_text(FIX)
    assert walk.mesh.apply() == 1


def same(walk: Walk, name: str) -> bool:
    actor, asked, straight = QUESTIONS[name]
    return walk.ask(actor, asked) == walk.expect(straight)


@pytest.mark.parametrize("start", ["csv"], indirect=True)
def test_per_row_they_are_quarantined_mended_and_replayed(start: Callable[[], Walk]) -> None:
    walk = start()
    walk.edit(CONTRACT, RULE, RULE.replace("warning", "error"))
    walk.edit(CONTRACT, PER_ROW, f"{PER_ROW}, perRow: true")
    walk.mesh.apply()
    # What is derived does not care where the CRM lies: it follows once, from the files.
    everything = () if not walk.host else ("sales.pipeline",)
    asked = [QUARTERS] if walk.host else [QUARTERS, "the board's quarters"]
    walk.run(*everything)
    result = walk.table("sales.pipeline.opportunities")
    assert (result.rows, result.quarantined, result.by_reason) == (7320, 1480, {"products are known": 1480})
    assert result.state == "published"
    assert walk.ask("sam", BY_PRODUCT) == walk.expect(KNOWN)
    assert [name for name in asked if same(walk, name)] == []
    assert weft(walk, "quarantine")["waiting"] == [
        {"table": "sales.pipeline.opportunities", "rows": 1480, "reasons": {"products are known": 1480}}
    ]

    mend(walk)
    said = weft(walk, "quarantine", "sales.pipeline.opportunities", "--replay")
    assert (said["landed"], said["left"]) == (1480, 0)
    assert weft(walk, "quarantine")["waiting"] == []
    assert walk.ask("sam", BY_PRODUCT) == walk.expect(MENDED)
    assert same(walk, QUARTERS)

    walk.run(*everything)
    assert [name for name in asked if same(walk, name)] == asked


@pytest.mark.parametrize("start", ["postgres"], indirect=True)
def test_of_the_whole_it_is_held_mended_and_run_again(start: Callable[[], Walk]) -> None:
    walk = start()
    walk.edit(CONTRACT, RULE, RULE.replace("warning", "error"))
    walk.mesh.apply()
    walk.run("sales.pipeline")
    assert walk.runs["sales.pipeline"].state == "held"
    assert walk.finding("sales.pipeline.opportunities", "products are known").found == 1480
    with pytest.raises(Unavailable, match="its checks have not passed"):
        walk.ask("sam", BY_PRODUCT)
    held = {one["table"]: one for one in weft(walk, "hold")}
    assert set(held) == {f"sales.pipeline.{t}" for t in ("accounts", "products", "teams", "opportunities")}
    (finding,) = held["sales.pipeline.opportunities"]["findings"]
    assert (finding["rule"], finding["found"]) == ("products are known", 1480)
    assert held["sales.pipeline.opportunities"]["told"] == ["nora@real.example", "sam@real.example"], (
        "who reads it is told too"
    )

    mend(walk)
    weft(walk, "hold", "sales.pipeline.opportunities", "--discard")
    walk.run("sales.pipeline")
    assert walk.runs["sales.pipeline"].state == "succeeded"
    assert walk.ask("sam", BY_PRODUCT) == walk.expect(MENDED)
    assert same(walk, QUARTERS)
    assert weft(walk, "hold") == []
