"""Where the records of an answer lie, one kind a file."""
