"""The faces' ground for HTTP: request to actor, errors to HTTP, negotiation."""
