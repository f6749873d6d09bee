"""How many requests a system allows in a time, one kind a file."""
