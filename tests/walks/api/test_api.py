"""The API: the same views as everywhere, answers in every form, errors as problems, documents applied by who may."""

from __future__ import annotations

import io
import json
import tarfile
import time
import zipfile

import pyarrow as pa
from pyarrow import csv, parquet

from walks.api.conftest import BO, EVE, HERE, IDA
from weft.flow import base
from weft.flow.views.product import product
from weft.flow.views.sample import sample
from weft.flow.views.viewer import Viewer

SQL = "SELECT order_id, email, amount FROM shop.orders.orders ORDER BY order_id"


def ask(api, sql: str = SQL, who: str = IDA, **headers: str):
    return api(who, **headers).post("/ask", json={"sql": sql})


def test_a_view_is_the_same_as_in_python(api, world) -> None:
    told = api(IDA).get("/products/shop.orders").json()
    here = json.loads(product(world, Viewer(actor=IDA), "shop.orders").model_dump_json())
    for age in (told, here):
        age["product"]["trust"]["fresh"].pop("seconds")
        age["tables"][0]["trust"]["fresh"].pop("seconds")
    assert told == here
    shown = api(BO).get("/tables/shop.orders.orders/sample").json()
    assert [c["name"] for c in shown["columns"] if c["mask"]] == ["email"]
    assert shown["rows"] == json.loads(sample(world, Viewer(actor=BO), "shop.orders.orders").model_dump_json())["rows"]


def test_an_answer_comes_in_the_form_that_is_accepted(api) -> None:
    wanted = [{"order_id": 1, "email": "kim@home.example", "amount": 120.5}]
    assert ask(api).json()[:1] == wanted
    assert ask(api, Accept="text/html,application/json;q=0.1").json()[:1] == wanted
    lines = ask(api, Accept="application/x-ndjson")
    assert [json.loads(line) for line in lines.text.splitlines()][:1] == wanted
    table = pa.ipc.open_stream(ask(api, Accept="application/vnd.apache.arrow.stream").content).read_all()
    assert json.loads(table.schema.metadata[b"weft"])["decisions"][0]["actor"] == IDA
    assert parquet.read_table(io.BytesIO(ask(api, Accept="application/vnd.apache.parquet").content)) == table
    read = csv.read_csv(io.BytesIO(ask(api, Accept="text/csv").content))
    assert read["order_id"].to_pylist() == table["order_id"].to_pylist() == [1, 2]
    named = api(IDA).post("/ask?format=csv", json={"sql": SQL})
    assert named.headers["content-type"].startswith("text/csv")
    refused = ask(api, Accept="image/png")
    assert (refused.status_code, refused.json()["class"]) == (406, "Invalid")


def test_errors_are_problems_that_say_what_to_do(api) -> None:
    for sql, who, status, kind in [
        (SQL, EVE, 403, "Denied"),
        ("SELEC", IDA, 422, "Invalid"),
        ("SELECT * FROM shop.orders.nothing", IDA, 404, "Unknown"),
    ]:
        told = ask(api, sql, who)
        assert (told.status_code, told.json()["class"]) == (status, kind)
        assert told.headers["content-type"] == "application/problem+json"
        assert told.json()["detail"] and told.json()["hint"]
    assert api().get("/nothing").json()["class"] == "Unknown"
    assert api().get("/products?limit=0").status_code == 400
    assert api().delete("/products").status_code == 405


def test_what_fails_after_the_first_rows_ends_with_the_problem(site) -> None:
    from starlette.testclient import TestClient

    lenient = TestClient(site, f"{HERE}/api/v1", raise_server_exceptions=False, headers={"Weft-As": IDA})
    sql = "SELECT n FROM (SELECT unnest(range(300000)) AS n)"
    broken = lenient.post("/ask?format=csv", json={"sql": sql, "rows": 250_000})
    rows, _, problem = broken.content.partition(b"\nweft-problem: ")
    assert rows.startswith(b"n\n0\n1\n")
    assert json.loads(problem)["class"] == "Unavailable"
    whole = lenient.post("/ask?format=csv", json={"sql": sql})
    assert whole.content.endswith(b"\n299999\n")


def test_a_change_names_who_makes_it(site) -> None:
    from starlette.testclient import TestClient

    nameless = TestClient(site, base_url=f"{HERE}/api/v1")
    assert nameless.get("/products").status_code == 200
    assert nameless.post("/ask", json={"sql": "SELECT 1"}).status_code == 403


def test_a_replay_is_for_who_answers_for_the_table(api) -> None:
    refused = api(BO).post("/tables/shop.orders.orders/quarantine/replay")
    assert (refused.status_code, refused.json()["class"]) == (403, "Denied")
    waiting = api(IDA).get("/tables/shop.orders.orders/quarantine").json()
    assert waiting["looks"] and len(waiting["rows"]["rows"]) == waiting["waiting"] > 0
    done = api(IDA).post("/tables/shop.orders.orders/quarantine/replay").json()
    assert (done["rows"], done["quarantined"]) == (0, waiting["waiting"])


def documents(world) -> dict[str, bytes]:
    below = world.folder / "domains" / "shop"
    files = [p for p in below.rglob("*") if p.suffix in {".yaml", ".sql"}]
    return {p.relative_to(below).as_posix(): p.read_bytes() for p in files}


def packed(files: dict[str, bytes], kind: str) -> bytes:
    made = io.BytesIO()
    if kind == "application/zip":
        with zipfile.ZipFile(made, "w") as archive:
            for path, content in files.items():
                archive.writestr(path, content)
    else:
        with tarfile.open(fileobj=made, mode="w:gz") as archive:
            for path, content in files.items():
                info = tarfile.TarInfo(path)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


def apply(api, who: str, body: bytes, kind: str, query: str = ""):
    return api(who, **{"Content-Type": kind}).post(f"/apply?prefix=domains/shop{query}", content=body)


def test_documents_are_planned_and_applied_by_who_answers_for_them(api, world) -> None:
    files = documents(world)
    kinds = ("application/zip", "application/gzip")
    for kind in kinds:
        same = apply(api, IDA, packed(files, kind), kind).json()
        assert (same["changes"], same["applied"]) == ([], 0)
    files["domain.yaml"] = files["domain.yaml"] + b"# more\n"
    changed = packed(files, kinds[0])
    planned = apply(api, IDA, changed, kinds[0], "&dry_run=true").json()
    assert ([c["path"] for c in planned["changes"]], planned["applied"]) == (["domains/shop/domain.yaml"], 0)
    for who in (BO, EVE):
        assert apply(api, who, changed, kinds[0]).status_code == 403
    sent = json.dumps({"documents": [{"path": p, "text": c.decode()} for p, c in files.items()]}).encode()
    assert apply(api, IDA, sent, "application/json").json()["applied"] == 1
    assert apply(api, IDA, sent, "application/json").json()["applied"] == 0
    (event,) = api(IDA).get("/events?types=document.applied&limit=1").json()["items"]
    assert (event["subject"], event["actor"]["id"]) == ("domains/shop/domain.yaml", IDA)


def test_what_is_sent_stays_in_its_folder(api) -> None:
    for path in ("../x.yaml", "/etc/x.yaml", "a/../../x.yaml", "a\\..\\x.yaml"):
        refused = apply(api, IDA, packed({path: b"x"}, "application/gzip"), "application/gzip")
        assert (refused.status_code, "leads out of the folder" in refused.json()["detail"]) == (422, True), path
    assert apply(api, IDA, b"PK nothing", "application/zip").status_code == 422
    assert apply(api, IDA, b"{}", "application/json").status_code == 400
    assert apply(api, IDA, b"x", "text/plain").status_code == 415


def test_a_request_is_bounded(api, monkeypatch) -> None:
    big = apply(api, IDA, b"x" * 50_000_001, "application/zip")
    assert (big.status_code, big.json()["class"]) == (413, "Invalid")


def test_every_field_and_parameter_is_described(api) -> None:
    told = api().get("/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    operations = [o for methods in told["paths"].values() for o in methods.values()]
    assert len({o["operationId"] for o in operations}) == len(operations) > 30
    for operation in operations:
        assert operation["description"] and {"400", "403", "404", "422", "500", "503"} <= set(operation["responses"])
    bare = {(o["operationId"], p["name"]) for o in operations for p in o.get("parameters", ()) if not p["description"]}
    assert bare == set()
    nouns = told["components"]["schemas"]
    assert nouns["Trust"]["properties"]["held"]["description"] == "Tables with a version that is held back."


def test_a_run_is_begun_followed_and_never_twice_at_a_time(api, world) -> None:
    assert api(EVE).post("/products/shop.orders/runs").status_code == 403
    assert api(IDA).post("/products/shop.nothing/runs").status_code == 404
    with base.Held(world, "product:shop.orders"):
        busy = api(IDA).post("/products/shop.orders/runs")
        assert (busy.status_code, busy.json()["class"]) == (409, "Conflict")
        assert "is being worked on by" in busy.json()["detail"] and busy.headers["Retry-After"]
    begun = api(IDA).post("/products/shop.orders/runs")
    assert (begun.status_code, begun.json()["run"]["run"]) == (202, "running")
    at = begun.headers["Location"].removeprefix("/api/v1")
    ends = time.monotonic() + 60
    while (seen := api(IDA).get(at).json()["run"])["run"] == "running" and time.monotonic() < ends:
        time.sleep(0.05)
    assert (seen["id"], seen["run"]) == (begun.json()["run"]["id"], "succeeded")
