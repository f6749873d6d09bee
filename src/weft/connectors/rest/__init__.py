"""REST systems: a manifest that is read, not run."""
