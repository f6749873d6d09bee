"""How deletes are found."""
