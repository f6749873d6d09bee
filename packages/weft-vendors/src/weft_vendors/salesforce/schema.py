"""Objects and fields of an org: the standard ones, custom ones that come and go, and what a user may not see."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
_SOAP = {"boolean": "xsd:boolean", "int": "xsd:int", "double": "xsd:double", "date": "xsd:date", "id": "tns:ID"}
_SOAP |= {"percent": "xsd:double", "currency": "xsd:double", "datetime": "xsd:dateTime", "reference": "tns:ID"}
_SOAP |= {"address": "urn:address", "anyType": "xsd:anyType", "time": "xsd:time"}
_NUMBERS = {"currency": (18, 2), "percent": (18, 2), "double": (18, 2)}
_UNSORTED = {"textarea", "address", "anyType"}


@dataclass(frozen=True)
class Field:
    """One field as describe tells it."""

    name: str
    type: str = "string"
    to: str = ""
    """For a reference: the object; for a picklist: its values, separated by `|`."""
    length: int = 255
    calculated: bool = False
    compound: str = ""
    """The compound field that it is a part of."""

    @property
    def custom(self) -> bool:
        """Whether somebody of the org made it."""
        return self.name.endswith("__c")

    def describe(self) -> dict[str, Any]:
        """The entry in `fields[]`."""
        precision, scale = _NUMBERS.get(self.type, (0, 0))
        reference = self.type == "reference"
        return {
            "name": self.name,
            "label": self.name.removesuffix("__c").replace("_", " "),
            "type": self.type,
            "soapType": _SOAP.get(self.type, "xsd:string"),
            "length": {"id": 18, "reference": 18}.get(self.type, 0 if self.type in _SOAP else self.length),
            "precision": precision,
            "scale": scale,
            "digits": 8 if self.type == "int" else 0,
            "nillable": self.name != "Id",
            "custom": self.custom,
            "calculated": self.calculated,
            "unique": False,
            "externalId": False,
            "referenceTo": [self.to] if reference else [],
            "relationshipName": self.name.removesuffix("Id").replace("__c", "__r") if reference else None,
            "picklistValues": [
                {"value": v, "label": v, "active": True, "defaultValue": False}
                for v in (self.to.split("|") if self.type in {"picklist", "multipicklist"} else [])
            ],
            "createable": not self.calculated,
            "updateable": not self.calculated,
            "filterable": self.type not in _UNSORTED,
            "sortable": self.type not in _UNSORTED,
            "deprecatedAndHidden": False,
            "compoundFieldName": self.compound or None,
            "inlineHelpText": None,
        }


@dataclass(frozen=True)
class Sobject:
    """One object of the org."""

    name: str
    prefix: str
    fields: tuple[Field, ...]
    bin: bool = True
    """Whether its records go to the recycle bin before they are gone."""
    replicateable: bool = True
    queryable: bool = True
    bulk: bool = True
    hidden: frozenset[str] = field(default_factory=frozenset)
    """Fields that field-level security keeps from the user of the API, lower case."""

    @property
    def custom(self) -> bool:
        """Whether somebody of the org made it."""
        return self.name.endswith("__c")

    def visible(self) -> Iterator[Field]:
        """The fields that the user may see."""
        return (f for f in self.fields if f.name.lower() not in self.hidden)

    def field(self, name: str) -> Field | None:
        """A visible field, its name in any case."""
        return next((f for f in self.visible() if f.name.lower() == name.lower()), None)

    def entry(self, version: str) -> dict[str, Any]:
        """The entry in the list of objects."""
        base = f"/services/data/{version}/sobjects/{self.name}"
        return {
            "name": self.name,
            "label": self.name.removesuffix("__c"),
            "labelPlural": self.name.removesuffix("__c") + "s",
            "custom": self.custom,
            "customSetting": False,
            "queryable": self.queryable,
            "replicateable": self.replicateable,
            "retrieveable": self.queryable,
            "keyPrefix": self.prefix,
            "deprecatedAndHidden": False,
            "urls": {"sobject": base, "describe": base + "/describe", "rowTemplate": base + "/{ID}"},
        }


def _object(name: str, prefix: str, fields: str, *, system: str = "all", **flags: Any) -> Sobject:
    """From one line a field: name, type, and what is referred to or the picklist's values; `=` marks a formula.

    `system` is how many of the fields that all objects have: all, created (no LastModified...), or bare (no stamp).
    """
    made = [Field("Id", "id")]
    if flags.pop("marked", True):
        made.append(Field("IsDeleted", "boolean"))
    for line in filter(None, map(str.strip, fields.splitlines())):
        part, kind, to = [*line.split(maxsplit=2), "", ""][:3]
        if kind == "address":
            stem = part.removesuffix("Address")
            made += [Field(stem + p, "textarea" if p == "Street" else "string", compound=part) for p in ADDRESS]
        made.append(Field(part, kind.lstrip("="), to, calculated=kind.startswith("=")))
    made += [Field("CreatedDate", "datetime"), Field("CreatedById", "reference", "User")]
    if system == "all":
        made += [Field("LastModifiedDate", "datetime"), Field("LastModifiedById", "reference", "User")]
    if system != "bare":
        made.append(Field("SystemModstamp", "datetime"))
    return Sobject(name, prefix, tuple(made), **flags)


STAGES = "Prospecting|Qualification|Proposal|Negotiation|Closed Won|Closed Lost"
_CATEGORY = "Omitted|Pipeline|BestCase|Commit|Closed"
STANDARD = (
    _object(
        "Opportunity",
        "006",
        f"""AccountId reference Account
        Name string
        Description textarea
        StageName picklist {STAGES}
        Amount currency
        Probability percent
        ExpectedRevenue =currency
        TotalOpportunityQuantity double
        CloseDate date
        Type picklist New Business|Existing Business
        NextStep string
        LeadSource picklist Web|Phone Inquiry|Partner Referral|Other
        IsClosed =boolean
        IsWon =boolean
        ForecastCategory picklist {_CATEGORY}
        ForecastCategoryName picklist {_CATEGORY}
        CampaignId reference Campaign
        HasOpportunityLineItem =boolean
        Pricebook2Id reference Pricebook2
        OwnerId reference User
        FiscalQuarter =int
        FiscalYear =int
        Fiscal =string
        LastActivityDate date""",
    ),
    _object(
        "OpportunityLineItem",
        "00k",
        """OpportunityId reference Opportunity
        Product2Id reference Product2
        PricebookEntryId reference PricebookEntry
        ProductCode string
        Name string
        Quantity double
        UnitPrice currency
        ListPrice currency
        TotalPrice currency
        ServiceDate date""",
    ),
    _object(
        "Product2",
        "01t",
        """Name string
        ProductCode string
        Family picklist Hardware|Software|Service
        IsActive boolean""",
    ),
    _object(
        "OpportunityHistory",
        "008",
        f"""OpportunityId reference Opportunity
        StageName picklist {STAGES}
        Amount currency
        ExpectedRevenue currency
        CloseDate date
        Probability percent
        ForecastCategory picklist {_CATEGORY}""",
        system="created",
        bin=False,
    ),
    _object(
        "OpportunityFieldHistory",
        "017",
        """OpportunityId reference Opportunity
        Field picklist StageName|Amount|CloseDate
        OldValue anyType
        NewValue anyType""",
        system="bare",
        bin=False,
        replicateable=False,
    ),
    _object(
        "OpportunityStage",
        "01J",
        """MasterLabel string
        ApiName string
        SortOrder int
        IsActive boolean
        IsClosed boolean
        IsWon boolean
        DefaultProbability percent""",
        marked=False,
        bin=False,
        replicateable=False,
    ),
    _object(
        "Account",
        "001",
        """Name string
        Type picklist Prospect|Customer|Partner
        ParentId reference Account
        BillingAddress address
        Phone phone
        Website url
        Industry picklist Energy|Banking|Manufacturing|Retail
        AnnualRevenue currency
        NumberOfEmployees int
        Description textarea
        OwnerId reference User
        MasterRecordId reference Account""",
    ),
    _object(
        "Contact",
        "003",
        """AccountId reference Account
        FirstName string
        LastName string
        Email email
        LeadSource picklist Web|Phone Inquiry|Partner Referral|Other
        MailingAddress address
        HasOptedOutOfEmail boolean
        OwnerId reference User
        MasterRecordId reference Contact""",
    ),
    _object(
        "Lead",
        "00Q",
        """Company string
        LastName string
        Email email
        Status picklist Open|Working|Qualified|Unqualified
        LeadSource picklist Web|Phone Inquiry|Partner Referral|Other
        Rating picklist Hot|Warm|Cold
        IsConverted boolean
        ConvertedDate date
        ConvertedAccountId reference Account
        ConvertedContactId reference Contact
        ConvertedOpportunityId reference Opportunity
        OwnerId reference User
        MasterRecordId reference Lead""",
    ),
    _object(
        "Campaign",
        "701",
        """Name string
        Type picklist Email|Webinar|Conference
        Status picklist Planned|In Progress|Completed
        StartDate date
        EndDate date
        ExpectedRevenue currency
        BudgetedCost currency
        ActualCost currency
        NumberSent double
        NumberOfLeads =int
        NumberOfConvertedLeads =int
        NumberOfResponses =int
        NumberOfOpportunities =int
        AmountAllOpportunities =currency
        AmountWonOpportunities =currency
        OwnerId reference User""",
    ),
    _object(
        "CampaignMember",
        "00v",
        """CampaignId reference Campaign
        LeadId reference Lead
        ContactId reference Contact
        Status picklist Sent|Responded
        HasResponded boolean
        FirstRespondedDate date""",
        bin=False,
    ),
    _object(
        "User",
        "005",
        """Username string
        Name string
        Email email
        IsActive boolean
        UserRoleId reference UserRole
        ProfileId reference Profile
        ManagerId reference User
        TimeZoneSidKey picklist Europe/Berlin|America/New_York""",
        marked=False,
        bin=False,
    ),
    _object(
        "Case",
        "500",
        """CaseNumber string
        AccountId reference Account
        Subject string
        Status picklist New|Working|Escalated|Closed
        Priority picklist High|Medium|Low
        Origin picklist Phone|Email|Web
        IsClosed boolean
        ClosedDate datetime
        OwnerId reference User
        MasterRecordId reference Case""",
    ),
    _object(
        "TaskStatus",
        "01N",
        """MasterLabel string
        ApiName string
        SortOrder int
        IsDefault boolean
        IsClosed boolean""",
        marked=False,
        bin=False,
        replicateable=False,
        bulk=False,
    ),
    _object(
        "AccountChangeEvent",
        "0AE",
        "ReplayId string",
        system="bare",
        marked=False,
        queryable=False,
        replicateable=False,
    ),
)


class Schema:
    """The objects of an org, as they are now."""

    def __init__(self) -> None:
        self.objects = {o.name.lower(): o for o in STANDARD}
        self._prefixes = 0

    def object(self, name: str) -> Sobject | None:
        """An object by its name in any case."""
        return self.objects.get(name.lower())

    def add(self, name: str, *fields: Field, bin: bool = True) -> Sobject:  # noqa: A002 - the bin of the vendor
        """A new custom object, or more fields of one that there is."""
        old = self.object(name)
        if old is None:
            self._prefixes += 1
            old = _object(name, f"a{self._prefixes:02}", "Name string\nOwnerId reference User", bin=bin)
        known = {f.name for f in fields}
        kept = tuple(f for f in old.fields if f.name not in known)
        return self._keep(replace(old, fields=kept + fields))

    def drop(self, name: str, *fields: str) -> Sobject:
        """Fields are deleted."""
        old = self.objects[name.lower()]
        return self._keep(replace(old, fields=tuple(f for f in old.fields if f.name not in fields)))

    def hide(self, name: str, *fields: str) -> Sobject:
        """Field-level security keeps exactly these from the API's user."""
        return self._keep(replace(self.objects[name.lower()], hidden=frozenset(f.lower() for f in fields)))

    def _keep(self, made: Sobject) -> Sobject:
        self.objects[made.name.lower()] = made
        return made
