"""Quality checks: one file a check."""
