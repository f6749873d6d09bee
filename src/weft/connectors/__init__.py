"""Connectors: one folder a kind of system."""
