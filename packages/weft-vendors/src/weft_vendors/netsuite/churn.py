"""What happens in the account: new, changed and deleted records, and what NetSuite keeps of a deletion."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from weft_vendors.netsuite.tables import TRANSACTIONS, Column, identity
from weft_vendors.netsuite.times import local

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

    from weft_vendors.core import Row
    from weft_vendors.netsuite.account import NetSuite

OBJECTS = (
    "transaction",
    "transactionline",
    "transactionaccountingline",
    "customer",
    "item",
    "account",
    "employee",
    "vendor",
    "subsidiary",
    "accountingperiod",
    "department",
    "classification",
    "location",
    "currency",
    "customrecord_subscription",
)
_PARENTS = {"transactionline": "transaction", "transactionaccountingline": "transactionline"}
_WORDS = ("Ohm", "Zürich", "Łódź", "naïve", 'says "no"', "A, B", "été", "x" * 40)
_CHOICES = {
    "type": tuple(TRANSACTIONS.values()),
    "accttype": ("Income", "OthIncome", "COGS", "Expense", "OthExpense", "NonPosting"),
    "itemtype": ("InvtPart", "Service", "Assembly"),
    "symbol": ("EUR", "USD", "GBP", "JPY"),
}


def next_id(vendor: NetSuite, object_: str) -> int:
    """The next internal id: higher than any ever given in the account's table."""
    vendor.highest[object_] = vendor.highest.get(object_, 0) + 1
    return vendor.highest[object_]


def count_ids(vendor: NetSuite, object_: str, rows: Iterable[Row]) -> None:
    """Ids that come from elsewhere are not given again."""
    key = vendor.tables[object_].key
    if len(key) == 1:
        vendor.highest[object_] = max([vendor.highest.get(object_, 0), *(int(row[key[0]]) for row in rows)])


def invent(vendor: NetSuite, object_: str, random: Random) -> Row:
    """A new record."""
    row: Row = {c.name: _value(vendor, c, random) for c in vendor.tables[object_].columns.values() if not c.key}
    if object_ == "transactionline":
        return {**row, "uniquekey": next_id(vendor, object_), **_line(vendor, random)}
    if object_ == "transactionaccountingline":
        return {**row, **_accounting(vendor, random)}
    return {**row, "id": next_id(vendor, object_)}


def _line(vendor: NetSuite, random: Random) -> Row:
    header = _one(vendor, "transaction", random)
    number = next_id(vendor, f"line:{header}")
    vendor.touch("transaction", str(header))
    return {"transaction": header, "id": number, "linesequencenumber": number}


def _accounting(vendor: NetSuite, random: Random) -> Row:
    parent = _one(vendor, "transactionline", random)
    line = vendor.ledger.rows("transactionline")[str(parent)]
    return {"transaction": line["transaction"], "transactionline": line["id"], "accountingbook": 1}


def _one(vendor: NetSuite, object_: str, random: Random) -> int:
    """The id of some record of that table, made where there is none."""
    there = vendor.ledger.rows(object_)
    if not there:
        vendor.put(object_, invent(vendor, object_, random))
    return int(random.choice(list(there)))


def altered(vendor: NetSuite, object_: str, row: Row, random: Random) -> Row:
    """The record with one to three values changed; its keys and parents stay."""
    fixed = {"transaction", "transactionline", "accountingbook", "id", "uniquekey", "linesequencenumber", "type"}
    columns = [c for c in vendor.tables[object_].columns.values() if not c.key and c.name not in fixed]
    chosen = random.sample(columns, min(random.randint(1, 3), len(columns)))
    return {**row, **{c.name: _value(vendor, c, random) for c in chosen}}


def _value(vendor: NetSuite, column: Column, random: Random) -> Any:
    if random.random() < 0.15:  # noqa: PLR2004
        return None
    if column.name in _CHOICES:
        return random.choice(_CHOICES[column.name])
    then = vendor.clock.now() - timedelta(seconds=random.randrange(10**7))
    makers: dict[str, Callable[[], Any]] = {
        "int": lambda: random.randint(1, 9),
        "ref": lambda: random.randint(1, 5),
        "num": lambda: random.choice([random.randint(-(10**6), 10**6), random.randint(-(10**10), 10**10) / 100]),
        "bool": lambda: random.choice("TF"),
        "date": lambda: f"2026-{random.randint(1, 12):02}-{random.randint(1, 28):02}",
        "ts": lambda: local(then, vendor.settings.zone),
        "multi": lambda: ", ".join(str(n) for n in sorted(random.sample(range(1, 7), 2))),
        "text": lambda: f"{random.choice(_WORDS)} {random.randint(1, 999)}",
    }
    return makers[column.type]()


def delete(vendor: NetSuite, object_: str, ids: Iterable[str]) -> None:
    """Deletes: a record of its own leaves a row in `deletedrecord`, a line leaves none but moves its transaction."""
    table = vendor.tables[object_]
    now = vendor.clock.now()
    for id_ in [i for i in ids if i in vendor.ledger.rows(object_)]:
        row = vendor.ledger.rows(object_)[id_]
        vendor.store.delete(object_, dict(zip(table.key, id_.split("|"), strict=True)))
        vendor.ledger.delete(object_, [id_], now)
        _children(vendor, object_, row)
        if object_ in _PARENTS:
            vendor.touch("transaction", str(row["transaction"]))
        else:
            vendor.store.put("deletedrecord", [_tombstone(vendor, object_, row)])


def _children(vendor: NetSuite, object_: str, row: Row) -> None:
    where = {
        "transaction": {"transaction": row.get("id")},
        "transactionline": {"transaction": row.get("transaction"), "transactionline": row.get("id")},
    }.get(object_)
    for child in ("transactionline", "transactionaccountingline") if where else ():
        if set(where or {}) <= set(vendor.tables[child].columns):
            gone = vendor.store.delete(child, where or {})
            vendor.ledger.delete(child, [identity(vendor.tables[child], g) for g in gone], vendor.clock.now())


def _tombstone(vendor: NetSuite, object_: str, row: Row) -> Row:
    table = vendor.tables[object_]
    kinds = {kind: record for record, kind in TRANSACTIONS.items()}
    custom = object_.startswith("customrecord")
    return {
        "deleteddate": local(vendor.clock.now(), vendor.settings.zone),
        "type": kinds.get(str(row.get("type")), table.record).lower() if object_ == "transaction" else table.name,
        "recordid": row["id"],
        "name": str(row.get("tranid") or row.get("name") or row["id"]),
        "context": "UI",
        "iscustomrecord": "T" if custom else "F",
        "iscustomlist": "F",
    }
