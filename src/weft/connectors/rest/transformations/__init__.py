"""Changes of records, one kind a file; `change(names)` gives what changes a record in place."""
