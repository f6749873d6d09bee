"""The runner: what is due, claimed by lease, run in its own process."""
