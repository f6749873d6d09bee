"""Policies from documents to answers: conditions, denial, their examples, and who can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from walks.mesh import ADA, BASE, BO, open_mesh, product, rows, source, write
from walks.terminal import weft
from weft.errors import Denied
from weft.flow.run import run

if TYPE_CHECKING:
    from pathlib import Path

TABLE = """
schema:
  - name: t
    customProperties: [{property: weft.stream, value: inbox.t}]
    properties:
      - {name: id, logicalType: integer, required: true}
      - {name: mail, logicalType: string, tags: [pii.email]}
"""
MESH = {
    "mesh.yaml": BASE["mesh.yaml"].replace("[reporting, support]", "[payroll]"),
    **source("inbox", "connector: files\nconfig: {path: data}\nstreams: {t: {path: '*.csv'}}\n"),
    **product("p", TABLE, reads=("stream:inbox.t",)),
    "data/one.csv": "id,mail\n1,kim@home.example\n",
    "people/bot.yaml": "{apiVersion: weft/v1, kind: ServiceAccount, name: bot}",
    "domains/d/policies/bo.yaml": """
        apiVersion: weft/v1
        kind: Grant
        name: bo
        to: [bo@x.example, "service:bot"]
        tables: [p.t]
        """,
}
PAYROLL = """
apiVersion: weft/v1
kind: Policy
name: payroll
type: Access
match: {tables: [d.*.*]}
condition: >-
  purpose == "payroll" ||
  ("d" in actor.domains && "owner" in actor.domains["d"])
reason: salaries are read for payroll only
examples:
  - {who: bo@x.example, table: d.p.t, expect: denied}
  - {who: bo@x.example, table: d.p.t, purpose: payroll}
  - {who: ada@x.example, table: d.p.t, columns: {mail: clear}}
"""
HIDE = """
apiVersion: weft/v1
kind: Policy
name: mails
type: Mask
match: {tags: [pii]}
mask: hash
except: [{domains: [d]}]
examples:
  - {who: bo@x.example, table: d.p.t, purpose: payroll, columns: {mail: hash, id: clear}, filtered: false}
  - {who: ada@x.example, table: d.p.t, columns: {mail: clear}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, {**BASE, **MESH, "policies/payroll.yaml": PAYROLL, "policies/mails.yaml": HIDE})
    return tmp_path


def test_conditions_decide_what_is_read(folder: Path) -> None:
    world = open_mesh(folder, MESH)
    run(world)
    assert rows(world, "SELECT id FROM d.p.t") == [{"id": 1}]
    with pytest.raises(Denied, match="salaries are read for payroll only"):
        rows(world, "SELECT id FROM d.p.t", BO)
    (row,) = rows(world, "SELECT * FROM d.p.t", BO, "payroll")
    assert row["id"] == 1
    assert len(row["mail"]) == 64
    assert rows(world, "SELECT mail FROM d.p.t", ADA) == [{"mail": "kim@home.example"}]
    world.close()


def test_the_examples_of_policies_are_tried(folder: Path) -> None:
    done = weft(folder, "policy", "test")
    assert done.out.splitlines()[-1] == "5 examples, 0 failed"
    assert done.code == 0
    assert weft(folder, "policy", "test", "policies/mails.yaml").out.splitlines()[-1] == "2 examples, 0 failed"


@pytest.mark.parametrize(
    ("file", "old", "new", "misfit"),
    [
        ("payroll", "expect: denied}", "}", "expected is allowed, found is denied: Policy 'payroll' refuses it"),
        ("payroll", "purpose: payroll}", "purpose: payroll, expect: denied}", "expected is denied, found is allowed"),
        ("mails", "mail: hash", "mail: 'null'", "mail: expected is null, found is hash by mails"),
        ("mails", "id: clear", "id: hash", "id: expected is hash, found is clear"),
        ("mails", "filtered: false", "filtered: true", "expected is that rows are filtered by this policy"),
        # Another rule does it: this says nothing about the policy.
        ("mails", "columns: {mail: hash, id: clear}", "expect: denied", "expected is denied, found is allowed"),
        (
            "mails",
            "purpose: payroll, columns: {mail: hash, id: clear}, filtered: false",
            "expect: denied",
            "expected is denied by this policy, found is denied by payroll alone",
        ),
        ("payroll", "columns: {mail: clear}", "purpose: payroll, columns: {mail: hash}", "found is clear"),
    ],
)
def test_an_example_that_does_not_hold_fails(folder: Path, file: str, old: str, new: str, misfit: str) -> None:
    path = folder / f"policies/{file}.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    done = weft(folder, "policy", "test", "--json")
    assert done.code == 1
    (failed,) = [one for one in done.json() if not one["passed"]]
    assert any(misfit in text for text in failed["misfits"]), failed
    assert failed["position"].startswith(f"policies/{file}.yaml:")


def test_check_judges_examples_and_conditions(folder: Path) -> None:
    path = folder / "policies/payroll.yaml"
    text = path.read_text().replace('purpose == "payroll"', 'purpse == "payroll"')
    path.write_text(
        text.replace("columns: {mail: clear}", "columns: {nope: blur}").replace("purpose: payroll}", "purpose: fun}")
    )
    lines = weft(folder, "check").out.splitlines()
    assert lines[0].startswith("policies/payroll.yaml:7:3: error: the condition names 'purpse', known are actor.id")
    assert [line.partition("error: ")[2][:40] for line in lines[1:-1]] == [
        "'purpose' is 'fun', known are payroll",
        "the table has no column 'nope', it has i",
        "'blur' is no mask, allowed are deny, nul",
    ]
    refused = weft(folder, "policy", "test")
    assert (refused.code, "nothing is decided by them" in refused.err) == (2, True)


def test_who_can_read_and_why(folder: Path) -> None:
    weft(folder, "apply", "--yes")
    found = weft(folder, "who-can", "d.p.t", "--json").json()
    assert [(r["who"], r["kind"], r["purposes"], r["masked"]) for r in found] == [
        ("ada@x.example", "person", ["", "payroll"], {}),
        ("bo@x.example", "person", ["payroll"], {"mail": "hash"}),
        ("product:d.p", "product", ["payroll"], {}),
        ("service:bot", "service", ["payroll"], {"mail": "hash"}),
    ]
    assert found[1]["why"][0] == "The grant 'bo' lets bo@x.example read this table"
    assert found[1]["columns"] == {"mail": ["mail is shown as hash by policy 'mails', because it is tagged pii"]}
    every = weft(folder, "who-can", "d.p.t", "--all", "--json").json()
    assert ("anybody", False) in [(r["who"], r["allowed"]) for r in every]
    text = weft(folder, "who-can", "d.p.t").out
    assert "anybody" not in text
    assert "mail (hash)" in text
