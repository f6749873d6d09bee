"""A plug-in of weft: a connector, a policy type and a quality check."""
