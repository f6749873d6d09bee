"""Temporary files: gone again when they cannot be finished."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from weft.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OUT_OF_SPACE = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def writing(target: Path) -> Iterator[Path]:
    """A temporary file is written meanwhile.

    Raises:
        Unavailable: no space left.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield target
    except OSError as error:
        target.unlink(missing_ok=True)
        reason = "is full" if error.errno in _OUT_OF_SPACE else f"cannot be written: {error.strerror}"
        raise Unavailable(f"the temporary folder {reason}", hint="Make space and run again.") from None
    except BaseException:
        target.unlink(missing_ok=True)
        raise
