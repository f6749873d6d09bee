"""The connectors that weft knows.

Programs are kinds: built in, or of other distributions by the entry-point group `weft.connectors`. Manifests lie in
`systems/<name>/connector.yaml`, in packages that the entry-point group `weft.manifests` names, and in a mesh's folder.
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from weft.errors import Invalid, Unknown
from weft.kinds import Kinds, explain
from weft.model import ConnectorInfo, Position

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weft.kinds import Locate
    from weft.model import Problem

    Load = Callable[[bytes, str], Any]

GROUP = "weft.manifests"
FILE = "connector.yaml"
_BASE = "Rest"
"""What manifests build on; by itself it connects nothing."""
_SYSTEMS = Path(__file__).parent / "systems"


class Known:
    """The known connectors.

    Args:
        load: reads YAML: its bytes, and what to call it in errors.
        declared: manifests of a mesh, by name.
    """

    def __init__(self, load: Load, declared: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._load = load
        self._declared = dict(declared or {})
        self._kinds = Kinds("weft.connectors", "weft.connectors")

    def names(self) -> tuple[str, ...]:
        """All of them, sorted."""
        return tuple(sorted({*self._kinds.names(), *_folders(), *self._declared} - {_BASE}, key=str.lower))

    def get(self, name: str) -> type[Any]:
        """The kind of that name.

        Raises:
            Unknown: there is none; lists the known ones.
            Invalid: its manifest has problems.
        """
        found = self._described(name)
        if found is not None:
            return found
        try:
            return self._kinds.get(name)
        except Invalid as error:
            if "is not a known kind" not in error.message:
                raise
            raise Unknown(
                f"'{name}' is not a known connector, known are {', '.join(self.names())}",
                hint=f"Others are described in the mesh's folder (connectors/<name>/{FILE}), or come from packages "
                f"that offer the entry-point group '{GROUP}' or 'weft.connectors'.",
            ) from None

    def build(self, name: str, parameters: Mapping[str, Any], locate: Locate | None = None) -> Any:
        """The connector of that name with these parameters.

        Raises:
            Invalid: unknown, or parameters that do not fit.
        """
        kind = self.get(name)
        try:
            return kind.model_validate(dict(parameters))
        except ValidationError as error:
            problems = explain(error, kind, locate or (lambda _: Position(file=name)))
            text = "; ".join(p.message for p in problems)
            raise Invalid(f"the parameters of '{name}' do not fit: {text}", problems=problems) from None

    def beside(self, manifests: Mapping[str, Mapping[str, Any]]) -> Known:
        """These, and those of a mesh."""
        return Known(self._load, manifests) if manifests else self

    def problems(self, manifest: Mapping[str, Any], locate: Locate) -> tuple[Problem, ...]:
        """What is wrong with a manifest, each with its place."""
        from weft.connectors.rest.load import problems

        return problems(dict(manifest), locate)

    def told(self, name: str) -> ConnectorInfo:
        """What a connector is, for people."""
        kind = self.get(name)
        manifest = getattr(kind, "manifest", None)
        if manifest is None:
            title = kind.model_config.get("title") or kind.__name__
            origin = "built in" if kind.__module__.startswith("weft.") else "package"
            about = (kind.__doc__ or "").partition("\n\n")[0]
            return ConnectorInfo(name=name, title=title, description=about, origin=origin)
        here = _folders().get(name)
        origin = "mesh" if name in self._declared else "built in" if here and _SYSTEMS in here.parents else "package"
        said = {word: getattr(manifest, word) for word in ("title", "description", "documentation", "notes")}
        said |= {"streams": tuple(manifest.streams), "logs_in": _logs_in(manifest.auth)}
        return ConnectorInfo(name=name, origin=origin, manifest=True, **said)

    def _described(self, name: str) -> type[Any] | None:
        """The kind that a manifest makes, but where a built-in program has the name."""
        folder = None if name in self._declared else _folders().get(name)
        if folder is None and name not in self._declared:
            return None
        from weft.connectors.rest.load import connector

        if folder is None:
            return connector(dict(self._declared[name]))
        path = folder / FILE
        return connector(_read(path, path.stat().st_mtime_ns, self._load), folder)


def _logs_in(auth: Any) -> bool:
    """Whether one of these authenticators asks a person."""
    inner = getattr(auth, "authenticators", {}).values()
    return getattr(auth, "authorize_endpoint", None) is not None or any(map(_logs_in, inner))


@lru_cache
def _folders() -> dict[str, Path]:
    """Folders of manifests by name: built in, then those of other packages."""
    from importlib.metadata import entry_points

    found = {point.name: folder for point in entry_points(group=GROUP) if (folder := _package(point.value)) is not None}
    systems = sorted(_SYSTEMS.iterdir()) if _SYSTEMS.is_dir() else []
    return found | {folder.name: folder for folder in systems if (folder / FILE).is_file()}


def _package(name: str) -> Path | None:
    """Where a package with a manifest lies; nothing of it is run."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    folder = Path(spec.origin).parent if spec is not None and spec.origin else None
    return folder if folder is not None and (folder / FILE).is_file() else None


@lru_cache(maxsize=64)
def _read(path: Path, _changed: int, load: Load) -> dict[str, Any]:
    found: dict[str, Any] = load(path.read_bytes(), str(path))
    return found
