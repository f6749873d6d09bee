"""How a list goes on."""
