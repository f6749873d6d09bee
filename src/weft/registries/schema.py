"""The registry's tables. One schema for SQLite and PostgreSQL; `migrations/` leads every stored registry to it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""64 bit; on SQLite the word INTEGER makes a primary key the row's own number."""

NAME = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is ordered by code points on every database."""

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

heads = Table(
    "weft_heads",
    METADATA,
    Column("name", NAME, primary_key=True),
    Column("sequence", NUMBER, nullable=False),
    Column("hash", Text, nullable=False),
)
"""Where the counted things stand: `journal` (last event and its hash), `documents` (their state)."""

revisions = Table(
    "weft_revisions",
    METADATA,
    Column("state", NUMBER, primary_key=True, autoincrement=False),
    Column("path", NAME, nullable=False),
    Column("revision", NUMBER, nullable=False),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text),
    Column("id", Text),
    Column("content", LargeBinary),
    UniqueConstraint("path", "revision"),
)
"""Every document ever applied; a row without content retired its path."""

documents = Table(
    "weft_documents",
    METADATA,
    Column("path", NAME, primary_key=True),
    Column("state", NUMBER, ForeignKey("weft_revisions.state"), nullable=False),
)
"""Which revision of each path is applied now."""

events = Table(
    "weft_events",
    METADATA,
    Column("sequence", NUMBER, primary_key=True, autoincrement=False),
    Column("id", NAME, nullable=False),
    Column("type", NAME, nullable=False),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("subject", NAME, nullable=False),
    Column("data", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("id"),
    Index(None, "type", "sequence"),
    Index(None, "subject", "sequence"),
)
"""The journal. `data` is canonical JSON, as it was hashed."""

publications = Table(
    "weft_publications",
    METADATA,
    Column("table", NAME, primary_key=True),
    Column("held", Boolean, primary_key=True),
    Column("body", Text, nullable=False),
)

cursors = Table(
    "weft_cursors",
    METADATA,
    Column("app", NAME, primary_key=True),
    Column("sequence", NUMBER, primary_key=True, autoincrement=False),
    Column("run", NAME, primary_key=True),
    Column("cursor", Text, nullable=False),
)

leases = Table(
    "weft_leases",
    METADATA,
    Column("name", NAME, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", Double, nullable=False),
)
"""`until`: seconds since 1970 by the database's clock."""

bookmarks = Table(
    "weft_bookmarks",
    METADATA,
    Column("name", NAME, primary_key=True),
    Column("sequence", NUMBER, nullable=False),
)

projections = Table(
    "weft_projections",
    METADATA,
    Column("name", NAME, primary_key=True),
    Column("key", NAME, primary_key=True),
    Column("value", Text, nullable=False),
)

secrets = Table(
    "weft_secrets",
    METADATA,
    Column("name", NAME, primary_key=True),
    Column("version", NUMBER, nullable=False),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("master", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
"""The vault: ciphertext alone. `master` names the key that wraps the data key; that key is never in here."""
