"""What a tenant of the simulator holds.

A field is `name:type`, the name as WQL knows it. Types: `wid` (32 hexadecimal digits, the key), `text`, `num`,
`bool`, `date`, `ts` (moment of entry, UTC, milliseconds), `money` (amount, in the tenant's currency), `ref.object`
(WID of another record), `group` (texts, in a report always a group of rows), `list` (texts, in a report a plain text
where there is just one).
"""

from __future__ import annotations

from dataclasses import dataclass

_TEXT = """
worker workdayID:wid employeeID:text fullName:text firstName:text lastName:text primaryWorkEmail:text \
primaryWorkPhone:text businessTitle:text isManager:bool active:bool workerType:text hireDate:date \
terminationDate:date birthDate:date fte:num annualBasePay:money costCenter:ref.costCenter company:ref.organization \
primarySupervisoryOrganization:ref.organization jobFamilyGroups:group certifications:list cf_BonusTarget:num \
effectiveDate:date lastFunctionallyUpdated:ts
position workdayID:wid positionID:text worker:ref.worker jobProfile:text primary:bool fte:num \
costCenter:ref.costCenter startDate:date lastFunctionallyUpdated:ts
organization workdayID:wid code:text name:text organizationType:text superior:ref.organization inactive:bool \
lastFunctionallyUpdated:ts
costCenter workdayID:wid referenceID:text name:text inactive:bool lastFunctionallyUpdated:ts
requisition workdayID:wid requisitionID:text jobTitle:text status:text openings:num openDate:date \
targetHireDate:date costCenter:ref.costCenter lastFunctionallyUpdated:ts
journalLine workdayID:wid journalNumber:text accountingDate:date ledgerAccount:text debit:num credit:num \
currency:text costCenter:ref.costCenter company:ref.organization status:text lastFunctionallyUpdated:ts
paySlip workdayID:wid worker:ref.worker date:date gross:num net:num status:text lastFunctionallyUpdated:ts
timeOffEntry workdayID:wid worker:ref.worker date:date units:num unitOfTime:text status:text \
lastFunctionallyUpdated:ts
jobProfile workdayID:wid name:text jobFamily:text inactive:bool lastFunctionallyUpdated:ts
"""

NAMES = ("fullName", "name", "jobTitle", "positionID", "journalNumber", "date")
"""The first of them that a record has is its descriptor."""


@dataclass(frozen=True)
class Field:
    """One field."""

    name: str
    type: str
    target: str = ""
    """Of a `ref`: the object it points to."""

    @property
    def alias(self) -> str:
        """Its column in a report: words joined by underscores, as XML aliases are."""
        if self.name == "workdayID":
            return "Workday_ID"
        if self.name.startswith("cf_"):
            return "CF_-_" + _words(self.name[3:])
        return _words(self.name)

    @property
    def calculated(self) -> bool:
        """A calculated field of the tenant."""
        return self.name.startswith("cf_")


def _words(name: str) -> str:
    out = ""
    for before, here in zip(" " + name, name, strict=False):
        out += "_" + here if here.isupper() and not before.isupper() and out else here
    return out[0].upper() + out[1:]


def objects() -> dict[str, dict[str, Field]]:
    """Objects and their fields, by name."""
    found = {}
    for line in _TEXT.strip().splitlines():
        name, *fields = line.split()
        found[name] = {f.name: f for f in map(_field, fields)}
    return found


def _field(text: str) -> Field:
    name, _, kind = text.partition(":")
    kind, _, target = kind.partition(".")
    return Field(name, kind, target)
