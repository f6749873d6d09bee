"""Parts that a stream is read in."""
