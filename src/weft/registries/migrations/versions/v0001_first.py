"""The first schema.

A migration never changes after its release; `schema.py` is compared with where the chain of migrations ends.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    documents()
    journal()
    operations()


def documents() -> None:
    op.create_table(
        "weft_heads",
        sa.Column("name", NAME, nullable=False),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_weft_heads"),
    )
    op.create_table(
        "weft_revisions",
        sa.Column("state", NUMBER, autoincrement=False, nullable=False),
        sa.Column("path", NAME, nullable=False),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("id", sa.Text),
        sa.Column("content", sa.LargeBinary),
        sa.PrimaryKeyConstraint("state", name="pk_weft_revisions"),
        sa.UniqueConstraint("path", "revision", name="uq_weft_revisions_path"),
    )
    op.create_table(
        "weft_documents",
        sa.Column("path", NAME, nullable=False),
        sa.Column("state", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_weft_documents"),
        sa.ForeignKeyConstraint(["state"], ["weft_revisions.state"], name="fk_weft_documents_state"),
    )


def journal() -> None:
    op.create_table(
        "weft_events",
        sa.Column("sequence", NUMBER, autoincrement=False, nullable=False),
        sa.Column("id", NAME, nullable=False),
        sa.Column("type", NAME, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_weft_events"),
        sa.UniqueConstraint("id", name="uq_weft_events_id"),
    )
    op.create_index("ix_weft_events_type_sequence", "weft_events", ["type", "sequence"])
    op.create_index("ix_weft_events_subject_sequence", "weft_events", ["subject", "sequence"])
    op.create_table(
        "weft_bookmarks",
        sa.Column("name", NAME, nullable=False),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_weft_bookmarks"),
    )
    op.create_table(
        "weft_projections",
        sa.Column("name", NAME, nullable=False),
        sa.Column("key", NAME, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", "key", name="pk_weft_projections"),
    )


def operations() -> None:
    op.create_table(
        "weft_publications",
        sa.Column("table", NAME, nullable=False),
        sa.Column("held", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("table", "held", name="pk_weft_publications"),
    )
    op.create_table(
        "weft_cursors",
        sa.Column("app", NAME, nullable=False),
        sa.Column("sequence", NUMBER, autoincrement=False, nullable=False),
        sa.Column("run", NAME, nullable=False),
        sa.Column("cursor", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("app", "sequence", "run", name="pk_weft_cursors"),
    )
    op.create_table(
        "weft_leases",
        sa.Column("name", NAME, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_weft_leases"),
    )
