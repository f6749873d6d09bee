"""The server: mounts the faces into one application."""
