"""Secrets from the environment: `secret://env/NAME`."""

from __future__ import annotations

import os


class Env:
    """The environment of this process."""

    def get(self, path: str) -> str | None:
        """The variable's value, or none when it is not set or empty."""
        return os.environ.get(path) or None

    def place(self, path: str) -> str:
        """What is looked for, for messages."""
        return f"the environment variable {path}"
