"""Secrets from the environment: `secret://env/NAME`."""

from __future__ import annotations

import os

from weft.errors import Invalid
from weft.vaults.keys import VARIABLE


class Env:
    """The environment of this process."""

    def get(self, path: str) -> str | None:
        """The variable's value, or none when it is not set or empty.

        Raises:
            Invalid: it is the vault's own key: who could name it in a source could have it sent anywhere.
        """
        if path.startswith(VARIABLE):
            raise Invalid(f"{path} is for the vault alone", hint="No source and no setting may refer to it.")
        return os.environ.get(path) or None

    def place(self, path: str) -> str:
        """What is looked for, for messages."""
        return f"the environment variable {path}"
