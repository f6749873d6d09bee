"""What an account of the simulator holds: tables, their columns as SuiteQL sees them, and the records behind them.

A column is `name:type`, the name as the Record API spells it (SuiteQL knows it in lower case). Types: `int`, `text`,
`num`, `bool` ("T"/"F"), `date`, `ts` (account's time zone, seconds), `multi` (text "1, 3"), `ref` (id of another
record). Behind the type: `*` part of the key, `!` only the Record API has it, `-` exists but is not exposed to
SuiteQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TRANSACTIONS = {
    "invoice": "CustInvc",
    "cashSale": "CashSale",
    "creditMemo": "CustCred",
    "salesOrder": "SalesOrd",
    "vendorBill": "VendBill",
    "journalEntry": "Journal",
    "itemFulfillment": "ItemShip",
    "workOrder": "WorkOrd",
    "opportunity": "Opprtnty",
}
"""Record type to the value of `transaction.type`."""

_TEXT = """
transaction id:int* transactionNumber:text tranId:text type:text tranDate:date status:text posting:bool \
postingPeriod:ref entity:ref currency:ref exchangeRate:num foreignTotal:num memo:text createdDate:ts closeDate:date \
lastModifiedDate:ts actualProductionStartDate:date actualProductionEndDate:date employee:ref externalId:text \
voided:bool subsidiary:ref- total:num! custbody_channel:text custbody_priority:int
transactionLine uniqueKey:int* transaction:ref id:int lineSequenceNumber:int mainLine:bool taxLine:bool isCogs:bool \
item:ref itemType:text quantity:num quantityShipRecv:num rate:num netAmount:num foreignAmount:num costEstimate:num \
estGrossProfit:num subsidiary:ref department:ref class:ref location:ref createdFrom:ref memo:text \
lineLastModifiedDate:ts custcol_batch:text
transactionAccountingLine transaction:ref* transactionLine:int* accountingBook:ref* account:ref amount:num \
debit:num credit:num netAmount:num exchangeRate:num posting:bool lastModifiedDate:ts
account id:int* acctNumber:text acctType:text fullName:text displayNameWithHierarchy:text parent:ref \
subsidiary:multi currency:ref isInactive:bool isSummary:bool lastModifiedDate:ts
customer id:int* entityId:text companyName:text email:text phone:text parent:ref salesRep:ref currency:ref \
subsidiary:ref isInactive:bool isPerson:bool dateCreated:ts lastModifiedDate:ts balance:num! \
custentity_segment:text custentity_seats:int
vendor id:int* entityId:text companyName:text email:text currency:ref subsidiary:ref isInactive:bool dateCreated:ts \
lastModifiedDate:ts
employee id:int* entityId:text firstName:text lastName:text email:text title:text department:ref subsidiary:ref \
supervisor:ref hireDate:date releaseDate:date isInactive:bool lastModifiedDate:ts
item id:int* itemId:text fullName:text displayName:text itemType:text incomeAccount:ref expenseAccount:ref cost:num \
isInactive:bool createdDate:ts lastModifiedDate:ts
subsidiary id:int* name:text fullName:text parent:ref currency:ref country:text isElimination:bool isInactive:bool \
lastModifiedDate:ts
accountingPeriod id:int* periodName:text startDate:date endDate:date isQuarter:bool isYear:bool isAdjust:bool \
closed:bool closedOnDate:ts parent:ref lastModifiedDate:ts
accountingBook id:int* name:text isPrimary:bool lastModifiedDate:ts
currency id:int* name:text symbol:text isBaseCurrency:bool isInactive:bool exchangeRate:num lastModifiedDate:ts
department id:int* name:text fullName:text parent:ref subsidiary:multi isInactive:bool lastModifiedDate:ts
classification id:int* name:text fullName:text parent:ref subsidiary:multi isInactive:bool lastModifiedDate:ts
location id:int* name:text fullName:text parent:ref subsidiary:ref isInactive:bool lastModifiedDate:ts
consolidatedExchangeRate id:int* fromSubsidiary:ref toSubsidiary:ref postingPeriod:ref accountingBook:ref \
averageRate:num currentRate:num historicalRate:num
deletedRecord deletedDate:ts type:text recordId:int recordTypeId:int name:text context:text deletedBy:ref \
isCustomList:bool isCustomRecord:bool
customrecord_subscription id:int* name:text custrecord_customer:ref custrecord_monthly:num custrecord_start:date \
isInactive:bool created:ts lastModified:ts
"""


@dataclass(frozen=True)
class Column:
    """One column."""

    record_name: str
    type: str
    key: bool = False
    hidden: str = ""
    """`!` only in the Record API, `-` not exposed, empty: SuiteQL has it."""

    @property
    def name(self) -> str:
        """As SuiteQL knows it."""
        return self.record_name.lower()

    @property
    def custom(self) -> bool:
        """Made by the account's administrator."""
        return self.record_name.startswith("cust")


@dataclass(frozen=True)
class Table:
    """One table."""

    record: str
    columns: dict[str, Column] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """As SuiteQL knows it."""
        return self.record.lower()

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the key's columns; empty: the table has none."""
        return tuple(c.name for c in self.columns.values() if c.key)

    @property
    def modified(self) -> str | None:
        """The column that moves when a row changes."""
        return next(
            (n for n in ("lastmodifieddate", "linelastmodifieddate", "lastmodified") if n in self.columns), None
        )


def _column(text: str) -> Column:
    name, _, kind = text.partition(":")
    hidden = kind[-1] if kind[-1] in "!-" else ""
    return Column(name, kind.rstrip("*!-"), key=kind.endswith("*"), hidden=hidden)


def tables() -> dict[str, Table]:
    """A fresh set of the account's tables, by their SuiteQL name."""
    found = {}
    for line in _TEXT.strip().splitlines():
        record, *columns = line.split()
        found[record.lower()] = Table(record, {c.name: c for c in map(_column, columns)})
    return found


def identity(table: Table, row: Mapping[str, Any]) -> str:
    """A row's id in the ledger: the parts of its key, joined."""
    return "|".join(str(row[k]) for k in table.key)
