"""Messages kept in a file until a way to people is set up."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weft.seams import Clock


class Log:
    """One JSON object a line in `.weft/outbox.jsonl`, readable by its owner only.

    Args:
        folder: the mesh's folder.
        clock: dates the messages.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.path = folder / ".weft" / "outbox.jsonl"
        self._clock = clock

    def tell(self, to: Sequence[str], subject: str, text: str) -> None:
        """Keep the message; a full disk or a missing right loses it silently, since telling must not stop the work."""
        line = {"at": self._clock.now().isoformat(), "to": list(to), "subject": subject, "text": text}
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # One write to a file opened for appending: lines of several processes do not mix.
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(handle, (json.dumps(line, ensure_ascii=False) + "\n").encode())
            finally:
                os.close(handle)
