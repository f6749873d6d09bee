"""One file a page: parameters -> one flow view -> the page and its twin. Every module here has a `router`."""
