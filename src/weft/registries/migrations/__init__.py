"""Migrations of the registry, run by Alembic. A new one: the next four digits in `versions/`, and in `migrate.HEAD`."""
