"""The database's own time, so that leases do not depend on the clocks of those who ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Double
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


class Seconds(FunctionElement[float]):
    """Seconds since 1970, with fractions."""

    type = Double()
    inherit_cache = True


@compiles(Seconds, "sqlite")
def _sqlite(_element: Seconds, _compiler: SQLCompiler, **_kw: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(Seconds, "postgresql")
def _postgresql(_element: Seconds, _compiler: SQLCompiler, **_kw: Any) -> str:
    # clock_timestamp moves on inside a transaction, now() does not
    return "extract(epoch from clock_timestamp())::double precision"
