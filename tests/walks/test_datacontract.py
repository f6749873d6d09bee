"""datacontract-cli judges the same contract on the same data as weft does, and finds the same planted errors.

One difference is known and kept out: where a list of `missingValues` does not name null, the tool counts NULL as missing
all the same; weft counts what the list names.

Runs where the tool is there: `WEFT_DATACONTRACT` names its executable, else one of the path is taken. It lives in an
environment of its own: `uv tool install 'datacontract-cli[duckdb]'`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import duckdb
import pytest

from walks.mesh import open_mesh, product, source
from weft.flow.run import run

if TYPE_CHECKING:
    from pathlib import Path

TOOL = os.environ.get("WEFT_DATACONTRACT") or shutil.which("datacontract")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not TOOL, reason="no datacontract executable: WEFT_DATACONTRACT names it"),
]

CONTRACT = """
name: t
servers:
  - {{server: local, type: local, path: {path}, format: parquet}}
schema:
  - name: t
    physicalType: table
    customProperties: [{{property: weft.stream, value: inbox.t}}]
    properties:
      - name: id
        logicalType: integer
        quality:
          - {{type: library, metric: duplicateValues, mustBe: 0, severity: warning}}
          - {{type: library, metric: nullValues, mustBe: 0, severity: warning}}
      - name: mail
        logicalType: string
        quality:
          - {{type: library, metric: nullValues, mustBeLessOrEqualTo: 1, severity: warning}}
          - {{type: library, metric: missingValues, mustBe: 0, severity: warning, arguments: {{missingValues: [null, n/a]}}}}
          - {{type: library, metric: invalidValues, mustBe: 0, severity: warning, arguments: {{pattern: "@"}}}}
      - name: amount
        logicalType: number
        quality:
          - {{type: library, metric: nullValues, unit: percent, mustBeLessThan: 30, severity: warning}}
          - type: sql
            query: SELECT count(*) FROM {{object}} WHERE {{property}} < 0
            mustBe: 0
            severity: warning
      - name: status
        logicalType: string
        quality:
          - type: library
            metric: invalidValues
            mustBe: 0
            severity: warning
            arguments: {{validValues: [open, paid]}}
    quality:
      - {{type: library, metric: rowCount, mustBeBetween: [4, 9], severity: warning}}
      - type: library
        metric: duplicateValues
        mustBe: 0
        severity: warning
        arguments: {{properties: [id, mail]}}
"""
CLEAN = [(1, "a@x", 5.0, "open"), (2, "b@x", 6.0, "paid"), (3, "c@x", 7.0, "open"), (4, "d@x", 8.0, "paid")]
PLANTED = {
    "nothing": [],
    "a doubled key": [(1, "e@x", 1.0, "open")],
    "no key": [(None, "e@x", 1.0, "open")],
    "two without mail": [(5, None, 1.0, "open"), (6, None, 1.0, "open")],
    "one without mail": [(5, None, 1.0, "open")],
    "a stand-in for a value": [(5, "n/a", 1.0, "open")],
    "a mail that is none": [(5, "nobody", 1.0, "open")],
    "too many without amount": [(5, "e@x", None, "open"), (6, "f@x", None, "open")],
    "some without amount": [(5, "e@x", None, "open")],
    "a negative amount": [(5, "e@x", -1.0, "open")],
    "an unknown status": [(5, "e@x", 1.0, "lost")],
    "the same row again": [CLEAN[0]],
    "too many rows": [(n, f"{n}@x", 1.0, "open") for n in range(5, 12)],
}
KINDS = {
    "duplicateValues": "field_duplicate_values",
    "nullValues": "field_null_values",
    "missingValues": "field_missing_values",
    "invalidValues": "field_invalid_values",
    "sql": "field_quality_sql",
    "rowCount": "row_count",
}


def weft_says(folder: Path) -> dict[tuple[str, str], bool]:
    src = source("inbox", "connector: files\nconfig: {path: data}\nstreams: {t: {path: '*.parquet'}}\n")
    world = open_mesh(
        folder, src, product("p", CONTRACT.format(path=folder / "data/t.parquet"), reads=("stream:inbox.t",))
    )
    (one,) = run(world)
    world.close()
    assert one.tables[0].quarantined == 0
    found = {}
    for finding in one.tables[0].findings:
        kind = KINDS[finding.rule.rpartition(".")[2].removesuffix("_2")]
        kind = "model_duplicate_values" if not finding.column and kind == "field_duplicate_values" else kind
        found[finding.column, kind] = finding.passed
    return found


def the_tool_says(folder: Path) -> dict[tuple[str, str], bool]:
    contract, report = folder / "domains/d/p/out.odcs.yaml", folder / "report.json"
    command = [TOOL, "test", str(contract), "--output", str(report), "--output-format", "json"]
    subprocess.run(command, cwd=folder, capture_output=True, timeout=300, env={**os.environ, "HOME": str(folder)})
    checks = json.loads(report.read_text())["checks"]
    ours = {*KINDS.values(), "model_duplicate_values"}
    return {(c["field"] or "", c["type"]): c["result"] == "passed" for c in checks if c["type"] in ours}


@pytest.mark.parametrize("planted", PLANTED, ids=lambda name: name.replace(" ", "-"))
def test_both_say_the_same(tmp_path: Path, planted: str) -> None:
    (tmp_path / "data").mkdir()
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (id BIGINT, mail VARCHAR, amount DOUBLE, status VARCHAR)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", [*CLEAN, *PLANTED[planted]])
        connection.execute(f"COPY t TO '{tmp_path}/data/t.parquet'")
    ours, theirs = weft_says(tmp_path), the_tool_says(tmp_path)
    assert len(ours) == 10
    assert ours == theirs
    good = planted in ("nothing", "some without amount")
    assert all(ours.values()) is good, "the planted error is found, and nothing else"
