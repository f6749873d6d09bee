"""Runs the migrations on the connection that `migrate.prepare` (or a developer's command line) gives."""

from __future__ import annotations

from alembic import context

from weft.registries.migrate import VERSION_TABLE
from weft.registries.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"], target_metadata=METADATA, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
