"""schemathesis sends what the description allows and what it does not, and finds nothing."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from walks.api.conftest import PORT

schemathesis = pytest.importorskip("schemathesis", reason="install the group 'dev'")
NAMES = {
    "sales.pipeline.opportunities": "shop.orders.orders",
    "sales.pipeline": "shop.orders",
    "sales.salesforce": "shop.till",
    "sales/opportunity": "order",
    '"sales"': '"shop"',
    "ida@messy.example": "ida@shop.example",
    "items are known": "email.pattern",
}
"""Examples of the description, and what the corner shop has instead."""
EXPECTED = ["2xx", "403", "404", "409", "422", "503"]
"""Of what the description allows: that SQL can be parsed, or that a purpose exists, no schema says (422)."""


def local(site):
    """The site as this machine sees it; the tool names another host."""

    async def called(scope, receive, send):
        if scope["type"] == "http":
            headers = [(k, v) for k, v in scope["headers"] if k != b"host"]
            headers.append((b"host", f"127.0.0.1:{PORT}".encode()))
            scope = {**scope, "server": ("127.0.0.1", PORT), "headers": headers}
        await site(scope, receive, send)

    return called


@schemathesis.serializer("application/zip", "application/x-tar", "application/gzip")
def archive(ctx, value):
    """Whatever is generated, as a file in an archive, or as it is."""
    text = value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as into:
        into.writestr("domain.yaml", text)
    return packed.getvalue() if len(text) % 2 else text


def test_the_api_does_what_its_description_says(site, api) -> None:
    from schemathesis.config import SchemathesisConfig
    from schemathesis.engine import events, from_schema

    text = api().get("/openapi.json").text
    for there, here in NAMES.items():
        text = text.replace(there, here)
    schema = schemathesis.openapi.from_dict(json.loads(text), config=SchemathesisConfig())
    schema.app, schema.location = local(site), "/api/v1/openapi.json"
    config = schema.config
    config.generation.update(max_examples=2, deterministic=True, database="none", no_shrink=True)
    config.phases.stateful.enabled = False
    config.checks.positive_data_acceptance.expected_statuses = EXPECTED
    found, modes, checked = [], set(), 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.append(str(event))
        if not isinstance(event, events.ScenarioFinished):
            continue
        for case, checks in event.recorder.checks.items():
            meta = event.recorder.cases[case].value.meta
            modes |= {str(meta.generation.mode)} if meta else set()
            checked += len(checks)
            found += [
                f"{c.name}: {c.failure_info.failure}\n{c.failure_info.code_sample}" for c in checks if c.failure_info
            ]
    assert found == []
    assert {"positive", "negative"} <= {mode.lower().rpartition(".")[2] for mode in modes}
    assert checked > 3000
