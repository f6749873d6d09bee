"""Which database a URL means; checked, without secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path

_SYSTEMS = {
    "sqlite": "sqlite",
    "duckdb": "duckdb",
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlserver": "sqlserver",
}
# What a URL may set. What else the drivers take (service files, options, passfile, ...) reaches further than a source
# may.
_ALLOWED = {
    "postgresql": (
        *("application_name", "connect_timeout", "host", "port", "sslmode", "sslrootcert", "target_session_attrs"),
    ),
    "mysql": ("connect_timeout", "socket", "sslmode", "sslrootcert"),
    "sqlserver": ("connect_timeout", "driver", "sslmode"),
}
_TIMEOUT = "15"
_UNFIT = re.compile(r"[;{}/=]")
"""What would say more to ODBC than a name, such as the path of a library."""


class Target(Struct, frozen=True):
    """A database."""

    system: str
    """sqlite, duckdb, postgresql, mysql or sqlserver."""
    path: str = ""
    """SQLite and DuckDB: the file, relative to the mesh's folder or absolute."""
    host: str = ""
    """Servers: host and port as the URL has them."""
    database: str = ""
    user: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @property
    def shown(self) -> str:
        """For messages: no user, no options."""
        if self.path:
            return f"the database '{self.path}'"
        options = dict(self.options)
        host = self.host or options.get("host") or options.get("socket") or "this machine"
        return f"the database '{self.database}' on {host}"

    def file(self, folder: Path) -> Path:
        """SQLite and DuckDB: the file's place."""
        return folder / self.path

    def address(self, port: int) -> tuple[str, int]:
        """Host and port, this one where the URL names none."""
        parts = urlsplit(f"//{self.host}")
        return parts.hostname or "", parts.port or port

    def uri(self, user: str, password: str) -> str:
        """PostgreSQL: what libpq connects to; holds the secret."""
        who = quote(user or self.user, safe="")
        secret = f":{quote(password, safe='')}" if password else ""
        options = {"connect_timeout": _TIMEOUT, "application_name": "weft", **dict(self.options)}
        at = f"{who}{secret}@" if who or secret else ""
        return f"postgresql://{at}{self.host}/{quote(self.database, safe='')}?{urlencode(options, quote_via=quote)}"


def target(url: str) -> Target:
    """Read a URL: `sqlite:///file.db` (relative to the mesh's folder), `postgresql://host/name`, ...

    Raises:
        ValueError: says what does not fit; never shows what could be a secret.
    """
    scheme = url.partition(":")[0]
    system = _SYSTEMS.get(scheme.lower())
    if system is None or "://" not in url:
        raise ValueError(
            f"'{scheme[:20]}' is no known system, known are sqlite:///file.db, duckdb:///file.duckdb, "
            "postgresql://host/database, mysql://host/database, mariadb://host/database and "
            "sqlserver://host/database"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("the URL cannot be read: look at its host and port") from None
    if parts.password:
        raise ValueError("the URL holds a password; give it by 'password: secret://vault/NAME'")
    if system not in _ALLOWED:
        return _file(system, parts.netloc, parts.path, parts.query)
    options = tuple(parse_qsl(parts.query, keep_blank_values=True))
    unknown = [name for name, _ in options if name not in _ALLOWED[system]]
    if unknown:
        raise ValueError(f"the URL sets '{unknown[0]}', allowed are {', '.join(_ALLOWED[system])}")
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    database = parts.path.lstrip("/")
    if system == "sqlserver" and _UNFIT.search(host + database + dict(options).get("driver", "")):
        raise ValueError("host, database and driver in the URL may not hold any of ; { } / =")
    if not database:
        raise ValueError(f"the URL names no database: {scheme}://host/database")
    return Target(
        system,
        host=f"{host}:{port}" if port else host,
        database=database,
        user=parts.username or "",
        options=options,
    )


def _file(system: str, netloc: str, path: str, query: str) -> Target:
    if netloc or query or not path.strip("/"):
        name = {"sqlite": "SQLite", "duckdb": "DuckDB"}[system]
        raise ValueError(
            f"a {name} URL is {system}:///file.db (relative to the mesh's folder) or {system}:////folder/file.db"
        )
    return Target(system, path=unquote(path[1:]))
