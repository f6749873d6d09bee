"""The simulators as a program beside the demo, and the mesh's sources turned to them."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import resources, util
from typing import TYPE_CHECKING, Any, Self

from weft.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from weft.seams import World

SECRETS = {
    "salesforce": {"client_secret": "sales/salesforce"},
    "hubspot": {"service_key": "marketing/hubspot"},
    "atlassian": {"api_token": "product/atlassian"},
    "workday": {"client_secret": "people/workday", "refresh_token": "people/workday-login"},
    "gainsight": {"access_key": "success/gainsight"},
}
"""Which credentials of a system become which secret of the vault."""


def installed() -> bool:
    """Whether the simulators are there: the distribution weft-vendors."""
    return util.find_spec("weft_vendors") is not None


class Systems:
    """The running simulators; close them when done.

    Args:
        silos: folder whose files they are filled from.
        at: their time when they start; it runs from there.

    Raises:
        Unavailable: they did not start.
    """

    def __init__(self, silos: Path, at: datetime) -> None:
        command = [sys.executable, "-m", "weft.demo.live.server", str(silos), at.isoformat()]
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.told: dict[str, dict[str, Any]] = self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def turn(self, world: World) -> None:
        """Have the sources of a company read these systems instead of files; credentials go to the mesh's vault."""
        from weft.flow import secrets

        with resources.as_file(resources.files("weft.demo.live") / "sources") as sources:
            for path in sorted(sources.rglob("*.yaml")) + sorted(sources.rglob("*.sql")):
                text = filled(path.read_text(encoding="utf-8"), self.told)
                (world.folder / path.relative_to(sources)).write_text(text, encoding="utf-8")
        for system, kept in SECRETS.items():
            for credential, secret in kept.items():
                secrets.put(world, secret, str(self.told[system][credential]))

    def work(self) -> list[str]:
        """Let something happen in them; what, a sentence each."""
        if self.process.stdin is None:
            return []
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return list(self._answer())

    def close(self) -> None:
        """End them."""
        self.process.stdin and self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.process.stdout and self.process.stdout.close()

    def _answer(self) -> Any:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            self.close()
            raise Unavailable("the simulators of Messy, Inc.'s systems ended", hint="Their own words stand above.")
        return json.loads(line)


def filled(text: str, told: Mapping[str, Mapping[str, Any]]) -> str:
    """A document with `<system.fact>` in it, the facts put in."""
    for system, facts in told.items():
        for name, value in facts.items():
            text = text.replace(f"<{system}.{name}>", str(value))
    return text
