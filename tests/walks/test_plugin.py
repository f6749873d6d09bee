"""A plug-in of another distribution: connector, policy type and quality check, by entry points alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from walks.mesh import BO, open_mesh, product, reapply, rows, source
from weft.errors import Invalid
from weft.flow.run import run

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("weft_test_plugin", reason="packages/test-plugin is not installed")

NUMBERS = {
    **source("count", "connector: Numbers\nconfig: {limit: 10}\nstreams: {all: {step: 1}}\n"),
    **product(
        "numbers",
        """
        schema:
          - name: numbers
            customProperties: [{property: weft.stream, value: count.all}]
            properties:
              - name: n
                logicalType: integer
                required: true
                quality:
                  - {name: even, type: custom, engine: weft, severity: warning, implementation: {kind: OddValues}}
              - {name: label, logicalType: string}
        """,
        reads=("stream:count.all",),
    ),
    "policies/weekend.yaml": "{apiVersion: weft/v1, kind: Policy, name: weekend, type: Weekend, column: n}",
}


def test_a_plug_in_reads_checks_and_masks(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, NUMBERS)
    (one,) = run(world)
    table = one.tables[0]
    assert (table.state, table.rows) == ("published", 10), one
    assert [(f.rule, f.found, f.passed) for f in table.findings] == [("even", 5.0, False)]
    assert rows(world, "SELECT DISTINCT n FROM d.numbers.numbers", BO) == [{"n": "***"}]
    world.close()


def test_an_unknown_kind_lists_the_known(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, NUMBERS)
    with pytest.raises(Invalid) as found:
        reapply(world, {"policies/more.yaml": "{apiVersion: weft/v1, kind: Policy, name: m, type: Moonlight}"})
    assert "Moonlight" in str(found.value.problems[0])
    assert "Mask, RowFilter, Weekend" in str(found.value.problems[0])
    world.close()
