"""The board of the real data: every figure, every quarter and every part is what DuckDB computes from the files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from weft.flow.views.board import board
from weft.flow.views.viewer import Viewer

if TYPE_CHECKING:
    from walks.real.conftest import Walk
    from weft.flow.views.board import BoardView
    from weft.flow.views.tile import TileView

CLOSED = "date_trunc('quarter', strptime(close_date, '%m/%d/%Y')::DATE)"
MET = "date_trunc('quarter', l.first_contact_date::DATE)"
FUNNEL = "{marketing_qualified_leads} l LEFT JOIN {marketing_closed_deals} d ON d.mql_id = l.mql_id"
TRENDS = {
    "won-revenue": f"SELECT {CLOSED}, sum(close_value::DECIMAL(12, 2)) FROM {{crm_sales_pipeline}} WHERE deal_stage = 'Won' GROUP BY 1",
    "win-rate": f"SELECT {CLOSED}, 100 * avg((deal_stage = 'Won')::INTEGER) FROM {{crm_sales_pipeline}} WHERE deal_stage IN ('Won', 'Lost') GROUP BY 1",
    "conversion": f"SELECT {MET}, 100 * count(d.mql_id) / count(*) FROM {FUNNEL} GROUP BY 1",
}
PARTS = {
    "conversion": f"SELECT l.origin, 100 * count(d.mql_id) / count(*) FROM {FUNNEL} WHERE {MET} = (SELECT max({MET}) FROM {{marketing_qualified_leads}} l) GROUP BY 1",
    "churn": """SELECT "Contract", 100 * avg(("Churn" = 'Yes')::INTEGER) FROM {customer_churn} GROUP BY 1""",
    "attrition": """SELECT "Department", 100 * avg(("Attrition" = 'Yes')::INTEGER) FROM {hr_employees} GROUP BY 1""",
    "failure-rate": """SELECT trim("Type"), 100 * avg((trim("Machine failure") = '1')::INTEGER) FROM {machine_runs} GROUP BY 1""",
}
WHOLE = {
    "churn": """SELECT 1, 100 * avg(("Churn" = 'Yes')::INTEGER) FROM {customer_churn}""",
    "attrition": """SELECT 1, 100 * avg(("Attrition" = 'Yes')::INTEGER) FROM {hr_employees}""",
    "failure-rate": """SELECT 1, 100 * avg((trim("Machine failure") = '1')::INTEGER) FROM {machine_runs}""",
}


def expected(real: Walk, sql: str) -> dict[Any, Any]:
    rows = [list(row.values()) for row in real.expect(sql)]
    return {
        str(key)[:10] if hasattr(key, "year") else key: pytest.approx(float(value), rel=1e-12) for key, value in rows
    }


def management(real: Walk, who: str, purpose: str = "") -> BoardView:
    """The board as that person of the mesh sees it."""
    return board(real.mesh._world, Viewer(actor=f"{who}@real.example", purpose=purpose), "management")


@pytest.fixture(scope="module")
def shown(real: Walk) -> dict[str, TileView]:
    return {tile.metric: tile for tile in management(real, "nora", "steering").tiles}


@pytest.mark.parametrize("name", TRENDS)
def test_every_quarter(real: Walk, shown: dict[str, TileView], name: str) -> None:
    found = {point.period: point.value for point in shown[name].points}
    assert len(found) > 3
    assert found == expected(real, TRENDS[name])
    assert shown[name].behind > 30, "the data ends in 2018, and the board says so"


@pytest.mark.parametrize("name", PARTS)
def test_every_part(real: Walk, shown: dict[str, TileView], name: str) -> None:
    assert {part.name: part.value for part in shown[name].parts if part.value is not None} == expected(
        real, PARTS[name]
    )
    if name in WHOLE:
        now = shown[name].now
        assert {1: now.value if now else None} == expected(real, WHOLE[name])


def test_who_has_no_grant_is_told_whom_to_ask(real: Walk) -> None:
    """Sam sees sales, and what people grants for steering."""
    tiles = {t.metric: t for t in management(real, "sam").tiles}
    assert tiles["won-revenue"].now is not None
    assert "may not read people.staff.employees" in tiles["attrition"].denied
    assert "paula@real.example" in tiles["attrition"].hint
    attrition = next(t for t in management(real, "sam", "steering").tiles if t.metric == "attrition")
    assert {1: attrition.now.value if attrition.now else None} == expected(real, WHOLE["attrition"])
    assert attrition.grounds[0].masked == {}, "what is masked for him is not part of it"
