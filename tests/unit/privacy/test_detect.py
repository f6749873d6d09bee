"""Personal data is found by name and values, and what is none is left alone."""

from __future__ import annotations

import csv
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.privacy import detect
from weft.privacy.words import words

IBANS = ["DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19", "FR1420041010050500013M02606", "NO9386011117947"]
CARDS = ["4111111111111111", "5500 0000 0000 0004", "3400-000000-00009", "6011000000000004"]


def tags(name, values):
    return {one.tag for one in detect(name, values)}


@pytest.mark.parametrize(
    ("name", "values", "tag"),
    [
        ("email", ["a@b.com", "x.y+z@sub.example.org"], "pii.email"),
        ("c7", ["a@b.com"] * 2 + ["-"] * 8, "pii.email"),
        ("notes", ["called, then wrote to ann@example.com", "ok", "ok"], "pii.email"),
        ("ref", IBANS, "pii.iban"),
        ("text", ["please pay to DE89370400440532013000 today", "x"], "pii.iban"),
        ("c", CARDS, "pii.card"),
        ("Phone", ["0171 2345678", "(089) 1234-567"], "pii.phone"),
        ("c", ["+49 171 2345678", "+1 (555) 123-4567"], "pii.phone"),
        ("c", ["(415) 555-2671", "415-555-2671"], "pii.phone"),
        ("c", ["123-45-6789", "078-05-1120"], "pii.national_id"),
        ("c", ["12345678Z", "X1234567L"], "pii.national_id"),
        ("c", ["QQ 12 34 56 C".replace("QQ", "AB"), "AB123456D"], "pii.national_id"),
        ("c", ["RSSMRA85T10A562S"], "pii.national_id"),
        ("c", ["756.9217.0769.85"], "pii.national_id"),
        ("c", ["2 55 08 14 168 025 38".replace(" ", "")], "pii.national_id"),
        ("passport_no", ["C01X00T47"], "pii.national_id"),
        ("c", ["84.12.3.77", "2001:db8::1"], "pii.ip"),
        ("FirstName", ["Ada", "Grace"], "pii.name"),
        ("nachname", ["Müller", "Özdemir"], "pii.name"),
        ("sales_agent", ["Anna Snelling", "Cecily Lampkin"], "pii.name"),
        ("customer_name", ["Ludwig van Beethoven", "O'Neill, Rose"], "pii.name"),
        ("DateOfBirth", ["1990-01-31", "31.1.1990"], "pii.birth_date"),
        ("dob", ["1/31/90"], "pii.birth_date"),
        ("Age", ["41", "49"], "pii.age"),
        ("age_group", ["30-39", "65+"], "pii.age"),
        ("SeniorCitizen", ["0", "1"], "pii.age"),
        ("gender", ["M", "F"], "pii.gender"),
        ("c", ["Female", "Male"], "pii.gender"),
        ("MonthlyIncome", ["5993", "5130.50"], "pii.income"),
        ("salary", ["€ 50.000,00", "50k-60k".replace("k", "000")], "pii.income"),
        ("home_address", ["1 Main St"], "pii.address"),
        ("Zip Code", ["80331"], "pii.address"),
        ("MaritalStatus", ["Single", "Married"], "pii.marital_status"),
        ("religion", ["x"], "pii.special"),
        ("email", [None, "", " "], "pii.email"),
    ],
)
def test_what_is_found(name, values, tag):
    assert tag in tags(name, values)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("id", ["dac32acd4db4c29c230538b72f8dd87d"]),
        ("order_date", ["2018-02-01", "1/31/2018"]),
        ("version", ["1.2.3", "10.0"]),
        ("company_name", ["Acme Corporation", "Bolt Group"]),
        ("account", ["Dontechi Inc", "Cancity"]),
        ("product", ["GTX Basic", "MG Special"]),
        ("status", ["M", "F"]),
        ("iban", ["DE00370400440532013000"]),
        ("number", ["4111111111111112"] * 3),
        ("page", ["1", "2"]),
        ("language", ["en"]),
        ("package", ["1"]),
        ("tool_age", ["12"]),
        ("PhoneService", ["Yes", "No"]),
        ("PaymentMethod", ["Mailed check"]),
        ("ip_address_count", ["3"]),
        ("c", ["12-05-2018", "2018-05-12"]),
        ("c", ["12345678A"]),
        ("amount", ["12.50"]),
        ("c", []),
    ],
)
def test_what_is_none_is_left_alone(name, values):
    assert tags(name, values) == set()


def test_random_numbers_are_no_cards():
    picked = random.Random(7)
    values = ["".join(picked.choice("0123456789") for _ in range(16)) for _ in range(500)]
    assert tags("order_no", values) == set()


def test_the_evidence_tells_shares_and_never_a_value():
    values = ["ann@example.com", "bob@example.com", "none", "n/a"]
    (found,) = detect("email", values)
    assert (found.share, found.named, found.score) == (0.5, True, 0.6)
    assert found.text == "50% of 4 values look like e-mail addresses, and so does the name"
    assert found.classification == "confidential"
    assert not any(value in found.model_dump_json() for value in values)


def test_the_strongest_comes_first():
    found = detect("contact", ["ann@example.com", "bob@example.com", "+49 171 2345678"])
    assert [one.tag for one in found] == ["pii.email"]
    both = detect("phone", ["+49 171 2345678"] * 9 + ["ann@example.com"])
    assert [one.tag for one in both] == ["pii.phone", "pii.email"]


@pytest.mark.parametrize("iban", IBANS)
def test_a_wrong_check_digit_is_no_iban(iban):
    wrong = iban[:-1] + str((int(iban[-1]) + 1) % 10)
    assert "pii.iban" in tags("c", [iban])
    assert "pii.iban" not in tags("c", [wrong])


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("MonthlyIncome", ("monthly", "income")),
        ("customerID", ("customer", "id")),
        ("IPAddress", ("ip", "address")),
        ("Air temperature [K] ", ("air", "temperature", "k")),
        ("first-name_2", ("first", "name", "2")),
        ("", ()),
    ],
)
def test_words(name, found):
    assert words(name) == found


@given(st.text(max_size=30), st.lists(st.one_of(st.none(), st.text(max_size=400)), max_size=20))
def test_anything_can_be_looked_at(name, values):
    for one in detect(name, values):
        assert 0 <= one.share <= 1
        assert 0 <= one.score <= 0.9


@pytest.mark.parametrize(
    "text", ["a" * 300, "a." * 150, "1 " * 150, "A1" * 150, "-" * 300, "a@" * 150, "Aa " * 100, "1," * 150]
)
def test_no_value_takes_long(text):
    start = time.process_time()
    detect("name email phone income age iban", [text] * 50)
    assert time.process_time() - start < 1


EXPECTED = {
    "crm_accounts": set(),
    "crm_products": set(),
    "crm_sales_pipeline": {("sales_agent", "pii.name")},
    "crm_sales_teams": {("sales_agent", "pii.name"), ("manager", "pii.name")},
    "customer_churn": {("gender", "pii.gender"), ("SeniorCitizen", "pii.age")},
    "hr_employees": {
        ("Age", "pii.age"),
        ("Gender", "pii.gender"),
        ("MaritalStatus", "pii.marital_status"),
        ("MonthlyIncome", "pii.income"),
        ("HourlyRate", "pii.income"),
        ("MonthlyRate", "pii.income"),
        ("PercentSalaryHike", "pii.income"),
    },
    "machine_runs": set(),
    "marketing_closed_deals": set(),
    "marketing_qualified_leads": set(),
}


@pytest.mark.parametrize("silo", EXPECTED)
def test_real_silos(shared, silo):
    with (shared / "data" / "real" / f"{silo}.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row, _ in zip(csv.reader(file), range(1001), strict=False)]
    columns = dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))
    assert {(name.strip(), one.tag) for name, values in columns.items() for one in detect(name, values)} == EXPECTED[
        silo
    ]
