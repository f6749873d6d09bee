"""Places of secrets."""
