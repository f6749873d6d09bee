"""Types of a stream's records, declared or told by the system, one kind a file."""
