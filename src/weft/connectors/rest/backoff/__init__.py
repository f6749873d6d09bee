"""How long to wait before a request is sent again, one kind a file."""
