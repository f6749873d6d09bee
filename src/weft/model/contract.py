"""A contract (ODCS), its tables and their properties."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

from pydantic import Field

from weft.model.noun import Noun
from weft.model.problem import Position

LogicalType = Literal[
    "string", "integer", "number", "boolean", "date", "timestamp", "time", "object", "array", "map", "vector"
]
Severity = Literal["error", "warning", "info"]


class Rule(Noun):
    """One entry of an ODCS `quality[]`."""

    name: str
    """Given by the author, or derived: `<column>.<metric>`; unique in its table."""
    type: Literal["library", "sql", "text", "custom"] = "library"
    metric: str = ""
    """Library metric (nullValues, missingValues, invalidValues, duplicateValues, rowCount), or a custom rule's kind."""
    column: str | None = None
    """The property it stands on, the field of an object as `address.city`; none = the table."""
    query: str = ""
    """SQL of a rule of type sql, with {object} and {property}."""
    operator: str = ""
    """ODCS operator: mustBe, mustNotBe, mustBeGreaterThan, mustBeGreaterOrEqualTo, mustBeLessThan,
    mustBeLessOrEqualTo, mustBeBetween, mustNotBeBetween."""
    threshold: Any = None
    """Right side of the operator: a number, or a pair for the between operators."""
    unit: Literal["rows", "percent"] = "rows"
    arguments: dict[str, Any] = Field(default_factory=dict)
    """Of the metric (missingValues, validValues, pattern, properties), or the parameters of a custom kind."""
    severity: Severity = "error"
    """error quarantines rows or holds the publication; warning raises an incident; info is only recorded."""
    dimension: str = ""
    """accuracy, completeness, conformity, consistency, coverage, timeliness or uniqueness."""
    schedule: str = ""
    """Cron expression (UTC) by which the rule is judged; empty = with every version."""
    scheduler: str = ""
    """Who runs the schedule; weft runs cron."""
    description: str = ""
    position: Position | None = None


class Property(Noun):
    """One column of a table, as the contract declares it."""

    name: str
    type: LogicalType = "string"
    physical_name: str = ""
    """Name in the source; empty = the same as `name`."""
    physical_type: str = ""
    """Type in the source, for people; DECIMAL(p,s) here makes a number that decimal."""
    options: dict[str, Any] = Field(default_factory=dict)
    """ODCS logicalTypeOptions: format, pattern, minLength, maxLength, minimum, maximum, exclusiveMinimum,
    exclusiveMaximum, multipleOf, minItems, maxItems, uniqueItems, timezone, defaultTimezone."""
    required: bool = False
    unique: bool = False
    key: int = 0
    """Position in the primary key counted from 1; 0 = not part of it."""
    classification: str = ""
    """public, internal, confidential or restricted; empty = internal."""
    tags: tuple[str, ...] = ()
    description: str = ""
    business_name: str = ""
    definitions: tuple[str, ...] = ()
    """URLs of its authoritativeDefinitions; `glossary:churn` is a term."""
    examples: tuple[Any, ...] = ()
    enum: tuple[Any, ...] = ()
    """Allowed values (ODCS 3.2); empty = any."""
    items: Property | None = None
    """Element of an array, or value of a map."""
    properties: tuple[Property, ...] = ()
    """Fields of an object."""
    quality: tuple[Rule, ...] = ()
    custom: dict[str, Any] = Field(default_factory=dict)
    """customProperties of the contract, by name."""
    position: Position | None = None

    @property
    def source_name(self) -> str:
        """The name to look for in the source."""
        return self.physical_name or self.name

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Its own rules, then those of its fields."""
        return self.quality + tuple(r for p in self.properties for r in p.rules)


class Table(Noun):
    """One schema object of a contract."""

    name: str
    description: str = ""
    business_name: str = ""
    definitions: tuple[str, ...] = ()
    """As those of a property."""
    properties: tuple[Property, ...] = ()
    quality: tuple[Rule, ...] = ()
    """Rules of the table; those of a property stand on the property."""
    tags: tuple[str, ...] = ()
    custom: dict[str, Any] = Field(default_factory=dict)
    position: Position | None = None

    @property
    def stream(self) -> str:
        """`source.stream` that feeds the table (customProperties `weft.stream`); empty = none."""
        return str(self.custom.get("weft.stream", ""))

    @property
    def drift(self) -> str:
        """What a change of the source's columns does: evolve, freeze or quarantine (`weft.drift`)."""
        return str(self.custom.get("weft.drift", "evolve"))

    @property
    def cursor(self) -> str:
        """Column that tells which of two rows with one key is newer (`weft.cursor`); empty = the later read."""
        return str(self.custom.get("weft.cursor", ""))

    @property
    def was(self) -> tuple[str, ...]:
        """Full names that the table had before (`weft.was`: one or a list): who asks for them is told where it went."""
        said = self.custom.get("weft.was", ())
        return (said,) if isinstance(said, str) else tuple(said)

    @property
    def all_definitions(self) -> tuple[str, ...]:
        """Its own definitions, then those of its columns."""
        return self.definitions + tuple(d for p in self.properties for d in p.definitions)

    @cached_property
    def primary_key(self) -> tuple[str, ...]:
        """Names of the key's columns in their order; empty = no key, rows are appended."""
        keyed = sorted((p for p in self.properties if p.key), key=lambda p: p.key)
        return tuple(p.name for p in keyed)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules: those of the table, then those of its properties and of the fields of objects."""
        return self.quality + tuple(r for p in self.properties for r in p.rules)


class SLA(Noun):
    """One entry of ODCS slaProperties."""

    property: str
    """frequency, freshness (latency), retention, ..."""
    value: Any = None
    unit: str = ""
    """d, h, m, y or their long forms."""
    element: str = ""


class Price(Noun):
    """What reading is metered at."""

    amount: float
    currency: str = ""
    unit: str = ""


class Role(Noun):
    """An entry of ODCS roles: who named this role may read."""

    role: str
    access: str = "read"
    approvers: str = ""


class TeamMember(Noun):
    """A member of the contract's or product's team."""

    username: str
    role: str = ""
    name: str = ""


class Contract(Noun):
    """An ODCS document."""

    id: str
    version: str = "1.0.0"
    api_version: str = "v3.1.0"
    status: str = "draft"
    """proposed, draft, active, deprecated, retired."""
    name: str = ""
    domain: str = ""
    product: str = ""
    """Folder name of the product it lies in; empty for a document on its own."""
    purpose: str = ""
    usage: str = ""
    limitations: str = ""
    tables: tuple[Table, ...] = ()
    sla: tuple[SLA, ...] = ()
    roles: tuple[Role, ...] = ()
    team: tuple[TeamMember, ...] = ()
    price: Price | None = None
    tags: tuple[str, ...] = ()
    custom: dict[str, Any] = Field(default_factory=dict)
    position: Position | None = None

    @property
    def ends(self) -> str:
        """Day from which nobody keeps it any more (slaProperties endOfLife), ISO 8601; empty = not said."""
        return next((str(s.value) for s in self.sla if s.property.lower() == "endoflife"), "")

    @property
    def successor(self) -> str:
        """Table or product to read instead (`weft.successor`); empty = none."""
        return str(self.custom.get("weft.successor", ""))

    @property
    def major(self) -> int:
        """Major version; 1 when the version does not start with a number."""
        head = self.version.lstrip("v").partition(".")[0]
        return int(head) if head.isdigit() and int(head) else 1
