"""Decoders: the bytes of an answer as pages of records, one kind a file."""
