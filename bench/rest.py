"""Pages of a REST system from a static server into a Delta table with its contract checked, beside dlt and airbyte-cdk.

The peers live in environments of their own, made by `python -m bench.rest peers`; without them their rows are left out.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.measure import ROOT, middle, python, spend
from bench.pages import record
from bench.report import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.measure import Spent
    from bench.plan import Plan

PEERS = ROOT / ".tools/peers"
_TYPES: dict[str, dict[str, Any]] = {
    "id": {"logicalType": "integer", "required": True},
    "created_at": {"logicalType": "timestamp", "required": True},
    "updated_at": {"logicalType": "timestamp"},
    "closed_at": {"logicalType": "timestamp"},
    "amount": {"logicalType": "number", "logicalTypeOptions": {"minimum": 0}},
    "is_active": {"logicalType": "boolean"},
    "score": {"logicalType": "number"},
    "owner_id": {"logicalType": "integer"},
    "probability": {"logicalType": "number", "logicalTypeOptions": {"minimum": 0, "maximum": 1}},
    "tags": {"logicalType": "array", "items": {"name": "tag", "logicalType": "string"}},
    "address": {
        "logicalType": "object",
        "properties": [{"name": name, "logicalType": "string"} for name in ("street", "city", "zip")],
    },
}
_NAMES = tuple(record(0, random.Random(0)))


def main() -> None:
    what, *arguments = sys.argv[1:]
    {"peers": peers, "dlt": dlt}[what](*arguments)


def measure(plan: Plan) -> list[Row]:
    """Rows of the table."""
    if shutil.which("nginx") is None:
        sys.stderr.write("rest: no nginx, left out\n")
        return []
    folder = plan.folder / "rest"
    sizes = {"p1000": 1_000, "p100": 100}
    for name, size in sizes.items():
        spend(python("-m", "bench.pages", "make", folder / "www" / name, plan.paged // size, size))
    with served(folder) as url:
        found = {name: [_weft(folder, url, name) for _ in range(plan.runs)] for name in sizes}
        others = {"dlt": _dlt, "airbyte-cdk": _airbyte}
        beside = {name: [run(folder, url) for _ in range(plan.runs)] for name, run in others.items() if _there(name)}
    what = f"{plan.paged:,} rows of nested JSON by HTTP, checked into a table"
    rows = [_row(f"{what}, 1,000 a page, against {name}", found["p1000"], spent) for name, spent in beside.items()]
    rows += [_row(f"{what}, {size:,} a page", found[name], [], plan.paged) for name, size in sizes.items()]
    return rows


def _row(what: str, weft: list[Spent], peer: list[Spent], count: int = 0) -> Row:
    cpu, megabytes = middle(s.cpu for s in weft), middle(s.megabytes for s in weft)
    ratio = f"1/{middle(p.cpu / w.cpu for w, p in zip(weft, peer, strict=True)):.1f}" if peer else ""
    theirs = f"{middle(p.cpu for p in peer):.2f} s CPU, {middle(p.megabytes for p in peer):.0f} MB" if peer else ""
    aims = {"dlt": "1/8", "airbyte-cdk": "1/5"}
    aim = next(
        (aim for name, aim in aims.items() if what.endswith(name)), "80 k rows/CPU-s" if "1,000 a" in what else "50 k"
    )
    text = f"{cpu:.2f} s CPU" if peer else f"{count / cpu / 1000:.0f} k rows/CPU-s"
    return Row(what, text, theirs, ratio, aim, f"{cpu:.2f}", f"{megabytes:.0f}")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """nginx over `folder/www` on a port of its own."""
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    settings = (
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors; events {{}} "
        f"http {{ access_log off; sendfile on; keepalive_requests 1000000; types {{ application/json json; }} "
        f"server {{ listen 127.0.0.1:{port}; root {folder}/www; }} }}"
    )
    (folder / "nginx.conf").write_text(settings)
    server = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/p1000/00000.json").close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _weft(folder: Path, url: str, pages: str) -> Spent:
    """A whole `weft run` of a fresh mesh."""
    mesh = folder / "mesh"
    shutil.rmtree(mesh, ignore_errors=True)
    for name, document in documents(url, pages).items():
        path = mesh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))
    command = python("-m", "weft")
    spend([*command, "apply", str(mesh), "--mesh", str(mesh), "--yes"])
    return spend([*command, "run", "d.crm", "--mesh", str(mesh)])


def documents(url: str, pages: str) -> dict[str, Any]:
    """A mesh with one REST source and one product."""
    weft = {"apiVersion": "weft/v1"}
    who = "ada@bench.example"
    stream = {
        "path": f"/{pages}/00000.json",
        "records": "results",
        "pagination": {
            "kind": "CursorPagination",
            "cursorValue": "{{ response.paging.next.link }}",
            "pageTokenOption": {"kind": "RequestPath"},
        },
        "schema": {
            "properties": {name: {"type": "string", "format": "date-time"} for name in _NAMES if name.endswith("_at")}
        },
    }
    properties = [{"name": name, **_TYPES.get(name, {"logicalType": "string"})} for name in _NAMES]
    table = {
        "name": "deals",
        "properties": properties,
        "customProperties": [{"property": "weft.stream", "value": "crm.deals"}],
    }
    shared = {"version": "1.0.0", "status": "active"}
    ports = {
        "inputPorts": [{"name": "deals", "version": "1.0.0", "contractId": "stream:crm.deals"}],
        "outputPorts": [{"name": "out", "version": "1.0.0", "contractId": "crm-c"}],
    }
    return {
        "mesh.yaml": {**weft, "kind": "Mesh", "name": "bench", "stance": "open"},
        "people/ada.yaml": {**weft, "kind": "Person", "id": who, "name": "Ada"},
        "domains/d/domain.yaml": {**weft, "kind": "Domain", "name": "d", "owner": who},
        "connectors/deals/connector.yaml": {
            **weft,
            "kind": "Connector",
            "name": "deals",
            "baseUrl": url,
            "streams": {"deals": stream},
        },
        "domains/d/sources/crm.yaml": {
            **weft,
            "kind": "Source",
            "name": "crm",
            "connector": "deals",
            "config": {"privateNetwork": True},
            "streams": {"deals": {}},
        },
        "domains/d/crm/product.odps.yaml": {
            "apiVersion": "v1.0.0",
            "kind": "DataProduct",
            "id": "crm",
            "name": "crm",
            **shared,
            **ports,
        },
        "domains/d/crm/out.odcs.yaml": {
            "apiVersion": "v3.1.0",
            "kind": "DataContract",
            "id": "crm-c",
            **shared,
            "schema": [table],
        },
    }


def peers() -> None:
    """Make the peers' environments."""
    for name, what in (("dlt", "dlt[deltalake]"), ("airbyte", "airbyte-cdk")):
        folder = PEERS / name
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin/pip", "install", "--quiet", what], check=True)


def _there(name: str) -> bool:
    there = (PEERS / name.partition("-")[0] / "bin" / {"dlt": "dlt"}.get(name, "source-declarative-manifest")).exists()
    if not there:
        sys.stderr.write(f"rest: {name} is not there (python -m bench.rest peers), left out\n")
    return there


def _dlt(folder: Path, url: str) -> Spent:
    out = folder / "dlt"
    shutil.rmtree(out, ignore_errors=True)
    return spend([str(PEERS / "dlt/bin/python"), str(Path(__file__)), "dlt", url, str(out)])


def dlt(url: str, out: str) -> None:
    """dlt's rest_api to Delta; nested values stay in their column, as with us."""
    import os

    os.environ |= {"DLT_DATA_DIR": f"{out}/state", "RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
    import dlt
    from dlt.sources.rest_api import rest_api_source

    source = rest_api_source(
        {
            "client": {"base_url": url, "paginator": {"type": "json_link", "next_url_path": "paging.next.link"}},
            "resources": [{"name": "deals", "endpoint": {"path": "p1000/00000.json", "data_selector": "results"}}],
        }
    )
    source.max_table_nesting = 0
    for resource in source.resources.values():
        resource.apply_hints(table_format="delta")
    pipeline = dlt.pipeline(
        "deals",
        destination=dlt.destinations.filesystem(f"file://{out}/tables"),
        dataset_name="d",
        pipelines_dir=f"{out}/p",
    )
    print(pipeline.run(source))


def _airbyte(folder: Path, url: str) -> Spent:
    """Reading alone, nothing is written."""
    out = folder / "airbyte"
    out.mkdir(exist_ok=True)
    files = {"config": {"__injected_declarative_manifest": manifest(url)}, "catalog": _CATALOG}
    for name, content in files.items():
        (out / f"{name}.json").write_text(json.dumps(content))
    command = [PEERS / "airbyte/bin/source-declarative-manifest", "read", "--config", out / "config.json"]
    script = " ".join(map(str, [*command, "--catalog", out / "catalog.json", "> /dev/null"]))
    return spend(["sh", "-c", script])


_CATALOG = {
    "streams": [
        {
            "stream": {"name": "deals", "json_schema": {}, "supported_sync_modes": ["full_refresh"]},
            "sync_mode": "full_refresh",
            "destination_sync_mode": "append",
        }
    ]
}


def manifest(url: str) -> dict[str, Any]:
    """The same stream as a low-code manifest."""
    requester = {"type": "HttpRequester", "url_base": url, "path": "/p1000/00000.json", "http_method": "GET"}
    paginator = {
        "type": "DefaultPaginator",
        "page_token_option": {"type": "RequestPath"},
        "pagination_strategy": {
            "type": "CursorPagination",
            "cursor_value": f"{url}{{{{ response.paging.next.link }}}}",
            "stop_condition": "{{ not response.paging.next }}",
        },
    }
    selector = {"type": "RecordSelector", "extractor": {"type": "DpathExtractor", "field_path": ["results"]}}
    stream = {
        "type": "DeclarativeStream",
        "name": "deals",
        "retriever": {
            "type": "SimpleRetriever",
            "requester": requester,
            "paginator": paginator,
            "record_selector": selector,
        },
        "schema_loader": {"type": "InlineSchemaLoader", "schema": {"type": "object", "properties": {}}},
    }
    head = {
        "version": "6.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["deals"]},
    }
    spec = {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}}
    return {**head, "streams": [stream], "spec": spec}


if __name__ == "__main__":
    main()
