"""How a slice's pages come."""
