"""Object types and their properties, as a portal has them on its first day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

CURRENCY = "currency"
_COMMON = "hs_object_id:number createdate:datetime hubspot_owner_id:enumeration:select hs_merged_object_ids:string"


@dataclass(frozen=True)
class Type:
    """One object type."""

    name: str
    """As in paths: `contacts`."""
    id: str
    """`0-1`."""
    scopes: tuple[str, ...]
    """Any of them opens it."""
    properties: str
    """`name:type[:fieldType[:numberDisplayHint]]`, separated by blanks; `*` marks a default property."""
    singular: str = ""
    modified: str = "hs_lastmodifieddate"

    @property
    def defaults(self) -> tuple[str, ...]:
        """What a read answers with when it asks for no properties."""
        return tuple(word.split(":")[0][1:] for word in self.properties.split() if word.startswith("*"))

    def definitions(self) -> dict[str, dict[str, Any]]:
        """Its properties by name, as the properties API answers."""
        words = f"{self.properties} {_COMMON} {self.modified}:datetime".replace("*", "").split()
        return {word.split(":")[0]: definition(*word.split(":")) for word in words}


def definition(name: str, kind: str = "string", field: str = "", hint: str = "") -> dict[str, Any]:
    """One property as the API answers it."""
    fields = {"string": "text", "datetime": "date", "bool": "booleancheckbox", "enumeration": "select"}
    told: dict[str, Any] = {
        "name": name,
        "label": name.removeprefix("hs_").replace("_", " ").capitalize(),
        "type": kind,
        "fieldType": field or fields.get(kind, kind),
        "groupName": "information",
        "description": "",
        "options": [],
        "hubspotDefined": True,
        "calculated": False,
        "hasUniqueValue": False,
        "hidden": False,
        "formField": False,
        "displayOrder": -1,
        "createdAt": "2019-08-06T02:41:08Z",
        "updatedAt": "2019-08-06T02:41:08Z",
        "archived": False,
    }
    return {**told, **({"numberDisplayHint": hint} if hint else {})}


_TABLE = """
contacts 0-1 contact crm.objects.contacts.read
  *email *firstname *lastname phone:phone_number country lifecyclestage:enumeration:radio hs_lead_status:enumeration
  hs_lifecyclestage_lead_date:datetime hs_lifecyclestage_marketingqualifiedlead_date:datetime
  hs_lifecyclestage_salesqualifiedlead_date:datetime hs_lifecyclestage_customer_date:datetime
  hs_analytics_source:enumeration hs_legal_basis:enumeration:checkbox hubspotscore:number associatedcompanyid:number
  hs_email_optout:bool company jobtitle
companies 0-2 company crm.objects.companies.read
  *name *domain industry:enumeration city country annualrevenue:number:number:currency numberofemployees:number
  lifecyclestage:enumeration:radio type:enumeration
deals 0-3 deal crm.objects.deals.read
  *dealname *amount:number:number:currency *closedate:datetime *pipeline:enumeration *dealstage:enumeration
  amount_in_home_currency:number:number:currency deal_currency_code:enumeration dealtype:enumeration hs_is_closed:bool
  hs_is_closed_won:bool hs_forecast_amount:number:number:currency hs_deal_stage_probability:number
  hs_manual_forecast_category:enumeration closed_lost_reason hs_analytics_source:enumeration
tickets 0-5 ticket tickets
  *subject *content *hs_pipeline:enumeration *hs_pipeline_stage:enumeration *hs_ticket_category:enumeration
  *hs_ticket_priority:enumeration closed_date:datetime time_to_close:number
products 0-7 product e-commerce|crm.objects.products.read
  *name *description *price:number:number:currency hs_sku hs_cost_of_goods_sold:number:number:currency
line_items 0-8 line_item crm.objects.line_items.read|e-commerce
  *name *quantity:number *price:number:number:currency *amount:number:number:currency hs_product_id:number
  discount:number
leads 0-136 lead crm.objects.leads.read
  *hs_lead_name *hs_lead_label:enumeration hs_pipeline:enumeration hs_pipeline_stage:enumeration
quotes 0-14 quote crm.objects.quotes.read
  *hs_title hs_expiration_date:date hs_quote_amount:number:number:currency hs_status:enumeration hs_currency:enumeration
calls 0-48 call crm.objects.contacts.read
  hs_timestamp:datetime hs_call_title hs_call_duration:number hs_call_status:enumeration hs_call_direction:enumeration
emails 0-49 email sales-email-read|crm.objects.contacts.read
  hs_timestamp:datetime hs_email_subject hs_email_direction:enumeration hs_email_status:enumeration
meetings 0-47 meeting crm.objects.contacts.read
  hs_timestamp:datetime hs_meeting_title hs_meeting_start_time:datetime hs_meeting_end_time:datetime
  hs_meeting_outcome:enumeration
notes 0-46 note crm.objects.contacts.read
  hs_timestamp:datetime hs_note_body
tasks 0-27 task crm.objects.contacts.read
  hs_timestamp:datetime hs_task_subject hs_task_status:enumeration hs_task_priority:enumeration
goal_targets 0-74 goal_target crm.objects.goals.read
  *hs_goal_name hs_target_amount:number hs_start_datetime:datetime hs_end_datetime:datetime
orders 0-123 order crm.objects.orders.read
  *hs_order_name hs_total_price:number:number:currency hs_currency_code:enumeration
invoices 0-53 invoice crm.objects.invoices.read
  *hs_number hs_amount_billed:number:number:currency hs_due_date:date hs_invoice_status:enumeration
"""


def _types() -> tuple[Type, ...]:
    found: list[Type] = []
    for line in _TABLE.strip().splitlines():
        if line.startswith(" "):
            found[-1] = replace(found[-1], properties=f"{found[-1].properties} {line.strip()}")
        else:
            name, key, singular, scopes = line.split()
            modified = "lastmodifieddate" if name == "contacts" else "hs_lastmodifieddate"
            found.append(Type(name, key, tuple(scopes.split("|")), "", singular, modified))
    return tuple(found)


TYPES = _types()

CUSTOM_SCOPES = ("crm.objects.custom.read",)
"""What opens objects that the portal made itself."""

PIPELINES: dict[str, list[dict[str, Any]]] = {
    "deals": [
        {
            "id": "default",
            "label": "Sales pipeline",
            "stages": [
                ("appointmentscheduled", "Appointment scheduled", {"isClosed": "false", "probability": "0.2"}),
                ("qualifiedtobuy", "Qualified to buy", {"isClosed": "false", "probability": "0.4"}),
                ("contractsent", "Contract sent", {"isClosed": "false", "probability": "0.9"}),
                ("closedwon", "Closed won", {"isClosed": "true", "probability": "1.0"}),
                ("closedlost", "Closed lost", {"isClosed": "true", "probability": "0.0"}),
            ],
        }
    ],
    "tickets": [
        {
            "id": "0",
            "label": "Support pipeline",
            "stages": [
                ("1", "New", {"ticketState": "OPEN", "isClosed": "false"}),
                ("2", "Waiting on contact", {"ticketState": "OPEN", "isClosed": "false"}),
                ("4", "Closed", {"ticketState": "CLOSED", "isClosed": "true"}),
            ],
        }
    ],
    "leads": [
        {
            "id": "lead-pipeline-id",
            "label": "Lead pipeline",
            "stages": [
                ("new-stage-id", "New", {"leadState": "NEW"}),
                ("qualified-stage-id", "Qualified", {"leadState": "QUALIFIED"}),
            ],
        }
    ],
}


def pipelines(kind: str) -> list[dict[str, Any]]:
    """The pipelines of an object type with their stages, as the API answers."""
    stamped = {"archived": False, "createdAt": "2024-01-01T00:00:00Z", "updatedAt": "2024-01-01T00:00:00Z"}
    return [
        {
            "id": line["id"],
            "label": line["label"],
            "displayOrder": at,
            **stamped,
            "stages": [
                {"id": key, "label": label, "displayOrder": n, "metadata": facts, **stamped}
                for n, (key, label, facts) in enumerate(line["stages"])
            ],
        }
        for at, line in enumerate(PIPELINES.get(kind, ()))
    ]
