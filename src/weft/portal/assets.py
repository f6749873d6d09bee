"""Own and vendored files under names that hold their hash: a browser keeps them for good."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}


@cache
def address(name: str) -> str:
    """Where a file is served, by its path below `static`."""
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
    stem, _, ending = name.rpartition(".")
    return f"/static/{stem}.{digest}.{ending}"


@cache
def _all() -> dict[str, Path]:
    """Every file by its address."""
    files = (p for p in FOLDER.rglob("*") if p.is_file())
    return {address(p.relative_to(FOLDER).as_posix()): p for p in files}


def serve(path: str) -> Response:
    """One file.

    Raises:
        HTTPException: there is none, or it is of another version.
    """
    found = _all().get(f"/static/{path}")
    if found is None:
        raise HTTPException(404)
    kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
    return Response(found.read_bytes(), media_type=kind, headers=_KEPT)
