"""Error handlers, one kind a file."""
