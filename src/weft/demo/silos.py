"""The silos of Messy, Inc., made by weft from a fixed seed: the same bytes each time."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SEED = 20261122
ACCOUNTS, DEALS, TICKETS, SELLERS = 400, 12_000, 20_000, 24
PRODUCTS = ("Loom 100", "Loom 200", "Loom Pro", "Shuttle", "Bobbin Care")
COUNTRIES = ("DE", "FR", "NL", "AT", "PL", "ES", "SE", "DK")
FIRST = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gina", "Hugo", "Ida", "Jon", "Kira", "Leo")
LAST = ("Abt", "Berg", "Costa", "Dahl", "Ernst", "Falk", "Gatti", "Holm", "Ilic", "Jung", "Kern", "Lang")
START = dt.date(2026, 1, 1)


def make(folder: Path) -> int:
    """Write all silos below `folder`; returns how many rows there are."""
    dice = random.Random(SEED)  # noqa: S311 - made-up data, not a secret
    rows = _crm(folder / "crm", dice)
    rows += _desk(folder / "desk", dice)
    return rows + _hr(folder / "hr.db", dice)


def _csv(path: Path, rows: Iterable[Sequence[object]], *, delimiter: str = ",") -> int:
    listed = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(listed)
    return len(listed) - 1


def _crm(folder: Path, dice: random.Random) -> int:
    accounts = [("account_id", " name ", "country", "contact_email")]
    for n in range(ACCOUNTS):
        country = "Germany" if n % 97 == 5 else dice.choice(COUNTRIES)  # noqa: PLR2004 - five that nobody mended
        accounts.append(
            (
                f"A-{n:04}",
                f"  {dice.choice(LAST)} {dice.choice(('AG', 'SA', 'BV'))} {n}",
                country,
                f"office{n}@customer{n}.example",
            )
        )
    rows = _csv(folder / "accounts.csv", accounts)
    rows += _csv(
        folder / "products.csv",
        [("product", "list_price"), *((p, f"{900 + 450 * n}.00") for n, p in enumerate(PRODUCTS))],
    )
    header = ("deal_id", "account_id", "product", "seller", "stage", "closed_on", "amount")
    quarters: dict[int, list[tuple[str, ...]]] = {1: [], 2: [], 3: []}
    for n in range(DEALS):
        quarters[1 + n * 3 // DEALS].append(_deal(n, dice))
    quarters[3] += quarters[2][:60]  # the export repeats what changed late
    for quarter, deals in quarters.items():
        rows += _csv(folder / f"deals-2026-q{quarter}.csv", [header, *deals], delimiter=";")
    return rows


def _deal(n: int, dice: random.Random) -> tuple[str, ...]:
    stage = dice.choices(("Won", "Lost", "Open"), (5, 3, 2))[0]
    day = START + dt.timedelta(days=n * 270 // DEALS)
    amount = f"{dice.randrange(40_000, 900_000) / 100:.2f}".replace(".", ",")
    if n % 1_500 == 700:  # noqa: PLR2004 - eight amounts that are no numbers
        amount = "tbd"
    product = "LoomPro" if n % 40 == 7 else dice.choice(PRODUCTS)  # noqa: PLR2004 - 300 misspelt
    closed = "n/a" if stage == "Open" else f"{day.day}.{day.month}.{day.year}"
    return (
        f"D-{n:05}",
        f"A-{dice.randrange(ACCOUNTS):04}",
        product,
        f"E{dice.randrange(SELLERS):03}",
        stage,
        closed,
        amount,
    )


def _desk(folder: Path, dice: random.Random) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "tickets.jsonl").open("w", encoding="utf-8") as file:
        for n in range(TICKETS):
            at = dt.datetime(2026, 1, 1, 8, tzinfo=dt.UTC) + dt.timedelta(minutes=19 * n)
            account = dice.randrange(ACCOUNTS)
            ticket = {
                "ticket_id": 10_000 + n,
                "account_id": f"A-{account:04}",
                "opened_at": at.isoformat().replace("+00:00", "Z"),
                "status": "open" if dice.random() < 0.1 else "closed",  # noqa: PLR2004 - one in ten
                "severity": 9 if n % 5_000 == 42 else dice.randint(1, 4),  # noqa: PLR2004 - four that cannot be
                "requester": {"email": f"user{dice.randrange(50)}@customer{account}.example", "language": "en"},
            }
            file.write(json.dumps(ticket) + "\n")
    return TICKETS


def _hr(path: Path, dice: random.Random) -> int:
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.execute(
        "CREATE TABLE employees (employee_id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT, role TEXT, "
        "hired_on TEXT, salary NUMERIC)"
    )
    people = []
    for n in range(SELLERS + 16):
        first, last = FIRST[n % len(FIRST)], LAST[(n * 5 + n // len(FIRST)) % len(LAST)]
        hired = dt.date(2015, 1, 1) + dt.timedelta(days=dice.randrange(4_000))
        role = "seller" if n < SELLERS else "engineer"
        mail = f"{first}.{last}@messy.example".lower()
        people.append((f"E{n:03}", f"{first} {last}", mail, role, hired.isoformat(), 48_000 + 500 * dice.randrange(80)))
    with database:
        database.executemany("INSERT INTO employees VALUES (?, ?, ?, ?, ?, ?)", people)
    database.close()
    return len(people)
