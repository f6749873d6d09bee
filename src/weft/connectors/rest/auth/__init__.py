"""How a system is told who asks, one kind a file."""
