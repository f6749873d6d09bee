"""Databases: SQLite and PostgreSQL over ADBC, DuckDB files, MySQL and MariaDB. The kind stands in `kind.py`."""
