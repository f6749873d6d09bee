"""Registries: documents, journal, publications, cursors, leases, projections."""
