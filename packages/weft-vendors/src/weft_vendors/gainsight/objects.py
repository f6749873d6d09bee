"""What a tenant of the simulator holds, in Gainsight CS and in Gainsight PX.

A field is `name:TYPE`; `TYPE.x` is a lookup of object x or a picklist of category x. Dates are epoch milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

_CS = """
company 1P02 STANDARD Gsid:GSID Name:STRING Status:PICKLIST.status Stage:PICKLIST.stage Csm:LOOKUP.gsuser \
Arr:CURRENCY Mrr:CURRENCY Renewal_Date:DATE Original_Contract_Date:DATE Customer_Lifetime_in_Months:NUMBER \
Industry:STRING ParentCompany:LOOKUP.company CurrencyIsoCode:STRING CurrentScore:PERCENTAGE \
Regions__gc:MULTISELECTDROPDOWNLIST.region Tier__gc:STRING CreatedDate:DATETIME ModifiedDate:DATETIME
person 1P03 STANDARD Gsid:GSID FirstName:STRING LastName:STRING Email:EMAIL Timezone:STRING CreatedDate:DATETIME \
ModifiedDate:DATETIME
company_person 1P04 STANDARD Gsid:GSID Company_ID:LOOKUP.company Person_ID:LOOKUP.person Title:STRING Active:BOOLEAN \
CreatedDate:DATETIME ModifiedDate:DATETIME
relationship 1P05 STANDARD Gsid:GSID Name:STRING CompanyId:LOOKUP.company Stage:PICKLIST.stage Arr:CURRENCY \
CreatedDate:DATETIME ModifiedDate:DATETIME
gsuser 1P01 SYSTEM Gsid:GSID Name:STRING Email:EMAIL IsActiveUser:BOOLEAN CreatedDate:DATETIME ModifiedDate:DATETIME
activity_timeline 1P06 STANDARD Gsid:GSID Subject:STRING Notes:RICHTEXTAREA ActivityDate:DATETIME contextname:STRING \
AuthorId:LOOKUP.gsuser GsCompanyId:LOOKUP.company GsRelationshipId:LOOKUP.relationship ExternalAttendees:STRING \
internalAttendees:STRING Ant__Mood__c:STRING CreatedDate:DATETIME
subscription__gc 1C01 CUSTOM Gsid:GSID Name:STRING Company__gc:LOOKUP.company Amount__gc:CURRENCY Seats__gc:NUMBER \
Starts__gc:DATE Url__gc:URL Active__gc:BOOLEAN CreatedDate:DATETIME ModifiedDate:DATETIME
us_8f2c_scorecard_fact__gc 1C02 CUSTOM Gsid:GSID Company__gc:LOOKUP.company Measure__gc:STRING Score__gc:NUMBER \
Label__gc:STRING Date__gc:DATE CreatedDate:DATETIME ModifiedDate:DATETIME
call_to_action 1S01 SYSTEM Gsid:GSID Name:STRING CompanyId:LOOKUP.company DueDate:DATETIME EntityType:STRING \
IsClosed:BOOLEAN IsImportant:BOOLEAN OwnerId:LOOKUP.gsuser PriorityId:PICKLIST.priority ReasonId:PICKLIST.reason \
StatusId:PICKLIST.ctastatus TypeId:PICKLIST.ctatype CustomDate__gc:DATE CustomDateTime__gc:DATETIME \
CreatedDate:DATETIME ModifiedDate:DATETIME
"""
_PX = """
account id:STRING name:STRING createDate:DATETIME lastModifiedDate:DATETIME lastSeenDate:DATETIME numberOfUsers:NUMBER \
numberOfEmployees:NUMBER plan:STRING industry:STRING sfdcId:STRING
user aptrinsicId:STRING identifyId:STRING email:EMAIL firstName:STRING lastName:STRING accountId:STRING \
createDate:DATETIME lastModifiedDate:DATETIME lastVisitDate:DATETIME numberOfVisits:NUMBER
custom_event eventId:STRING eventName:STRING identifyId:STRING accountId:STRING date:DATETIME sessionId:STRING
feature id:STRING name:STRING type:STRING status:STRING
"""
LABELS = {
    "us_8f2c_scorecard_fact__gc": "Customer Health - Scorecard Fact",
    "call_to_action": "Call To Action",
    "gsuser": "User",
    "activity_timeline": "Activity Timeline",
    "company_person": "Company Person",
    "subscription__gc": "Subscription",
}
PICKLISTS = {
    "status": ("Active", "Churn", "Inactive"),
    "stage": ("New Customer", "Kicked Off", "Launched", "Adopting"),
    "region": ("EMEA", "Americas", "APAC"),
    "priority": ("High", "Medium", "Low"),
    "reason": ("Product Release", "Other", "Support Risk"),
    "ctastatus": ("New", "Work In Progress", "Closed Success"),
    "ctatype": ("Risk", "Opportunity", "Event"),
}
PX = ("account", "user", "custom_event", "feature")


@dataclass(frozen=True)
class Field:
    """One field."""

    name: str
    type: str
    target: str = ""
    """Object of a lookup, category of a picklist."""

    @property
    def custom(self) -> bool:
        """Made by the tenant's administrator."""
        return self.name.endswith(("__gc", "__c"))

    @property
    def lookup(self) -> str:
        """The name by which a query goes through a lookup."""
        return self.name + ("gr" if self.name.endswith("__") else "__gr")


@dataclass(frozen=True)
class Object:
    """One object of CS, or one collection of PX."""

    name: str
    prefix: str
    kind: str
    fields: dict[str, Field]

    @property
    def label(self) -> str:
        """As people see it."""
        return LABELS.get(self.name, self.name.title())


def _fields(texts: list[str]) -> dict[str, Field]:
    found = {}
    for text in texts:
        name, _, kind = text.partition(":")
        kind, _, target = kind.partition(".")
        found[name] = Field(name, kind, target)
    return found


def objects() -> dict[str, Object]:
    """All of them by name; those of PX begin with `px_`."""
    found = {}
    for line in _CS.strip().splitlines():
        name, prefix, kind, *fields = line.split()
        found[name] = Object(name, prefix, kind, _fields(fields))
    for line in _PX.strip().splitlines():
        name, *fields = line.split()
        found[f"px_{name}"] = Object(f"px_{name}", "", "PX", _fields(fields))
    return found


def picklist(category: str) -> dict[str, str]:
    """Options of a category: label by GSID."""
    return {gsid("1I00", f"{category}:{label}"): label for label in PICKLISTS[category]}


def gsid(prefix: str, text: str) -> str:
    """36 upper-case letters and digits behind the object's prefix, the same for the same text."""
    digits, number = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", int.from_bytes(sha256(text.encode()).digest())
    tail = ""
    while len(tail) < 36 - len(prefix):
        number, rest = divmod(number, 36)
        tail += digits[rest]
    return prefix + tail
