"""Use cases: straight lines over World; no input or output of their own."""
