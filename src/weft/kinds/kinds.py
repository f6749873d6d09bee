"""Finds kinds: built-in ones by walking a package, others by an entry-point group of the same name."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, ValidationError

from weft.errors import Invalid
from weft.kinds.explain import explain
from weft.model import Position

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.kinds.explain import Locate


def pascal(name: str) -> str:
    """`row_filter`, `rowFilter` or `RowFilter` as `RowFilter`."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[_\-\s]+", name))


def snake(name: str) -> str:
    """`RowFilter` or `rowFilter` as `row_filter`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.replace("-", "_")).lower()


def spelling(name: str) -> str:
    """What all spellings of a name share: `rowfilter`."""
    return re.sub(r"[_\-\s]+", "", name).lower()


class Kinds:
    """The known kinds of one sort (connectors, policies, checks).

    Args:
        package: full name of the package whose modules hold the built-in kinds: the module `row_filter`, or the
            sub package `row_filter` (in itself or in its module `kind`), holds the class `RowFilter`. Modules without
            such a class are no kinds.
        group: entry-point group in which other distributions name theirs: `RowFilter = package.module:RowFilter`.

    A built-in is never replaced by an entry point of the same name.
    """

    def __init__(self, package: str, group: str) -> None:
        self.package = package
        self.group = group
        self._loaded: dict[str, type[Any]] = {}

    def names(self) -> tuple[str, ...]:
        """PascalCase names of all kinds, sorted; imports the built-in ones."""
        own = {key: kind.__name__ for key in self._modules if (kind := self._own(key)) is not None}
        others = {key: pascal(point.name) for key, point in self._plugins.items()}
        return tuple(sorted({**others, **own}.values()))

    def get(self, name: str) -> type[Any]:
        """The class of that name in any spelling: `RowFilter`, `row_filter`, `rowFilter`.

        Raises:
            Invalid: unknown; lists the known ones.
        """
        key = spelling(name)
        found = self._own(key) or self._plugged(key)
        if found is None:
            raise Invalid(
                f"'{name}' is not a known kind, known are {', '.join(self.names()) or 'none'}",
                hint=f"Other kinds come from packages that offer the entry-point group '{self.group}'.",
            )
        return found

    def build(self, name: str, parameters: Mapping[str, Any], locate: Locate | None = None) -> Any:
        """The kind of that name with these parameters.

        Args:
            name: in any spelling.
            parameters: its fields, in camelCase or snake_case.
            locate: position of a path in the text that the parameters come from.

        Raises:
            Invalid: unknown kind, or parameters that do not fit, with one problem for each place.
        """
        kind = self.get(name)
        try:
            return kind.model_validate(dict(parameters))
        except ValidationError as error:
            problems = explain(error, kind, locate or _nowhere(name))
            text = "; ".join(p.message for p in problems)
            raise Invalid(f"the parameters of '{pascal(name)}' do not fit: {text}", problems=problems) from None

    @cached_property
    def _modules(self) -> dict[str, str]:
        path = importlib.import_module(self.package).__path__
        return {spelling(m.name): m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_")}

    @cached_property
    def _plugins(self) -> dict[str, Any]:
        from importlib.metadata import entry_points  # reads every distribution: only when a plug-in may be meant

        return {spelling(point.name): point for point in entry_points(group=self.group)}

    def _own(self, key: str) -> type[Any] | None:
        if key in self._loaded:
            return self._loaded[key]
        name = self._modules.get(key)
        if name is None:
            return None
        module = importlib.import_module(f"{self.package}.{name}")
        found = _class(module, key)
        if found is None and hasattr(module, "__path__"):
            inner = f"{module.__name__}.kind"
            if importlib.util.find_spec(inner) is not None:
                found = _class(importlib.import_module(inner), key)
        if found is not None:
            self._loaded[key] = found
        return found

    def _plugged(self, key: str) -> type[Any] | None:
        point = self._plugins.get(key)
        if point is None:
            return None
        try:
            found = point.load()
        except Exception as error:
            raise Invalid(
                f"the plug-in '{point.name}' ({point.value}) of the group '{self.group}' cannot be loaded: "
                f"{type(error).__name__}",
                hint="Reinstall the package that offers it, or take it away.",
            ) from error
        if not (isinstance(found, type) and issubclass(found, BaseModel)):
            raise Invalid(
                f"the plug-in '{point.name}' ({point.value}) of the group '{self.group}' is not a kind",
                hint="An entry point must name a class that derives from weft.kinds.Kind.",
            )
        self._loaded[key] = found
        return found


def _class(module: Any, key: str) -> type[Any] | None:
    for name, value in vars(module).items():
        # A noun of the same name that the module imports is not the kind.
        ours = isinstance(value, type) and value.__module__.startswith(module.__name__)
        if ours and spelling(name) == key and issubclass(value, BaseModel):
            return cast("type[Any]", value)
    return None


def _nowhere(name: str) -> Locate:
    return lambda _: Position(file=pascal(name))
