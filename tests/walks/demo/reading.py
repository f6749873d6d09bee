"""The silos of Messy, Inc., each read as what it is, with Python alone: what figures are compared with."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections import defaultdict
from datetime import date
from decimal import Decimal

import openpyxl
import pyarrow.parquet as pq


def table(path, *, encoding="utf-8", delimiter=","):
    return csv.DictReader(path.read_text(encoding=encoding).splitlines(), delimiter=delimiter)


def salesforce(messy, name):
    found = {}
    for row in table(messy.silos / "salesforce" / f"{name}.csv"):
        found[row["Id"]] = row  # a later row of an Id replaces the earlier one
    return list(found.values())


def snapshots(messy):
    for path in sorted((messy.silos / "exports" / "sales").iterdir()):
        yield from table(path)


def netsuite(messy, pattern):
    for path in sorted((messy.silos / "netsuite").glob(pattern)):
        yield from table(path, encoding="latin-1", delimiter="|")


def german(text):
    """A day, or None when there is no such day."""
    day, month, year = map(int, text.split("."))
    try:
        return date(year, month, day)
    except ValueError:
        return None


def comma(text):
    return None if text == "#REF" else Decimal(text.replace(".", "").replace(",", "."))


def leads(messy):
    """Steps of each person, the first date of each counts; contacts whose score is no number are not taken."""
    found = defaultdict(list)
    for path in sorted((messy.silos / "hubspot").glob("contacts-*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if record["properties"]["hubspotscore"] != "N/A":
                found[record["properties"]["email"].lower()].append((record["id"], record["properties"]))
    for group in found.values():
        first = min(group, key=lambda pair: pair[0])[1]

        def step(name, group=group):
            return min(
                (p[f"hs_lifecyclestage_{name}_date"] for _, p in group if p[f"hs_lifecyclestage_{name}_date"]),
                default=None,
            )

        yield first["hs_analytics_source"], step("marketingqualifiedlead"), step("salesqualifiedlead")


def spend(messy):
    for path in sorted((messy.silos / "exports" / "marketing").glob("ad_spend-20[0-9][0-9].json")):  # not the night's
        yield from json.loads(path.read_text(encoding="utf-8"))


def sheet(messy, file, name, skip):
    book = openpyxl.load_workbook(messy.silos / "workday" / file)
    header, *body = list(book[name].iter_rows(values_only=True))[skip:]
    return [dict(zip(header, row, strict=True)) for row in body]


def workers(messy):
    return {
        w["Employee_ID"]: w for w in sheet(messy, "Workers.xlsx", "Worker Details", 2) if w["Total_Base_Pay"] != "tbd"
    }


def parquet(messy, name):
    folder = "gainsight" if name == "company" else "exports/success"
    return pq.read_table(messy.silos / folder / f"{name}.parquet").to_pylist()


def machines(messy, sql):
    connection = sqlite3.connect(messy.silos / "machines" / "mes.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def taken(opportunities):
    return [o for o in opportunities if o["Amount"] != "tbd"]
