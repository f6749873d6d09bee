"""Who gives tokens in tests of authenticators, and a vault that keeps them."""

from __future__ import annotations

import base64
import json
import threading

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from web import Told
from weft.connectors.rest.secret import Secret


class Vault:
    """Two processes' view of one vault: renewals are one at a time, and stored before anybody is given them."""

    def __init__(self, **secrets):
        self.kept = secrets
        self.lock = threading.Lock()

    def get(self, reference):
        return self.kept[reference]

    def renew(self, reference, seen, make):
        with self.lock:
            if self.kept[reference] == seen:
                self.kept[reference] = make(seen)
            return self.kept[reference]


class Issuer:
    """An authorization server that rotates its refresh tokens, and the API behind it."""

    def __init__(self, site, **said):
        self.refresh, self.access = {"r0"}, set()
        self.count, self.lasts, self.broken = 0, {"expires_in": 3600}, []
        self.rotates, self.wanted, self.forms = True, {}, []
        self.__dict__.update(said)
        self.lock = threading.Lock()
        site.answer = self.answer

    def answer(self, asked):
        with self.lock:
            if asked.path != "/token":
                known = asked.headers.get("authorization", "").removeprefix("Bearer ") in self.access
                return Told() if known else Told(401, b'{"error": "invalid_token"}')
            if self.broken:
                return self.broken.pop(0)
            self.forms.append(asked.form)
            if any(asked.form.get(key) != value for key, value in self.wanted.items()):
                return Told(401, b'{"error": "invalid_client"}')
            given = asked.form.get("refresh_token")
            if asked.form["grant_type"] == "refresh_token" and given not in self.refresh:
                return Told(400, b'{"error":"invalid_grant","error_description":"token r7 of mia@example.com"}')
            self.count += 1
            said = {"access_token": f"access-token-{self.count}", "token_type": "Bearer", **self.lasts}
            self.access.add(said["access_token"])
            if given and self.rotates:
                self.refresh = {f"refresh-token-{self.count}"}
                said["refresh_token"] = f"refresh-token-{self.count}"
            return Told(body=json.dumps(said).encode())


def secret(reference="secret://vault/crm", value="r0"):
    return {"refresh": Secret.of(value, reference)}


REFRESH = {"refreshToken": "{{ config.refresh }}"}


def claims_of(token, key, algorithm):
    """What a token says, checked with nothing but the signature itself."""
    head, claims, signature = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    signed = token.rpartition(".")[0].encode()
    if algorithm == "ES256":
        half = [int.from_bytes(part, "big") for part in (signature[:32], signature[32:])]
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

        key.public_key().verify(encode_dss_signature(*half), signed, ec.ECDSA(hashes.SHA256()))
    else:
        pad = padding.PKCS1v15() if algorithm == "RS256" else padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        key.public_key().verify(signature, signed, pad, hashes.SHA256())
    return json.loads(head), json.loads(claims)
