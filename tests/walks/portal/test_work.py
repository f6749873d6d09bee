"""What people do in the portal: run, decide, replay, look into sources, take care of dark data. In a small mesh."""

from __future__ import annotations

import re
import time
from types import SimpleNamespace

import pytest

from walks.mesh import ADA, BO, open_mesh, product, reapply, source, write
from walks.portal.browser import chromium, served
from weft.errors import Conflict
from weft.flow import base, deeds

PIA = "pia@x.example"
HERE = "http://127.0.0.1:4600"
MORE = {
    "people/pia.yaml": f"{{apiVersion: weft/v1, kind: Person, id: {PIA}, name: Pia}}",
    "domains/d/domain.yaml": f"""
        apiVersion: weft/v1
        kind: Domain
        name: d
        owner: {ADA}
        members: [{{member: {PIA}, role: producer}}]
        """,
}
CONTRACT = """
    schema:
      - name: t
        customProperties: [{property: weft.stream, value: s.t}]
        quality:
          - {name: enough, metric: rowCount, mustBeGreaterThan: LEAST, severity: error}
        properties:
          - {name: id, logicalType: integer, required: true}
          - {name: mail, logicalType: string, tags: [pii.email], classification: restricted}
          - {name: note, logicalType: string, logicalTypeOptions: {maxLength: 3}}
    """
SOURCE = source(
    "s",
    "connector: files\nconfig: {path: in}\nstreams:\n  t: {path: t.csv}\n  unread: {path: u.csv}\n",
)


def contract(least: int = 0) -> dict[str, str]:
    return product("p", CONTRACT.replace("LEAST", str(least)), reads=("stream:s.t",))


@pytest.fixture
def mesh(tmp_path):
    """A product that one bad row waits of once it ran, and browsers of people."""
    pytest.importorskip("fastapi", reason="install the extra 'portal'")
    from starlette.testclient import TestClient

    from weft.serve import application

    world = open_mesh(tmp_path, SOURCE, contract(), MORE)
    write(tmp_path, {"in/t.csv": "id,mail,note\n1,a@b.example,ok\n2,c@d.example,far too long\n", "in/u.csv": "k\n1\n"})
    site = application(world, ADA)

    def browser(who: str) -> Browser:
        client = TestClient(site, base_url=HERE, headers={"Accept": "text/html"}, follow_redirects=False)
        client.cookies.set("weft_as_4600", who.replace("@", "%40"))
        return Browser(client)

    yield SimpleNamespace(world=world, browser=browser, site=site.site, site_app=site)
    world.close()


class Browser:
    """Pages, and forms that are sent as a reader sends them."""

    def __init__(self, client) -> None:
        self.client = client

    def page(self, address: str) -> str:
        answer = self.client.get(address)
        assert answer.status_code == 200, answer.text[-1500:]
        return answer.text

    def json(self, address: str):
        path, _, query = address.partition("?")
        return self.client.get(f"{path}.json?{query}").json()

    def send(self, address: str, **fields: str):
        """The form as its page would send it: with the token of this browser."""
        token = re.search(r'name="csrf" value="(\w+)"', self.client.get("/me").text)[1]
        return self.client.post(address, data={"csrf": token, **fields})

    def done(self, address: str, **fields: str) -> tuple[str, str]:
        """Where the change leads, and the page there."""
        answer = self.send(address, **fields)
        assert answer.status_code == 303, answer.text[-1500:]
        return answer.headers["location"], self.page(answer.headers["location"])

    def run(self) -> str:
        """Run the product and wait until it is done; its id."""
        address, _ = self.done("/runs", product="d.p")
        ends = time.monotonic() + 60
        while self.json(address)["run"]["run"] == "running" and time.monotonic() < ends:
            time.sleep(0.05)
        return address.rpartition("/")[2]


def told(world, kind: str) -> list[tuple[str, str]]:
    with world.registry.transaction() as unit:
        return [(e.actor, e.subject) for e in unit.journal.read(types=(kind,))]


def test_a_producer_runs_a_product_and_sees_what_it_did(mesh) -> None:
    pia, bo = mesh.browser(PIA), mesh.browser(BO)
    assert "Run now" in pia.page("/runs?product=d.p") and "Run now" not in bo.page("/runs?product=d.p")
    refused = bo.send("/runs", product="d.p")
    assert refused.status_code == 403 and "may not run d.p" in refused.text
    assert pia.client.post("/runs", data={"product": "d.p"}).status_code == 403  # no token
    assert pia.send("/runs", product="d.nothing").status_code == 404
    assert told(mesh.world, "run.started") == []
    identifier = pia.run()
    page = pia.page(f"/runs/{identifier}")
    assert "succeeded" in page and "note.maxLength" in page and "hx-get" not in page and "Run again" in page
    view = bo.json(f"/runs/{identifier}")
    assert view["run"]["rows"] == 1 and view["tables"][0]["by_reason"] == {"note.maxLength": 1} and not view["may_run"]
    assert told(mesh.world, "run.started") == [(PIA, "d.p")]


def test_a_run_on_its_way_is_shown_live_and_nobody_begins_another(mesh) -> None:
    ada = mesh.browser(ADA)
    with base.Held(mesh.world, "product:d.p"):
        base.tell(mesh.world, base.event(mesh.world, "run.started", "d.p", {"run": "r1", "product": "d.p"}, key="r1"))
        for address in ("/runs", "/runs/r1"):
            page = ada.page(address)
            assert re.search(r'hx-get="/runs[^"]*" hx-trigger="every \ds"', page)
        busy = ada.send("/runs", product="d.p")
        assert busy.status_code == 409 and "being worked on" in busy.text and 'href="/runs">What runs now' in busy.text
        assert busy.headers["Retry-After"]
    with mesh.world.registry.transaction(write=True) as unit:  # of a process that was killed
        unit.leases.acquire("product:d.p", f"{mesh.world.owner.partition('/')[0]}/999999999/1", 600)
    assert "broken off" in ada.page("/runs/r1")


def test_a_run_that_waits_for_its_turn_is_there_and_never_ends_silently(mesh) -> None:
    ada, world = mesh.browser(ADA), mesh.world
    identifier, execute = deeds.run(world, "d.p", ADA)
    waits = ada.json(f"/runs/{identifier}")["run"]
    assert waits["run"] == "running" and identifier in ada.page("/runs")
    with pytest.raises(Conflict):
        deeds.run(world, "d.p", ADA)
    with world.registry.transaction(write=True) as unit:  # it ran out while it waited, and somebody was quicker
        unit.leases.release("product:d.p", unit.leases.holder("product:d.p")[0])
    with base.Held(world, "product:d.p"):
        assert execute().state == "failed"
    page = ada.page(f"/runs/{identifier}")
    assert "being worked on" in page and "being worked on" in ada.page("/runs") and "broken off" not in page
    assert told(world, "run.finished") == [(ADA, "d.p")]
    assert ada.json(f"/runs/{ada.run()}")["run"]["run"] == "succeeded"


def test_a_run_is_followed_without_loading_its_page_again(mesh) -> None:
    with chromium() as browser, served(mesh.site_app) as address, base.Held(mesh.world, "product:d.p"):
        base.tell(mesh.world, base.event(mesh.world, "run.started", "d.p", {"run": "r1", "product": "d.p"}, key="r1"))
        tab = browser.new_page()
        tab.goto(f"{address}/runs/r1")
        tab.evaluate("window.same = true")
        told = {"run": "r1", "sequence": 1, "rows": 4321, "quarantined": 0}
        base.tell(mesh.world, base.event(mesh.world, "batch.committed", "d.p.t@1", told, key="r1:1"))
        tab.locator("#run td", has_text="4,321").wait_for(timeout=20_000)
        assert tab.evaluate("window.same")


def test_what_fails_in_the_background_is_logged_without_a_value(mesh, caplog) -> None:
    def fails():
        raise RuntimeError("a row's value")

    mesh.site.begin(fails).exception()
    assert "RuntimeError" in caplog.text and "a row's value" not in caplog.text


def test_bad_rows_are_counted_for_all_seen_by_the_owner_and_replayed(mesh) -> None:
    ada, bo = mesh.browser(ADA), mesh.browser(BO)
    ada.run()
    for who in (ada, bo):
        assert "note.maxLength" in who.page("/quarantine/d/p/t") and "/quarantine/d/p/t" in who.page("/quarantine")
    assert "far too long" in ada.page("/quarantine/d/p/t") and "c@d.example" not in ada.page("/quarantine/d/p/t")
    hidden = bo.page("/quarantine/d/p/t")
    assert "far too long" not in hidden and "Replay" not in hidden and 'href="/people/ada@x.example"' in hidden
    assert bo.json("/quarantine/d/p/t")["rows"] is None
    assert bo.send("/quarantine/d/p/t/replay").status_code == 403
    assert ada.client.post("/quarantine/d/p/t/replay").status_code in {403, 422}
    assert "still bad" in ada.done("/quarantine/d/p/t/replay")[1]
    reapply(mesh.world, {"domains/d/p/t.sql": "SELECT id, mail, left(note, 3) AS note FROM s.t\n"})
    _, page = ada.done("/quarantine/d/p/t/replay")
    assert "1 row went through, 0 are still bad" in page and "No row waits" in page
    assert ada.send("/quarantine/d/p/t/replay").status_code == 422


@pytest.mark.parametrize("decision", ["publish", "discard"])
def test_the_owner_decides_about_a_held_version(mesh, decision) -> None:
    ada, bo = mesh.browser(ADA), mesh.browser(BO)
    reapply(mesh.world, contract(least=5))
    ada.run()
    offered = ada.page("/p/d/p/quality?table=t")
    assert f'action="/p/d/p/t/{decision}"' in offered and "is held back" in ada.page("/p/d/p")
    shown = bo.page("/p/d/p/quality?table=t")
    assert "is held back" in shown and "<form" not in shown.partition("<main")[2]
    assert bo.send(f"/p/d/p/t/{decision}", reason="I want it").status_code == 403
    assert ada.client.post(f"/p/d/p/t/{decision}", data={"reason": "no token"}).status_code == 403
    if decision == "publish":
        assert ada.send("/p/d/p/t/publish", reason=" ").status_code == 422
    _, page = ada.done(f"/p/d/p/t/{decision}", reason="five is too many")
    assert "is held back" not in page
    kind = {"publish": "publication.forced", "discard": "publication.discarded"}[decision]
    assert told(mesh.world, kind) == [(ADA, "d.p.t@1")]
    assert ada.send(f"/p/d/p/t/{decision}", reason="again").status_code == 422


def test_a_source_is_looked_into_by_who_works_with_it(mesh) -> None:
    pia, bo = mesh.browser(PIA), mesh.browser(BO)
    _, page = pia.done("/sources/d/s/look")
    assert "unread" in page and "Settings</h2>" in page and "nothing: dark data" in page
    seen = {s["name"]: s["columns"] for s in pia.json("/sources/d/s")["source"]["streams"]}
    assert seen == {"t": 3, "unread": 1}
    rows = pia.page("/sources/d/s/rows?stream=t")
    assert "far too long" in rows and "a@b.example" not in rows
    assert pia.json("/sources/d/s/rows?stream=t")["columns"][0]["name"] == "id"
    assert told(mesh.world, "unpublished.looked") == [(PIA, "d.s")] * 2
    plain = bo.page("/sources/d/s")
    assert "See rows" not in plain and "Look what it holds" not in plain and "Settings</h2>" not in plain
    assert bo.client.get("/sources/d/s/rows?stream=t").status_code == 403
    assert bo.send("/sources/d/s/look").status_code == 403
    assert "not looked into" not in plain
    base.tell(mesh.world, base.event(mesh.world, "source.looked", "d.s", {"streams": 9, "looked": 3, "left": 6}))
    assert "6 streams were not looked into" in bo.page("/sources/d/s")
    assert pia.client.get("/sources/d/s/rows?stream=none").status_code == 422
    (mesh.world.folder / "in").rename(mesh.world.folder / "away")
    assert pia.send("/sources/d/s/look").status_code in {422, 503}
    assert "The last look failed" in bo.page("/sources/d/s")


def test_dark_data_is_asked_for_answered_adopted_and_retired(mesh) -> None:
    ada, bo = mesh.browser(ADA), mesh.browser(BO)
    ada.send("/sources/d/s/look")
    subject = "stream:d.s.unread"
    assert "Retire it" in ada.page("/dark") and "Retire it" not in bo.page("/dark")
    assert bo.json("/domains/d")["dark"] == 1 and 'href="/dark?domain=d"' in bo.page("/domains/d")
    assert "They are asked" in bo.done("/dark/ask", subject=subject, to=ADA, text="What is it?")[1]
    page = ada.done("/dark/answer", subject=subject, text="Keys of the old shop.")[1]
    assert "What is it?" in page and "Keys of the old shop." in page
    assert bo.send("/dark/retire", subject=subject, text="no").status_code == 403
    assert ada.client.post("/dark/retire", data={"subject": subject, "text": "no token"}).status_code == 403
    assert ada.send("/dark/ask", subject=subject, to="nobody@x.example", text="?").status_code == 422
    assert "Retired" in ada.done("/dark/retire", subject=subject, text="old")[1]
    assert bo.json("/dark?retired=true")["total"] == 1 and bo.json("/domains/d")["dark"] == 0
    assert "It is back" in ada.done("/dark/restore", subject=subject)[1]
    assert "Drafted" in ada.done("/dark/adopt", subject=subject, product="d.keys")[1]
    assert (mesh.world.folder / "domains/d/keys").is_dir()
