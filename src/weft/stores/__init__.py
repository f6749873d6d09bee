"""Stores of tables."""
