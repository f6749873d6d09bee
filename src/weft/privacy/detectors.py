"""What is looked for, by name and by values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from weft.privacy import looks

if TYPE_CHECKING:
    from collections.abc import Callable


class Detector(Struct, frozen=True):
    """One kind of personal data."""

    tag: str
    title: str
    """Plural, for people."""
    phrases: tuple[str, ...]
    """Words of a column's name that speak for it."""
    looks: Callable[[str], bool]
    """What values look like under such a name."""
    share: float = 0.5
    """Least share of such values under such a name."""
    alone: Callable[[str], bool] | None = None
    """What values look like that speak for themselves, under any name; none = the name is needed."""
    alone_share: float = 0.8
    """Least share of those under any name."""
    but: tuple[str, ...] = ()
    """Words of a name that speak against it."""
    classification: str = "confidential"


_THINGS = ("product", "company", "file", "host", "domain", "table", "column", "brand", "city", "country", "account")

DETECTORS = (
    Detector(
        tag="pii.email",
        title="e-mail addresses",
        phrases=("email", "e mail", "mail", "email address"),
        looks=looks.email,
        share=0.01,
        alone=looks.email,
        alone_share=0.05,
    ),
    Detector(
        tag="pii.iban",
        title="bank account numbers",
        phrases=("iban", "bank account", "account number"),
        looks=looks.iban,
        share=0.05,
        alone=looks.iban,
        alone_share=0.1,
        classification="restricted",
    ),
    Detector(
        tag="pii.card",
        title="payment card numbers",
        phrases=("card", "card number", "credit card", "pan", "cc", "cc number", "creditcard"),
        looks=looks.card,
        share=0.5,
        alone=looks.card,
        # One of ten random numbers passes Luhn, one of four has an issuer's prefix.
        alone_share=0.8,
        classification="restricted",
    ),
    Detector(
        tag="pii.phone",
        title="telephone numbers",
        phrases=("phone", "phone number", "telephone", "tel", "mobile", "cell", "fax", "telefon", "handy", "msisdn"),
        looks=looks.dialled,
        alone=looks.phone,
        alone_share=0.5,
        but=("service", "model", "type"),
    ),
    Detector(
        tag="pii.national_id",
        title="numbers of identity papers",
        phrases=(
            "ssn",
            "social security",
            "national id",
            "national insurance",
            "nino",
            "passport",
            "tax id",
            "tin",
            "dni",
            "nie",
            "nir",
            "ahv",
            "personnummer",
            "pesel",
            "bsn",
            "codice fiscale",
            "steuer id",
            "driver license",
            "drivers license",
        ),
        looks=looks.anything,
        alone=looks.national_id,
        alone_share=0.5,
        classification="restricted",
    ),
    Detector(
        tag="pii.ip",
        title="IP addresses",
        phrases=("ip", "ip address", "client ip", "remote addr", "ipv4", "ipv6"),
        looks=looks.ip,
        alone=looks.ip,
        alone_share=0.8,
    ),
    Detector(
        tag="pii.name",
        title="names of people",
        phrases=(
            "first name",
            "last name",
            "full name",
            "surname",
            "given name",
            "family name",
            "middle name",
            "maiden name",
            "forename",
            "lastname",
            "vorname",
            "nachname",
        ),
        looks=looks.letters,
        but=_THINGS,
    ),
    Detector(
        tag="pii.name",
        title="names of people",
        phrases=(
            "name",
            "agent",
            "manager",
            "employee",
            "contact",
            "person",
            "rep",
            "owner",
            "customer",
            "patient",
            "student",
            "user",
            "author",
            "assignee",
            "reporter",
            "recipient",
            "cardholder",
        ),
        looks=looks.person,
        share=0.7,
        but=(*_THINGS, "id", "type", "status", "title", "role", "segment", "count"),
    ),
    Detector(
        tag="pii.birth_date",
        title="dates of birth",
        phrases=(
            "birth",
            "birth date",
            "birthday",
            "dob",
            "date of birth",
            "born",
            "geburtsdatum",
            "birth year",
            "year of birth",
        ),
        looks=looks.date,
    ),
    Detector(
        tag="pii.age",
        title="ages",
        phrases=("age", "age years", "age group", "senior citizen", "alter"),
        looks=looks.age,
        share=0.9,
        but=("account", "company", "tool", "machine", "asset", "days", "building"),
    ),
    Detector(
        tag="pii.gender",
        title="genders",
        phrases=("gender", "sex", "geschlecht"),
        looks=looks.gender,
        alone=looks.spelt_gender,
        alone_share=0.9,
    ),
    Detector(
        tag="pii.income",
        title="incomes",
        phrases=(
            "income",
            "salary",
            "wage",
            "wages",
            "pay",
            "compensation",
            "earnings",
            "hourly rate",
            "daily rate",
            "monthly rate",
            "bonus",
            "gehalt",
            "base pay",
        ),
        looks=looks.amount,
        share=0.7,
        but=("statement", "tax", "method", "net", "operating", "type"),
    ),
    Detector(
        tag="pii.address",
        title="addresses of people",
        phrases=(
            "address",
            "street",
            "zip",
            "zip code",
            "zipcode",
            "postcode",
            "postal code",
            "addr",
            "home address",
            "adresse",
            "plz",
            "house number",
        ),
        looks=looks.anything,
        but=("ip", "mac", "email", "mail", "web", "url", "memory", "remote", "client"),
    ),
    Detector(
        tag="pii.marital_status",
        title="marital statuses",
        phrases=("marital status", "marital", "civil status", "familienstand"),
        looks=looks.letters,
    ),
    Detector(
        tag="pii.special",
        title="facts that the law protects most (health, belief, origin)",
        phrases=(
            "religion",
            "religious",
            "ethnicity",
            "ethnic",
            "diagnosis",
            "disability",
            "sexual orientation",
            "political opinion",
            "trade union",
            "blood type",
            "medical",
        ),
        looks=looks.anything,
        classification="restricted",
    ),
)
