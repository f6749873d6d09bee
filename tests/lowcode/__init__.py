"""Low-code manifests written for these tests, each kind that weft takes over in at least one, and a server for them."""
