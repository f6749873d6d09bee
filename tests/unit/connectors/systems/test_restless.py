"""A record that changes again and again, faster than its page comes, is read all the same, in every system."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from held import Held
from simulated import VAULT, built

pytest.importorskip("weft_vendors", reason="packages/weft-vendors is not installed")
from served import reached, secrets
from weft_vendors import vendor
from weft_vendors.core import Clock
from weft_vendors.core.signed import Key


class Asked(NamedTuple):
    """A stream, the object behind it, the field that changes (where it lies, too), and the configuration."""

    stream: str
    object: str
    field: str
    within: str = ""
    shown: str = ""
    config: Any = dict


SYSTEMS = {
    "atlassian": Asked("issues", "issues", "summary", "fields", config=lambda v: {"site": v.url, "email": v.door.email, "token": VAULT + "api_token"}),
    "hubspot": Asked("deals", "deals", "dealname", "properties", config=lambda v: {"base_url": v.url, "token": VAULT + "service_key"}),
    "salesforce": Asked("Opportunity", "Opportunity", "Name", config=lambda v: {"domain": v.url, "client_id": v.login.client_id, **secrets("client_secret")}),
    "netsuite": Asked("customer", "customer", "companyname", config=lambda v: {"account": "1234567", "url": v.url, "certificate_id": v.login.kid,
                      "algorithm": "ES256", "page_size": 7, **secrets("client_id", "private_key")}),
    "gainsight": Asked("company", "company", "Name", config=lambda v: {"url": v.url, "page_size": 7, **secrets("access_key")}),
    "workday": Asked("open_jobs", "requisition", "jobTitle", shown="Job_Title", config=lambda v: {"url": v.url, "tenant": "messy", "flow": "basic", "user": v.login.user,
                     "reports": [{"name": "open_jobs", "owner": "ISU_Weave", "report": "Requisitions", "key": "Workday_ID", "updated_from": "Updated_From",
                                  "updated_through": "Updated_Through"}], **secrets("password")}),
}  # fmt: skip


@pytest.mark.parametrize("name", SYSTEMS)
def test_what_changes_with_every_request_is_read(name, tmp_path) -> None:
    asked, system = SYSTEMS[name], vendor(name)(clock=Clock("2026-03-01T20:00:00+00:00"), seed=1)
    system.objects = (asked.object,)
    if name == "netsuite":
        system.login.certificate = Key("ES256")
    system.churn(25)
    system.clock.advance(3600)
    with reached(system, tmp_path) as reach:
        held = Held(
            built(name, **asked.config(system)),
            asked.stream,
            system.key(asked.object).replace("workdayID", "Workday_ID"),
        )
        held.read(reach)
        *_, restless = sorted(key for (key,) in held.rows if key in system.ledger.truth(asked.object))
        note, changes = system.ledger.request, []

        def request(*facts: Any) -> int:
            row, text = system.ledger.rows(asked.object)[restless], f"change {len(changes)}"
            changed = {asked.field: text}
            system.put(asked.object, row | ({asked.within: row[asked.within] | changed} if asked.within else changed))
            changes.append(text)
            system.clock.advance(30)
            return note(*facts)

        system.ledger.request = request
        for _ in range(2):
            before = len(changes)
            system.clock.advance(3600)
            held.read(reach)
            assert held.rows[restless,][asked.shown or asked.field] in changes[before:]
