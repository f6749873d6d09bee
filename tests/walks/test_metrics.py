"""Metrics and boards of a small mesh: what is wrong with their documents, and who sees which figure."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from walks.mesh import ADA, BASE, BO, open_mesh, product, reapply, rows, source, write
from weft.cli import app
from weft.errors import Invalid
from weft.flow import base
from weft.flow.check import check
from weft.flow.run import run
from weft.flow.show import lineage_of
from weft.flow.views.board import board, boards
from weft.flow.views.metric import metric, metrics_of
from weft.flow.views.tile import Look
from weft.flow.views.viewer import Viewer
from weft.mesh import judges
from weft.model import Tile

DEALS = """\
day,region,amount,won,note
2026-06-03,north,10,true,a
2026-06-20,south,30,false,b
2026-07-01,north,20,true,c
2026-07-09,south,40,true,d
2026-08-02,north,50,true,12
"""
CONTRACT = """
schema:
  - name: deals
    customProperties: [{property: weft.stream, value: crm.deals}]
    properties:
      - {name: day, logicalType: date, required: true}
      - {name: region, logicalType: string}
      - {name: amount, logicalType: integer, tags: [money]}
      - {name: won, logicalType: boolean}
      - {name: note, logicalType: string}
"""
LATER = """
schema:
  - name: later
    customProperties: [{property: weft.stream, value: crm.later}]
    properties:
      - {name: day, logicalType: date}
"""
HEAD = "apiVersion: weft/v1\nkind: Metric\n"
METRICS = {
    "won": "table: d.sales.deals\nexpression: sum(amount)\nwhere: won\ntime: day\ngrain: month\ndimensions: [region]\n"
    "unit: EUR\ntarget: 45\ntolerance: 5\nowner: ada@x.example\n",
    "rate": "type: ratio\ntable: d.sales.deals\nnumerator: 100 * count(*) FILTER (WHERE won)\ndenominator: count(*)\n"
    "time: day\ngrain: month\ndimensions: [region]\n",
    "mix": "type: derived\ninputs: {a: won, b: rate}\nexpression: a / b\ngrain: month\ndimensions: [region]\n",
    "count": "table: d.sales.deals\nexpression: count(*)\n",
    "odd": "table: d.sales.deals\nexpression: sum(CAST(note AS INTEGER))\ntime: day\n",
    "daily": "table: d.sales.deals\nexpression: sum(amount) / CAST(sum(CASE WHEN won THEN 1 ELSE 0 END) AS DOUBLE)\n"
    "time: day\ngrain: day\n",
    "unpublished": "table: d.autumn.later\nexpression: count(*)\ntime: day\n",
}
BOARD = """
apiVersion: weft/v1
kind: Board
name: small
title: A small board
owner: ada@x.example
tiles:
  - {metric: odd}
  - {metric: won, by: region, title: Won deals}
  - {metric: unpublished, note: Comes in autumn.}
  - {metric: rate, grain: quarter}
  - {metric: mix}
  - {metric: count}
"""
FILES = {
    "silo/deals.csv": DEALS,
    "boards/small.yaml": BOARD,
    **{f"metrics/{name}.yaml": f"{HEAD}name: {name}\n{text}" for name, text in METRICS.items()},
    "domains/d/policies/north.yaml": """
        apiVersion: weft/v1
        kind: Policy
        name: north
        type: RowFilter
        match: {tables: [sales.deals]}
        where: [{column: region, operator: "=", value: north}]
        except: [{domains: [d]}]
        """,
    "domains/d/policies/money.yaml": """
        apiVersion: weft/v1
        kind: Policy
        name: money
        type: Mask
        match: {tags: [money]}
        mask: bucket
        width: 20
        except: [{domains: [d]}]
        """,
}
ADAS, BOS, NOBODYS = Viewer(actor=ADA), Viewer(actor=BO), Viewer(actor="eve@x.example")


class Then:
    def __init__(self, *day):
        self.day = day

    def now(self):
        return datetime(*self.day, 6, tzinfo=UTC)


def sources():
    text = "connector: files\nconfig: {path: silo}\nstreams:\n  deals: {path: deals.csv}\n  later: {path: later.csv}\n"
    sales = product("sales", CONTRACT, reads=("stream:crm.deals",))
    return source("crm", text) | sales | product("autumn", LATER, reads=("stream:crm.later",))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    opened = open_mesh(tmp_path_factory.mktemp("metrics"), sources(), FILES)
    run(opened, ["d.sales"])
    yield replace(opened, clock=Then(2026, 8, 15))
    opened.close()


def tiles(world, viewer):
    return {tile.metric: tile for tile in board(world, viewer, "small").tiles}


def test_the_last_whole_period_leads_and_the_current_one_is_told_apart(world):
    won = tiles(world, ADAS)["won"]
    assert (won.now.period, won.now.until, won.now.value, won.now.whole) == ("2026-07-01", "2026-08-01", 60.0, True)
    assert (won.before.value, won.change, won.current.value, won.current.whole) == (10.0, 50.0, 50.0, False)
    assert (won.target, won.distance, won.state, won.behind) == (45.0, 15.0, "good", 0)
    assert [(p.period, p.value) for p in won.points] == [
        ("2026-06-01", 10.0),
        ("2026-07-01", 60.0),
        ("2026-08-01", 50.0),
    ]
    assert [(p.name, p.value, p.before) for p in won.parts] == [("south", 40.0, None), ("north", 20.0, 10.0)]
    assert (won.title, won.owner_name, won.adds, won.trust) == ("Won deals", "Ada", True, "good")


def test_the_same_tile_is_another_truth_for_somebody_else(world):
    ada, bo, eve = (tiles(world, viewer) for viewer in (ADAS, BOS, NOBODYS))
    assert (ada["won"].now.value, bo["won"].now.value) == (60.0, 20.0)
    assert bo["won"].current.value == 40.0, "50 is shown as its step of 20"
    (ground,) = bo["won"].grounds
    assert (ground.filtered, ground.masked, bo["won"].trust, bo["won"].state) == (
        True,
        {"amount": "bucket"},
        "watch",
        "bad",
    )
    assert (ada["rate"].now.value, bo["rate"].now.value) == (50.0, 100.0)
    assert bo["rate"].grounds[0].masked == {}, "it names no masked column"
    assert (eve["won"].now, eve["won"].points, eve["won"].trust) == (None, (), "bad")
    assert "eve@x.example may not read d.sales.deals" in eve["won"].denied and "ada@x.example" in eve["won"].hint
    seen = rows(world, metric(world, BOS, "won").behind[0].sql, BO)
    assert [row["region"] for row in seen] == ["north"]


def test_each_tile_fails_alone_and_the_board_keeps_its_order(world):
    shown = board(world, ADAS, "small")
    assert [t.metric for t in shown.tiles] == ["odd", "won", "unpublished", "rate", "mix", "count"]
    found = {t.metric: t for t in shown.tiles}
    assert found["odd"].error and "12" not in found["odd"].error and found["odd"].now is None
    assert "d.autumn.later is not published" in found["unpublished"].error
    assert (found["unpublished"].note, found["unpublished"].trust) == ("Comes in autumn.", "bad")
    assert found["mix"].now.value == 60.0 / 100.0
    assert (found["count"].now.value, found["count"].now.period, found["count"].points) == (5.0, "", ())
    assert found["rate"].grain == "quarter"
    assert found["rate"].now.value == 50.0, "the whole quarter is computed from its rows, not from its months"


def test_figures_stand_where_nothing_new_has_come(world):
    late = replace(world, clock=Then(2031, 1, 15))
    won, daily = tiles(late, ADAS)["won"], metric(late, ADAS, "daily").tile
    assert (won.now.period, won.now.value, won.now.whole, won.behind) == ("2026-08-01", 50.0, True, 52)
    assert (len(daily.points), daily.now.period) == (31, "2026-08-02"), "a month up to the last value"
    june = metric(world, ADAS, "daily", look=Look(since=date(2026, 6, 20), until=date(2026, 6, 21))).tile
    assert (june.now, [(p.period, p.value, p.rows) for p in june.points]) == (None, [("2026-06-20", None, 1)])


def test_another_span_grain_and_dimension(world):
    look = Look(since=date(2026, 6, 1), until=date(2026, 7, 5))
    found = metric(world, ADAS, "won", look=look).tile
    assert [(p.period, p.value, p.whole) for p in found.points] == [
        ("2026-06-01", 10.0, True),
        ("2026-07-01", 20.0, False),
    ]
    assert (found.now.value, found.current.value) == (10.0, 20.0)
    year = metric(world, ADAS, "won", Tile(metric="won", grain="year", by="region"))
    assert [(p.name, p.value) for p in year.tile.parts] == []
    assert (year.tile.now, year.tile.points[0].value) == (None, 120.0)
    for place, says in (({"by": "note"}, "no dimension 'note'"), ({"grain": "day"}, "not told by day")):
        with pytest.raises(Invalid, match=says):
            metric(world, ADAS, "won", Tile(metric="won", **place))
    for view in (metric, board):
        with pytest.raises(Invalid, match="there is no"):
            view(world, ADAS, "nothing")


def test_a_look_at_a_board_is_one_question_and_is_told(world):
    with world.registry.transaction() as unit:
        before = unit.journal.head()[0]
    write(world.folder, {"boards/two.yaml": BOARD.replace("small", "two").replace("  - {metric: odd}\n", "")})
    reapply(world)
    board(world, BOS, "two")
    board(world, NOBODYS, "two")
    with world.registry.transaction() as unit:
        events = [e for e in unit.journal.read(before, limit=100) if e.type.startswith("read.")]
    assert [e.type for e in events if e.actor == BO] == ["read.allowed", "read.refused"], "of what is not published too"
    assert {e.type for e in events if e.actor == "eve@x.example"} == {"read.refused"}


def test_lineage_goes_on_to_metrics_and_boards(world):
    known = base.declared(world)
    down = {(e["from"], e["to"]) for e in lineage_of(world, known, "d.sales.deals.amount", down=True)}
    assert {("metric:won", "metric:mix"), ("metric:mix", "board:small"), ("metric:won", "board:small")} <= down
    up = {(e["from"], e["to"]) for e in lineage_of(world, known, "board:small")}
    assert {("d.sales.deals.amount", "metric:won"), ("stream:d.crm.deals.amount", "d.sales.deals.amount")} <= up
    view = metric(world, ADAS, "mix")
    assert view.upstream == ("d.sales.deals", "stream:d.crm.deals")
    assert "board:small" in view.used
    assert [b.metric for b in view.behind] == ["won", "rate"]


def test_lists(world):
    assert {row.name for row in metrics_of(world, NOBODYS)} == set(METRICS)
    assert boards(world, NOBODYS)[0].metrics == ("odd", "won", "unpublished", "rate", "mix", "count")


def test_on_the_command_line(world, monkeypatch):
    monkeypatch.setenv("WEFT_MESH", str(world.folder))

    def weft(*words):
        return CliRunner().invoke(app, [*words], catch_exceptions=False).stdout

    said = weft("board", "small", "--as", BO)
    assert "Won deals" in said and "some of its rows only" in said and "masked for you: amount (bucket)" in said
    assert "not published" in said
    told = weft("metric", "won", "--as", ADA, "--since", "2026-06-01", "--until", "2026-07-31", "--by", "region")
    assert "now 60 EUR (2026-07), target 45 EUR reached (+15 EUR), 10 EUR in 2026-06" in told
    assert json.loads(weft("metric", "won", "--as", ADA, "--json"))["tile"]["metric"] == "won"
    assert [t["metric"] for t in json.loads(weft("board", "small", "--as", ADA, "--json"))["tiles"]][:2] == [
        "odd",
        "won",
    ]
    assert "small" in weft("board") and "mix" in weft("metric")
    refused = CliRunner().invoke(app, ["metric", "won", "--as", "eve@x.example"])
    assert refused.exit_code == 3 and "eve@x.example may not read d.sales.deals" in refused.stderr


WRONG = {
    "column": ("won", "sum(amount)", "sum(amuont)", "5:1: error: d.sales.deals has no column 'amuont'; did you mean 'amount'?"),
    "table": ("won", "d.sales.deals", "d.sales.deal", "4:1: error: there is no table 'd.sales.deal'; did you mean"),
    "time": ("won", "time: day", "time: region", "7:1: error: 'time' is 'region', a string; allowed is a date or a timestamp"),
    "dimension": ("count", "count(*)", "count(*)\ndimensions: [regoin]", "6:14: error: d.sales.deals has no column 'regoin'; did you mean 'region'?"),
    "bare": ("won", "sum(amount)", "amount", "5:1: error: 'expression': 'amount' stands outside of an aggregate"),
    "half bare": ("won", "sum(amount)", "sum(amount) + amount", "'amount' stands outside of an aggregate"),
    "constant": ("won", "sum(amount)", "1 + 1", "it holds no aggregate such as sum(...) or count(*)"),
    "aggregate below": ("won", "where: won", "where: sum(amount) > 1", "6:1: error: 'where': it holds an aggregate"),
    "other table": ("won", "sum(amount)", "sum((SELECT 1 FROM e.f.g))", "it holds a SELECT of its own"),
    "break out": ("won", "sum(amount)", "sum(amount)) FROM x --", "it cannot be read as one SQL expression"),
    "function": ("won", "sum(amount)", "sum(amount + getvariable('x'))", "getvariable"),
    "additive": ("count", "count(*)", "count(DISTINCT region)\nadditive: true", "6:1: error: 'additive' is true, but the parts of 'count(DISTINCT region)' do not"),
    "not additive": ("rate", "grain: month", "grain: month\nadditive: true", "10:1: error: 'additive' is true, but the parts of a ratio"),
    "missing": ("rate", "denominator: count(*)\n", "", "'denominator' is missing, a metric of type ratio needs it"),
    "meaningless": ("rate", "grain: month", "grain: month\nexpression: count(*)", "'expression' has no meaning for a metric of type ratio"),
    "input": ("mix", "b: rate", "b: rote", "5:18: error: there is no metric 'rote'; did you mean 'rate'?"),
    "alias": ("mix", "a / b", "a / c", "6:1: error: it has no input 'c'"),
    "grain": ("mix", "grain: month", "grain: day", "7:1: error: 'grain' is day, but 'won' is told by month at the finest"),
    "dimension of an input": ("mix", "[region]", "[day]", "8:14: error: 'won' has no dimension 'day'"),
    "cycle": ("mix", "b: rate", "b: mix", "5:1: error: 'mix' is computed from itself: mix -> mix"),
    "tile": ("board", "metric: count", "metric: cuont", "12:6: error: there is no metric 'cuont'; did you mean 'count'?"),
    "tile by": ("board", "by: region", "by: day", "8:19: error: 'won' has no dimension 'day'"),
    "tile grain": ("board", "grain: quarter", "grain: day", "10:20: error: the metric 'rate' is not told by day"),
    "tile key": ("board", "{metric: count}", "{metric: count, colour: red}", "'colour'"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told_with_its_place(world, tmp_path, what):
    name, old, new, says = WRONG[what]
    path = "boards/small.yaml" if name == "board" else f"metrics/{name}.yaml"
    files = dict((sources() | FILES).items())
    files[path] = files[path].replace(old, new, 1)
    write(tmp_path, BASE | files)
    problems = [str(p).replace(str(tmp_path) + "/", "") for p in check(judges(), tmp_path)]
    assert len(problems) == 1, problems
    assert says in problems[0]
    assert problems[0].startswith(path)
