"""From a connector to a product in the portal: nine clicks at most, credentials into the vault, nothing echoed."""

from __future__ import annotations

import html
import os
import re
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
import yaml

import web
from walks.mesh import ADA, BASE, BO, open_mesh, reapply, rows
from walks.portal.browser import chromium, served
from walks.portal.test_work import HERE, Browser
from walks.test_login import CANARY as LOGIN
from walks.test_login import CONNECTOR, System
from weft.flow import secrets
from weft.flow.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "canary-5c1e"


@pytest.fixture
def mesh(tmp_path: Path) -> Iterator[SimpleNamespace]:
    """A mesh with nothing to read yet, beside a database, and browsers of people."""
    pytest.importorskip("fastapi", reason="install the extra 'portal'")
    from starlette.testclient import TestClient

    from weft.serve import application

    world = open_mesh(tmp_path)
    with sqlite3.connect(tmp_path / "crm.db") as database:
        database.execute("CREATE TABLE deals (id INTEGER PRIMARY KEY, mail TEXT, amount TEXT, updated_at TIMESTAMP)")
        database.execute("CREATE TABLE people (n INTEGER)")
        made = [(n, f"p{n}@mail.example", f"{n}.50", f"2026-01-{n + 1:02} 10:00:00") for n in range(25)]
        database.executemany("INSERT INTO deals VALUES (?, ?, ?, ?)", made)
        database.execute("INSERT INTO people VALUES (1)")
    database.close()
    site = application(world, ADA)

    def browser(who: str) -> Browser:
        client = TestClient(site, base_url=HERE, headers={"Accept": "text/html"}, follow_redirects=False)
        client.cookies.set("weft_as_4600", who.replace("@", "%40"))
        return Browser(client)

    yield SimpleNamespace(world=world, folder=tmp_path, browser=browser, site_app=site)
    world.close()


def fill(**given: str) -> dict[str, str]:
    return {"domain": "d", "name": "crm", **{f"set.{name}": value for name, value in given.items()}}


def test_a_database_becomes_a_product(mesh: SimpleNamespace) -> None:
    ada = mesh.browser(ADA)
    assert 'href="/connectors/Sql"' in ada.page("/connectors")
    page = ada.page("/connectors/Sql")
    assert 'name="set.url"' in page and 'type="password"' in page and 'name="set.timezone"' in page
    fields = {f["name"]: f["asks"] for f in ada.json("/connectors/Sql")["fields"]}
    assert fields == {"url": "text", "user": "text", "password": "secret", "schema": "text", "timezone": "text"}
    address, page = ada.done("/connectors/Sql", **fill(url="sqlite:///crm.db"))
    assert address == "/connect/d/crm" and "It answers" in page
    deals, people = ada.json(address)["items"]
    assert (deals["name"], deals["key"], deals["cursors"]) == ("deals", ["id"], ["updated_at", "id"])
    assert (deals["private"], people["private"]) == (["mail: pii.email"], [])
    chosen = {"stream.deals": "on", "cursor.deals": "updated_at", "cursor.people": ""}
    address, page = ada.done("/connect/d/crm", **chosen)
    assert address == "/connect/d/crm/preview?stream=deals"
    assert "p1@mail.example" not in page and "***" in page and "1.5" in page and ">timestamp</code></th>" in page
    (table,) = ada.json(address)["items"]
    assert table["types"] == {"id": "integer", "mail": "string", "amount": "number", "updated_at": "timestamp"}
    assert (table["key"], table["private"], table["bad"]) == (["id"], {"mail": ["pii.email"]}, 0)
    assert len(table["rows"]) == 20 and {row[1] for row in table["rows"]} == {"***"}
    assert not mesh.folder.joinpath("domains/d/deals").exists()
    address, page = ada.done("/connect/d/crm/draft", product="deals", **{"stream.deals": "on"})
    assert address == "/connect/d/crm/draft/deals" and "TO FILL" in page
    address, _ = ada.done(address)
    assert address == "/p/d/deals"
    written = yaml.safe_load(mesh.folder.joinpath("domains/d/sources/crm.yaml").read_text())
    assert written["streams"] == {"deals": {"cursor": "updated_at"}}
    assert [one.state for one in run(mesh.world, ("d.deals",))] == ["succeeded"]
    assert rows(mesh.world, "SELECT count(*) AS n FROM d.deals.deals") == [{"n": 25}]
    with mesh.world.registry.transaction() as unit:
        assert {e.actor for e in unit.journal.read(types=("unpublished.looked",))} == {ADA}
        assert {d.path for d in unit.documents.below(["domains/e"])} == {"domains/e/domain.yaml"}


def test_what_was_typed_as_a_secret_is_in_the_vault_alone(mesh: SimpleNamespace) -> None:
    ada = mesh.browser(ADA)
    wrong = fill(url="postgresql://127.0.0.1:9/crm", user="reader", password=CANARY, timezone="Europe/Berlin")
    answer = ada.send("/connectors/Sql", **wrong)
    assert answer.status_code == 503
    assert CANARY not in answer.text and 'value="reader"' in answer.text and 'value="Europe/Berlin"' in answer.text
    assert not mesh.folder.joinpath("domains/d/sources").exists(), "nothing is drafted that does not answer"
    assert mesh.world.vault.get("secret://vault/d/crm.password") == CANARY
    for more in ({"url": f"postgresql://reader:{CANARY}@127.0.0.1:9/crm"}, {"user": f"postgresql://u:{CANARY}@h/d"}):
        answer = ada.send("/connectors/Sql", **fill(**{"url": "sqlite:///crm.db", **more}))
        assert answer.status_code == 422 and CANARY not in answer.text
    ada.done("/connectors/Sql", **fill(url="sqlite:///crm.db"))
    written = mesh.folder.joinpath("domains/d/sources/crm.yaml").read_text()
    assert "password: secret://vault/d/crm.password" in written and CANARY not in written
    assert CANARY not in ada.page("/connect/d/crm") + repr(ada.json("/connect/d/crm"))
    (kept,) = secrets.listed(mesh.world)
    assert (kept.secret.name, kept.secret.by) == ("d/crm.password", ADA)


def test_only_who_answers_for_the_domain_connects(mesh: SimpleNamespace) -> None:
    bo = mesh.browser(BO)
    assert bo.json("/connectors")["domains"] == ["e"] == bo.json("/connectors/Sql")["domains"]
    answer = bo.send("/connectors/Sql", **fill(url="sqlite:///crm.db", password=CANARY))
    assert answer.status_code == 403 and "may not connect a source in the domain" in answer.text
    assert secrets.listed(mesh.world) == () and not mesh.folder.joinpath("domains/d/sources").exists()
    mesh.browser(ADA).done("/connectors/Sql", **fill(url="sqlite:///crm.db"))
    for address in ("/connect/d/crm", "/connect/d/crm/preview?stream=deals", "/connect/d/crm/draft/x"):
        assert bo.client.get(address).status_code == 403
    for address in ("/connect/d/crm", "/connect/d/crm/draft", "/connect/d/crm/draft/x"):
        assert bo.send(address, product="x", **{"stream.deals": "on"}).status_code == 403
    assert "You are neither" in mesh.browser("nobody@x.example").page("/connectors")


def test_what_does_not_fit_is_told_in_the_form(mesh: SimpleNamespace) -> None:
    ada = mesh.browser(ADA)
    for given, says in (
        (fill(url="nothing://x"), "is no known system"),
        (fill(url="sqlite:///crm.db") | {"name": "../x"}, "a source cannot be called"),
        (fill(url="sqlite:///crm.db") | {"domain": "../d"}, "may not connect a source"),
        (fill(url="sqlite:///crm.db", password="secret://vault/e/theirs"), "a secret of the domain"),
        (fill(), "url"),
    ):
        answer = ada.send("/connectors/Sql", **given)
        assert answer.status_code in (403, 422) and says in answer.text, answer.text[-2000:]
    ada.done("/connectors/Sql", **fill(url="sqlite:///crm.db"))
    ada.done("/connectors/Sql", **fill(url="sqlite:///crm.db", timezone="Europe/Berlin"))  # a draft may be made again
    assert ada.send("/connect/d/crm").status_code == 422  # nothing is chosen
    assert ada.client.get("/connect/d/crm/preview?stream=nothing").status_code == 422
    assert ada.send("/connect/d/crm/draft", product="../x", **{"stream.deals": "on"}).status_code == 422
    assert ada.client.get("/connect/d/crm/draft/none").status_code == 404
    ada.done("/connect/d/crm/draft", product="deals", **{"stream.deals": "on"})
    ada.done("/connect/d/crm/draft/deals")
    answer = ada.send("/connectors/Sql", **fill(url="sqlite:///crm.db"))
    assert answer.status_code == 422 and "a source of that name is there already" in answer.text


SHOP = """\
apiVersion: weft/v1
kind: Connector
name: shop
title: Shop
description: A web shop.
baseUrl: "{{ config.url }}"
config:
  required: [url, token]
  properties:
    url: {type: string, title: Address}
    token: {type: string, format: password}
    pages: {type: integer, default: 100}
auth: {kind: BearerAuthenticator, apiToken: "{{ config.token }}"}
streams:
  orders: {path: /orders, records: data, key: id}
"""


def test_a_described_system_becomes_a_product(mesh: SimpleNamespace) -> None:
    ada, body = mesh.browser(ADA), b'{"data": [{"id": 1, "buyer": {"mail": "x@mail.example"}, "total": 1.5}]}'
    reapply(mesh.world, {"connectors/shop/connector.yaml": SHOP})
    with web.web() as site:

        def answer(asked: web.Asked) -> web.Told:
            return web.Told(body=body) if asked.headers.get("authorization") == f"Bearer {CANARY}" else web.Told(401)

        site.answer = answer
        (item,) = [i for i in ada.json("/connectors")["items"] if i["connector"]["name"] == "shop"]
        assert item["connector"]["origin"] == "mesh" and item["connector"]["streams"] == ["orders"]
        wrong = ada.send("/connectors/shop", **fill(url=site.url, token="no", privateNetwork="on"))
        assert wrong.status_code in (403, 422) and "does not work yet" in wrong.text
        given = fill(url=site.url, token=CANARY, privateNetwork="on", pages="7")
        address, page = ada.done("/connectors/shop", **given)
        assert "orders" in page and ada.json(address)["items"][0]["key"] == ["id"]
        written = yaml.safe_load(mesh.folder.joinpath("domains/d/sources/crm.yaml").read_text())
        assert written["config"] == {
            "url": site.url, "token": "secret://vault/d/crm.token", "privateNetwork": True, "pages": 7,
        }  # fmt: skip
        address, _ = ada.done(address, **{"stream.orders": "on"})
        (table,) = ada.json(address)["items"]
        assert (table["key"], table["types"]["total"]) == (["id"], "number")
        address, _ = ada.done("/connect/d/crm/draft", product="orders", **{"stream.orders": "on"})
        ada.done(address)
        assert [one.state for one in run(mesh.world, ("d.orders",))] == ["succeeded"]
        assert rows(mesh.world, "SELECT id, total FROM d.orders.orders") == [{"id": 1, "total": 1.5}]


def test_nine_clicks_in_a_browser(mesh: SimpleNamespace) -> None:
    axe = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed").AXE_SCRIPT
    pictures = Path(os.environ.get("WEFT_PICTURES") or mesh.folder)
    wrong: list[str] = []
    with chromium() as browser, served(mesh.site_app) as address:
        tab = browser.new_page(viewport={"width": 1280, "height": 900})

        def looked(name: str) -> None:
            tab.evaluate(axe)
            for width, scheme in ((1280, "light"), (320, "dark")):
                tab.set_viewport_size({"width": width, "height": 900})
                tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                tab.screenshot(path=pictures / f"{name}-{width}-{scheme}.jpg", full_page=True, type="jpeg", quality=70)
                if tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                    wrong.append(f"{name} overflows at {width}")
                found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
                wrong.extend(
                    f"{name} {width}: {v['id']} {v['nodes'][0]['target']}"
                    for v in found
                    if v["impact"] in ("serious", "critical")
                )
            tab.set_viewport_size({"width": 1280, "height": 900})
            tab.emulate_media(color_scheme="light")

        def link(name: str, role: str = "link"):
            return tab.get_by_role(role, name=name).first

        tab.goto(address)
        clicks = [
            *(tab.get_by_text("More", exact=True).first, link("Sources"), link("Connect a source"), link("Sql")),
            *(link("Test it", "button"), link("deals", "checkbox"), link("Look at the rows", "button")),
            *(link("Draft the product", "button"), link("Apply it", "button")),
        ]
        for number, click in enumerate(clicks):
            if number == 4:
                tab.get_by_label("Name of the source").fill("crm")
                tab.get_by_label("Url").fill("sqlite:///crm.db")
            click.click()
            tab.wait_for_load_state("load")
            if number in (2, 3, 4, 6, 7):
                looked(f"connect-{number}")
        assert len(clicks) == 9 and tab.url.endswith("/p/d/deals"), tab.url
        reapply(mesh.world, {"mesh.yaml": BASE["mesh.yaml"].rstrip() + f"\n        council: [{ADA}]\n"})
        tab.goto(f"{address}/describe")
        tab.get_by_label("Name of the connector").fill("depot")
        tab.get_by_label("Or its text").fill(DESCRIPTION.replace("ADDRESS", "https://depot.example"))
        link("Draft the connector", "button").click()
        tab.wait_for_load_state("load")
        tab.get_by_text("Each decision").first.click()
        looked("described")
    assert wrong == []


DESCRIPTION = """\
openapi: 3.1.0
info: {title: Depot, version: "1"}
servers: [{url: "ADDRESS"}]
components:
  securitySchemes: {token: {type: http, scheme: bearer}}
  schemas:
    Part: {type: object, required: [id], properties: {id: {type: integer}, name: {type: string}}}
security: [{token: []}]
paths:
  /parts:
    get:
      summary: List parts
      parameters: [{name: page, in: query, schema: {type: integer}}, {name: per_page, in: query, schema: {type: integer, maximum: 100}}]
      responses: {"200": {content: {application/json: {schema: {type: object, properties: {data: {type: array, items: {$ref: "#/components/schemas/Part"}}}}}}}}
  /bins:
    get: {responses: {"200": {content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Part"}}}}}}}
  /parts/{id}: {get: {summary: Get a part, responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Part"}}}}}}}
"""


def test_a_description_becomes_a_connector(mesh: SimpleNamespace) -> None:
    ada = mesh.browser(ADA)
    refused = ada.send("/describe", name="depot", text=DESCRIPTION)
    assert refused.status_code == 403 and "The council may" in refused.text
    listed = ada.page("/connectors")
    assert '"/describe"' not in listed and "Nobody is in the council yet" in listed
    with web.web() as site:
        council = BASE["mesh.yaml"].rstrip() + f"\n        council: [{ADA}]\n"
        reapply(mesh.world, {"mesh.yaml": council})
        page_of = {"": b'{"data": [{"id": 7, "name": "bolt"}]}', "1": b'{"data": [{"id": 7, "name": "bolt"}]}'}
        site.answer = lambda asked: web.Told(body=page_of.get(asked.params.get("page", ""), b'{"data": []}'))
        assert '"/describe"' in ada.page("/connectors") and "The system is not here?" not in ada.page("/connectors")
        assert [w["id"] for w in mesh.browser(BO).json("/connectors")["council"]] == [ADA]
        for given in (
            {"place": "/etc/passwd"},
            {"place": "file:///etc/passwd"},
            {},
            {"text": "x", "place": site.url},
        ):
            answer = ada.send("/describe", name="depot", **given)
            assert answer.status_code == 422 and "either the address" in answer.text
        assert ada.send("/describe", name="../depot", text=DESCRIPTION).status_code == 422
        near = ada.send("/describe", name="depot", place=f"{site.url}/openapi.yaml")
        assert near.status_code == 422 and "private network" in near.text and site.asked == []
        address, page = ada.done("/describe", name="depot", text=DESCRIPTION.replace("ADDRESS", site.url))
        assert address == "/describe/depot" and "counts pages" in page
        view = ada.json(address)
        assert {(s["name"], s["choice"]["records"], s["choice"]["key"]) for s in view["streams"]} == {
            ("parts", "data", "id"),
            ("bins", "", "id"),
        }
        assert [s["path"] for s in view["skipped"]] == ["/parts/{id}"]
        assert all(w["evidence"] for s in view["streams"] for w in s["why"] if w["decision"] == "list")
        refused = ada.send("/describe/depot")
        assert (
            refused.status_code == 422 and "no stream is chosen" in refused.text and 'name="key.parts"' in refused.text
        )
        chosen = {"stream.parts": "on", "key.parts": "id, name", "cursor.parts": "changed", "since.parts": "since"}
        chosen |= {"pages_kind.parts": "OffsetIncrement", "pages_parameter.parts": "skip", "pages_size.parts": "50"}
        system = {"set.token": CANARY, "set.privateNetwork": "on"}
        page_of[""] = b'{"data": [{"id": 7, "name": "bolt", "changed": "2026-01-02T03:04:05Z"}]}'
        shown = ada.send("/describe/depot", **{"try": "parts", "records.parts": "items"}, **chosen, **system)
        assert shown.status_code == 200 and "It gave no rows." in shown.text and CANARY not in shown.text
        shown = ada.send("/describe/depot", **{"try": "parts"}, **chosen, **system | {"set.token": ""})
        assert ">bolt</td>" in shown.text and 'value="id, name"' in shown.text and CANARY not in shown.text
        assert site.asked[-1].headers["authorization"] == f"Bearer {CANARY}" and "skip" not in site.asked[-1].params
        assert site.asked[-1].params["per_page"] == "50" and site.asked[-1].params["since"].startswith("2020-01-01")
        assert [k.secret.name for k in secrets.listed(mesh.world)] == ["depot-draft.token"]
        address, page = ada.done("/describe/depot", **chosen)
        assert address == "/connectors/depot" and "Depot" in page and not secrets.listed(mesh.world)
        written = yaml.safe_load(mesh.folder.joinpath("connectors/depot/connector.yaml").read_text())
        assert list(written["streams"]) == ["parts"]
        parts = {name: written["streams"]["parts"][name] for name in ("records", "key", "pagination", "incremental")}
        assert parts == {
            "records": "data",
            "key": ["id", "name"],
            "pagination": {
                "kind": "OffsetIncrement", "pageTokenOption": "skip", "pageSize": 50, "pageSizeOption": "per_page"
            },
            "incremental": {
                "kind": "DatetimeBasedCursor", "datetimeFormat": "%Y-%m-%dT%H:%M:%SZ",
                "startDatetime": "2020-01-01T00:00:00Z", "cursorField": "changed", "startTimeOption": "since",
            },
        }  # fmt: skip
        given = fill(
            token=CANARY, privateNetwork="on", **({"url": site.url} if "url" in written["config"]["properties"] else {})
        )
        address, _ = ada.done("/connectors/depot", **given)
        (table,) = ada.json(f"{address}/preview?stream=parts")["items"]
        assert (table["key"], table["rows"]) == (["id", "name"], [[7, "bolt", "2026-01-02T03:04:05Z"]])
        assert site.asked[-1].headers["authorization"] == f"Bearer {CANARY}"
        assert mesh.browser(BO).client.get("/describe/depot").status_code == 403


def test_a_person_lets_weft_in_with_a_browser(mesh: SimpleNamespace) -> None:
    ada = mesh.browser(ADA)
    reapply(mesh.world, {"connectors/shop/connector.yaml": CONNECTOR})
    with web.web() as site:
        system = System(site)
        assert (
            ada.json("/connectors/shop")["connector"]["logs_in"]
            and not ada.json("/connectors/Sql")["connector"]["logs_in"]
        )
        assert "Log in with a browser" in ada.page("/connectors/shop") and "Log in" not in ada.page("/connectors/Sql")
        given = fill(url=site.url, secret=f"secret-{LOGIN}", privateNetwork="on")
        for says, status in (("error", 403), ("code", 200)):
            page = ada.send("/connectors/shop", login="on", **given)
            assert page.status_code == 200 and LOGIN not in page.text
            there = html.unescape(re.search(r'class="btn go" href="([^"]+)"', page.text)[1])
            assert (
                there.startswith(f"{site.url}/authorize?") and f"redirect_uri={quote(HERE, safe='')}%2Flogin" in there
            )
            system.says = says
            back = urlsplit(web.sent_to(there))
            stranger = mesh.browser("nobody@x.example")  # cookies do not come along on the way back
            answer = stranger.client.get(f"{back.path}?{back.query}")
            assert answer.status_code == status and LOGIN not in answer.text, answer.text[-1500:]
            assert stranger.client.get(f"{back.path}?{back.query}").status_code == 422  # once
        assert "/connect/d/crm" in answer.text
        assert ada.json("/connect/d/crm")["items"][0]["name"] == "orders"
        written = mesh.folder.joinpath("domains/d/sources/crm.yaml").read_text()
        assert "login: secret://vault/d/crm.login" in written and LOGIN not in written
        assert {k.secret.name: k.secret.by for k in secrets.listed(mesh.world)} == {
            "d/crm.login": ADA,
            "d/crm.secret": ADA,
        }
        assert ada.client.get("/sources/d/crm").status_code == 404  # drafted alone
        reapply(mesh.world, {})
        bo = mesh.browser(BO)
        assert "Log in again" in ada.page("/sources/d/crm") and "Log in again" not in bo.page("/sources/d/crm")
        assert bo.send("/sources/d/crm/login").status_code == 403
        asked = ada.send("/sources/d/crm/login").text
        back = urlsplit(web.sent_to(html.unescape(re.search(r'class="btn go" href="([^"]+)"', asked)[1])))
        done = ada.client.get(f"{back.path}?{back.query}")
        assert done.status_code == 200 and 'href="/sources/d/crm"' in done.text and LOGIN not in done.text
        assert [site.asked[-1].headers.get("authorization") is not None, ada.json("/sources/d/crm")["logs_in"]] == [
            True,
            True,
        ]
    assert ada.send("/connectors/Sql", login="on", **fill(url="sqlite:///crm.db")).status_code == 422
