"""What is new."""
