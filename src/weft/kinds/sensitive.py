"""Names of settings whose values are secrets."""

from __future__ import annotations

import re

REFERENCES = "secret://vault/NAME, secret://env/NAME or secret://file/PATH"
"""How a secret is named instead of written out, for messages."""
_WORDS = (
    "password|passwd|passphrase|pwd|secret|secrets|apikey|accesskey|secretkey|privatekey|sharedkey|accountkey|"
    "signingkey|encryptionkey|clientsecret|token|accesstoken|refreshtoken|bearertoken|authtoken|apitoken|sastoken|"
    "credential|credentials|connectionstring|authorization"
)
_ENDS_SECRET = re.compile(rf"(?:{_WORDS})$")
# Settings that speak about secrets without holding one.
_HARMLESS = frozenset({"nulltoken", "nexttoken", "pagetoken", "nextpagetoken", "continuationtoken", "synctoken"})


def is_sensitive(key: str) -> bool:
    """Whether a setting of that name holds a secret: `password`, `apiKey`, `client_secret`, `db_password`, ..."""
    plain = re.sub(r"[^a-z0-9]", "", key.lower())
    return plain not in _HARMLESS and _ENDS_SECRET.search(plain) is not None
