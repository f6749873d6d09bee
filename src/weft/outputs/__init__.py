"""Output ports: ways that hand data to consumers."""
