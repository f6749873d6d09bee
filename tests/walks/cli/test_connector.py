"""weft connector: what is there, its form, a trial of it; also of a connector that only lies in the folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from walks.mesh import BASE, write
from walks.terminal import weft
from web import Asked, Told, web

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "canary-88aa"
SHOP = """\
apiVersion: weft/v1
kind: Connector
name: shop
title: The shop
notes: Verified against a test server only.
baseUrl: "{{ config.url }}"
config:
  required: [url, token]
  properties: {url: {type: string, description: Address of the shop.}, token: {type: string, format: password}}
auth: {kind: BearerAuthenticator, apiToken: "{{ config.token }}"}
streams:
  orders: {path: /orders, records: data, key: id}
  refunds: {path: /refunds, records: data}
  vouchers: {path: /vouchers, records: data}
"""


def answer(asked: Asked) -> Told:
    if asked.headers.get("authorization") != f"Bearer {CANARY}":
        return Told(401)
    if asked.path == "/vouchers":
        return Told(body=b'{"data": []}')
    return (
        Told(404) if asked.path == "/refunds" else Told(body=b'{"data": [{"id": 1, "mail": "a@b.example"}, {"id": 2}]}')
    )


def test_listed_shown_and_filled_in(tmp_path: Path) -> None:
    write(tmp_path, {**BASE, "connectors/shop/connector.yaml": SHOP})
    listed = {one["name"]: one for one in weft(tmp_path, "connector", "list", "--json").json()}
    assert (listed["shop"]["origin"], listed["shop"]["streams"]) == ("mesh", ["orders", "refunds", "vouchers"])
    assert {"Sql", "Files"} <= listed.keys() and "Rest" not in listed
    assert (listed["Sql"]["origin"], listed["Numbers"]["origin"]) == ("built in", "package")
    shown = weft(tmp_path, "connector", "show", "shop").out
    assert "The shop" in shown and "Verified against" in shown and "Address of the shop." in shown
    (url, token, *_) = weft(tmp_path, "connector", "show", "shop", "--json").json()["fields"]
    assert (url["name"], url["asks"], url["required"]) == ("url", "text", True)
    assert (token["name"], token["asks"], token["required"]) == ("token", "secret", True)
    document = yaml.safe_load(weft(tmp_path, "connector", "form", "shop").out)
    assert document["config"] == {"url": "TO_FILL", "token": "secret://vault/TO_FILL"}
    write(tmp_path, {"domains/d/sources/shop.yaml": yaml.safe_dump({**document, "name": "shop"})})
    assert weft(tmp_path, "check").code == 0
    assert weft(tmp_path, "connector", "form", "sql", "--json").json()["required"] == ["url"]
    unknown = weft(tmp_path, "connector", "show", "nothing")
    assert (
        unknown.code == 2
        and unknown.err.startswith("Unknown")
        and "is not a known connector, known are" in unknown.err
        and "shop" in unknown.err
    )


def test_tried_stream_by_stream_before_anything_is_applied(tmp_path: Path) -> None:
    write(tmp_path, {**BASE, "connectors/shop/connector.yaml": SHOP})
    weft(tmp_path, "secret", "set", "shop", given=CANARY)
    with web() as site:
        site.answer = answer
        config = tmp_path / "try.yaml"
        config.write_text(f"url: {site.url}\ntoken: secret://vault/shop\nprivateNetwork: true\n")
        done = weft(tmp_path, "connector", "test", "shop", "--config", str(config))
        assert done.code == 1 and "2 of 3 streams were read" in done.out and "404" in done.out
        assert "read, but it has no rows" in done.out
        (orders,) = weft(
            tmp_path, "connector", "test", "shop", "--config", str(config), "--stream", "orders", "--json"
        ).json()
        assert (orders["rows"], orders["key"], orders["types"]) == (2, ["id"], {"id": "integer", "mail": "string"})
        assert orders["private"] == {"mail": ["pii.email"]}
        assert "a@b.example" not in done.out + str(orders) and CANARY not in done.out + done.err
        config.write_text(f"url: {site.url}\ntoken: secret://vault/none\nprivateNetwork: true\n")
        refused = weft(tmp_path, "connector", "test", "shop", "--config", str(config))
        assert refused.code == 5 and "weft secret set none" in refused.err
