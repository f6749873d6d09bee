"""One read of one stream."""
