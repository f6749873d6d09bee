"""Databases over ADBC: SQLite and PostgreSQL. The kind stands in `kind.py`."""
