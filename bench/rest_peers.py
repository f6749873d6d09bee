"""What REST pages are measured against, and weft, each in an environment of its own: `python -m bench.rest_peers make`.

`dlt URL FOLDER` runs inside of dlt's.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.measure import Spent

ROOT = Path(__file__).parents[1]
PEERS = ROOT / ".tools/peers"


def main() -> None:
    what, *arguments = sys.argv[1:]
    {"make": make, "dlt": dlt}[what](*arguments)


def make() -> None:
    """Make the peers' environments."""
    weft = ["--editable", f"{ROOT}[rest]"]
    for name, what in (("dlt", ["dlt[deltalake]"]), ("airbyte", ["airbyte-cdk"]), ("weft", weft)):
        folder = PEERS / name
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin/pip", "install", "--quiet", *what], check=True)
        subprocess.run([folder / "bin/python", "-m", "compileall", "-q", folder / "lib"], check=False)


def weft() -> list[str]:
    """What runs weft: as pip installs it, if that was made; where it is developed pyarrow finds numpy and loads it."""
    from bench import measure

    own = PEERS / "weft/bin/python"
    there = own.exists() and not measure.together
    return [str(own), "-m", "weft"] if there else measure.python("-m", "weft")


def there(name: str) -> bool:
    there = (PEERS / name.partition("-")[0] / "bin" / {"dlt": "dlt"}.get(name, "source-declarative-manifest")).exists()
    if not there:
        sys.stderr.write(f"rest: {name} is not there (python -m bench.rest_peers make), left out\n")
    return there


def run_dlt(folder: Path, url: str) -> Spent:
    from bench.measure import spend

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


def run_airbyte(folder: Path, url: str) -> Spent:
    """Reading alone, nothing is written."""
    from bench.measure import spend

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
