"""Meshes with one REST source and one product, for measurements."""

from __future__ import annotations

import json
import random
import shutil
from typing import TYPE_CHECKING, Any

from bench import rest_peers
from bench.measure import spend
from bench.pages import record

if TYPE_CHECKING:
    from pathlib import Path

    from bench.measure import Spent

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


DEALS = [{"name": name, **_TYPES.get(name, {"logicalType": "string"})} for name in _NAMES]
"""The contract of `bench.pages.record`."""
DECLARED = {"properties": {name: {"type": "string", "format": "date-time"} for name in _NAMES if name.endswith("_at")}}
"""What the connector says of its types."""


def run(mesh: Path, connector: dict[str, Any], tables: dict[str, list[dict[str, Any]]]) -> Spent:
    """A whole `weft run` of a fresh mesh.

    Args:
        mesh: its folder.
        connector: `connector.yaml` without its head.
        tables: properties of a table by its name, which is that of its stream.
    """
    shutil.rmtree(mesh, ignore_errors=True)
    for name, document in documents(connector, tables).items():
        path = mesh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))
    command = rest_peers.weft()
    spend([*command, "apply", str(mesh), "--mesh", str(mesh), "--yes"])
    return spend([*command, "run", "d.crm", "--mesh", str(mesh)])


def documents(connector: dict[str, Any], tables: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Its documents."""
    weft, who = {"apiVersion": "weft/v1"}, "ada@bench.example"
    shared = {"version": "1.0.0", "status": "active"}
    source = {**weft, "kind": "Source", "name": "crm", "connector": "api", "config": {"privateNetwork": True}}
    product = {"apiVersion": "v1.0.0", "kind": "DataProduct", "id": "crm", "name": "crm", **shared}
    product["inputPorts"] = [{"name": t, "version": "1.0.0", "contractId": f"stream:crm.{t}"} for t in tables]
    product["outputPorts"] = [{"name": "out", "version": "1.0.0", "contractId": "crm-c"}]
    told = [{"name": t, "properties": p, "customProperties": [_stream(t)]} for t, p in tables.items()]
    return {
        "mesh.yaml": {**weft, "kind": "Mesh", "name": "bench", "stance": "open"},
        "people/ada.yaml": {**weft, "kind": "Person", "id": who, "name": "Ada"},
        "domains/d/domain.yaml": {**weft, "kind": "Domain", "name": "d", "owner": who},
        "connectors/api/connector.yaml": {**weft, "kind": "Connector", "name": "api", **connector},
        "domains/d/sources/crm.yaml": source,
        "domains/d/crm/product.odps.yaml": product,
        "domains/d/crm/out.odcs.yaml": {
            "apiVersion": "v3.1.0",
            "kind": "DataContract",
            "id": "crm-c",
            **shared,
            "schema": told,
        },
    }


def _stream(table: str) -> dict[str, str]:
    return {"property": "weft.stream", "value": f"crm.{table}"}
