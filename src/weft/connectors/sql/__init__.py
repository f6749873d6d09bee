"""Databases: SQLite, DuckDB, PostgreSQL, MySQL, MariaDB and SQL Server. The kind stands in `kind.py`."""
