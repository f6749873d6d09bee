"""Write the silos with DuckDB: the same bytes each time."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from weft.demo.silos.workbook import write, write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from weft.seams import Progress

YEARS = (2023, 2024, 2025, 2026)
MONTHS = tuple(f"{2023 + n // 12}-{n % 12 + 1:02}" for n in range(9, 45))
RENAMED = "2025-04"
"""From this month on the snapshot's export has other columns."""
EXPORTS = ("sales", "marketing", "product", "success")
"""Domains that get files besides what their system holds."""
_STEPS = ("salesforce", "hubspot", "atlassian", "workday", "gainsight", "netsuite", "machines")
_TABLES = ("machine", "event", "production_count", "planned_stop", "ashi_calibration_v2_final")


def make(folder: Path, progress: Progress | None = None, *, workbooks: bool = True) -> None:
    """Write the seven silos below `folder`, as they were on the evening of 2026-09-30.

    Args:
        folder: where.
        progress: told of each silo.
        workbooks: as CSV instead where False: reading workbooks needs a library.
    """
    if progress:
        progress.start("silos", len(_STEPS))
    made = _Made(folder)
    made.sheets = write if workbooks else write_csv
    for domain in EXPORTS:
        (folder / "exports" / domain).mkdir(parents=True, exist_ok=True)
    for silo in _STEPS:
        (folder / silo).mkdir(parents=True, exist_ok=True)
        getattr(made, silo)()
        if progress:
            progress.step("silos", 1, silo)
    if progress:
        progress.done("silos")
    made.database.close()


def last_night(folder: Path) -> None:
    """Write what came in the night to 2026-10-01: the ad spend of the last day, a second time."""
    made = _Made(folder)
    made.run("hubspot")
    made.run("hubspot_night")
    made.database.close()


class _Made:
    """The company in a DuckDB in memory, and the exports of its systems."""

    def __init__(self, folder: Path) -> None:
        import duckdb

        self.folder = folder
        self.sheets = write
        self.database = duckdb.connect(config={"threads": 2})
        self.run("company")

    def run(self, script: str, **values: object) -> None:
        """Execute one of the SQL files beside this one."""
        text = resources.files("weft.demo.silos").joinpath(f"{script}.sql").read_text(encoding="utf-8")
        folder = str(self.folder).replace("'", "''")
        for name, value in {"out": folder, **values}.items():
            text = text.replace(f"{{{name}}}", str(value))
        self.database.execute(text)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a question."""
        return list(self.database.execute(sql).fetchall())

    def salesforce(self) -> None:
        """CSV per object; the snapshot one file a month."""
        self.run("salesforce")
        for month in MONTHS:
            now = "next AS Next_Step__c, 'EUR' AS CurrencyIsoCode" if month >= RENAMED else "next AS NextStep"
            self.run("snapshot", month=month, next=now)

    def hubspot(self) -> None:
        """JSON per year."""
        self.run("hubspot")
        for year in YEARS:
            self.run("hubspot_year", year=year)

    def atlassian(self) -> None:
        """Issues as JSON Lines, versions as XML per month."""
        self.run("atlassian")
        months: dict[str, list[str]] = {}
        told = "SELECT strftime(day, '%Y-%m'), id, day, project, name, start, release_date, released"
        for month, *row in self.rows(f"{told} FROM version_snapshots ORDER BY day, n"):
            months.setdefault(month, []).append(_version(row))
        for month, versions in months.items():
            path = self.folder / "exports" / "product" / f"versions-{month}.xml"
            text = '<?xml version="1.0" encoding="UTF-8"?>\n<versions>\n' + "".join(versions) + "</versions>\n"
            path.write_text(text, encoding="utf-8")

    def workday(self) -> None:
        """Two reports as workbooks."""
        workers = self.rows(
            "SELECT employee_id, name, email, title, department, CASE WHEN n < 260 THEN 'Leipzig' ELSE 'Plauen' END, "
            "hired, left_on, CASE WHEN n % 9 = 4 THEN 0.5 ELSE 1 END::DOUBLE, "
            "CASE WHEN n % 140 = 61 THEN 'tbd' ELSE pay::VARCHAR END, 'EUR', "
            "CASE WHEN left_on IS NOT NULL THEN 'Terminated' WHEN n % 37 = 9 THEN 'On Leave' ELSE 'Active' END "
            "FROM workers ORDER BY n"
        )
        header = (
            "Employee_ID", "Legal_Name", "Email_-_Work", "Business_Title", "Supervisory_Organization", "Location",
            "Hire_Date", "Termination_Date", "FTE", "Total_Base_Pay", "Currency", "Worker_Status",
        )  # fmt: skip
        title = (("All Workers",), ("Effective as of 2026-09-30",))
        sheets = {"Worker Details": (*title, header, *workers), "Prompts": (("Organization", "Messy, Inc."),)}
        self.sheets(self.folder / "workday" / "Workers.xlsx", sheets)
        time_off = self.rows(
            "SELECT concat('TO', lpad((n * 24 + k)::VARCHAR, 6, '0')), employee_id, "
            "(getvariable('first_day') + dice(n * 24 + k, 'off', 1096)::INTEGER)::DATE, "
            "pick(['Vacation', 'Vacation', 'Sick', 'Parental'], n * 24 + k, 'type'), "
            "CASE WHEN dice(n * 24 + k, 'half', 8) = 0 THEN 4 ELSE 8 END "
            "FROM workers, range(24) AS t(k) WHERE coalesce(left_on, DATE '2099-01-01') > DATE '2026-09-30' ORDER BY 1"
        )
        columns = ("Request_ID", "Employee_ID", "Time_Off_Date", "Time_Off_Type", "Units")
        self.sheets(self.folder / "workday" / "Time_Off.xlsx", {"Time Off": (columns, *time_off)})

    def gainsight(self) -> None:
        """Parquet."""
        self.run("gainsight")

    def netsuite(self) -> None:
        """Text with pipes, as Latin-1."""
        self.run("netsuite")
        for year in YEARS:
            self.run("netsuite_year", year=year)
        for path in (self.folder / "netsuite").iterdir():
            text = path.read_text(encoding="utf-8")
            path.write_text(text, encoding="latin-1")

    def machines(self) -> None:
        """A SQLite database."""
        import sqlite3

        self.run("machines")
        path = self.folder / "machines" / "mes.db"
        path.unlink(missing_ok=True)
        target = sqlite3.connect(path)
        with target:
            target.execute("PRAGMA synchronous = OFF")
            for table in _TABLES:
                columns = self.rows(f"SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '{table}'")
                told = ", ".join(f"{name} {_SQLITE.get(kind, 'TEXT')}" for name, kind in columns)
                target.execute(f"CREATE TABLE {table} ({told})")
                marks = ", ".join("?" * len(columns))
                target.executemany(f"INSERT INTO {table} VALUES ({marks})", self.rows(f"FROM {table}"))
        target.close()


_SQLITE = {"BIGINT": "INTEGER", "INTEGER": "INTEGER", "DOUBLE": "REAL"}


def _version(row: list[Any]) -> str:
    number, day, project, name, start, release, released = row
    return (
        f'  <version id="{number}" snapshot="{day}">\n    <project>{project}</project>\n'
        f"    <name>{escape(name)}</name>\n"
        f"    <startDate>{start}</startDate>\n    <releaseDate>{release}</releaseDate>\n"
        f"    <released>{str(released).lower()}</released>\n  </version>\n"
    )
