"""The command: simulators with records, faults and a ledger, and what it says of a command line that is wrong."""

from __future__ import annotations

import json
import sqlite3
import urllib.error
import urllib.request

import pytest

from weft_vendors import cli


def test_faults_and_a_ledger_from_the_command_line(tmp_path, capsys, monkeypatch) -> None:
    (tmp_path / "gainsight").mkdir()
    (tmp_path / "gainsight" / "company.jsonl").write_text('{"Gsid": "G1", "Name": "Messy"}\n\n')
    ledger, seen = tmp_path / "ledger" / "gainsight.sqlite", []

    def once(_):
        told = json.loads(capsys.readouterr().out)["gainsight"]
        for path in ("/v1/meta/services/objects/list", "/v1/data/objects/query/company"):
            body = b'{"select": ["Name"]}' if "query" in path else None
            headers = {"accesskey": told["access_key"], "Content-Type": "application/json"}
            try:
                with urllib.request.urlopen(urllib.request.Request(told["url"] + path, body, headers)) as answer:
                    seen.append((answer.status, None))
            except urllib.error.HTTPError as error:
                seen.append((error.code, error.headers["Retry-After"]))
        with sqlite3.connect(ledger) as kept:
            seen.extend(kept.execute("SELECT object, id, op FROM change"))
            seen.extend(kept.execute("SELECT method, status FROM request"))
        kept.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "sleep", once)
    asked = ["--only", "gainsight", "--data", str(tmp_path), "--ledger", str(ledger.parent), "--json"]
    assert cli.main([*asked, "--fault", "429=7@*/query/*", "--share", "1"]) == 0
    assert seen == [(200, None), (429, "7"), ("company", "G1", "put"), ("GET", 200)]
    assert cli.main(asked) == 2 and "is there already, of another run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--only netsuit", "no simulator of netsuit; there are atlassian, gainsight"),
        ("--port 65534", "ports end at 65535, and 6 are wanted"),
        ("--only workday --port 99999", "ports end at 65535"),
        ("--only workday --churn -1", "--churn is a number of seconds"),
        ("--only workday --share 2", "--share a number from 0 to 1"),
        ("--only workday --data nowhere", "there is no folder of workday in it"),
        ("--only gainsight --fault 418", "--fault 418: there are 429, 500"),
        ("--only hubspot --data .", "deals.jsonl:2: no JSON"),
    ],
)
def test_a_wrong_command_line_is_told(arguments, words, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hubspot").mkdir()
    (tmp_path / "hubspot" / "deals.jsonl").write_text('{"id": "1", "properties": {}}\n{"id": \n')
    assert cli.main(arguments.split()) == 2
    told = capsys.readouterr().err
    assert told.startswith("weft-vendors: ") and words in told
