"""Engines: everything that touches rows."""
