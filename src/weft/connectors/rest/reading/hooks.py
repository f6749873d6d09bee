"""hooks.py beside a manifest: plain functions of a folder on this machine."""

from __future__ import annotations

import importlib.abc
import inspect
import sys
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from weft.connectors.rest.http.authenticator import Credentials
from weft.errors import Invalid, WeftError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from weft.connectors.rest.http.authenticator import Certificate
    from weft.connectors.rest.http.message import Answer, Request
    from weft.connectors.rest.http.session import Session

FILE = "hooks.py"


class Hooks(Struct, frozen=True):
    """The functions of one connector.

    Args:
        system: for messages.
        folder: where hooks.py lies.
        names: those that the manifest asks for.
    """

    system: str
    folder: Path
    names: tuple[str, ...]

    def get(self, name: str) -> Callable[..., Any] | None:
        """The function of that name; none when the manifest does not ask for it.

        Raises:
            Invalid: there is no such file or function.
        """
        if name not in self.names:
            return None
        path = self.folder / FILE
        if not path.is_file():
            raise Invalid(
                f"the connector '{self.system}' uses the hook '{name}', and there is no {FILE} of it on this machine",
                hint="Hooks are code: whoever runs this machine puts the file beside connector.yaml, or installs the "
                "package that has it.",
            )
        found = getattr(_module(path, path.read_bytes()), name, None)
        if not callable(found):
            raise Invalid(f"{FILE} of the connector '{self.system}' has no function '{name}'")
        return _told(found, self.system, name)


class Hooked(Credentials):
    """Credentials, then the hook `authenticate`."""

    inner: Any
    hook: Any

    def within(self, session: Session) -> Credentials:
        """The credentials."""
        found: Credentials = self.inner
        return found

    def apply(self, request: Request, session: Session) -> Request:
        """What the hook makes of the request."""
        made: Request = self.hook(self.inner.apply(request, session), config=session.config)
        return made

    def refused(self, session: Session, answer: Answer) -> bool:
        """As the credentials say."""
        return bool(self.inner.refused(session, answer))

    def certificate(self, session: Session) -> Certificate | None:
        """As the credentials say."""
        found: Certificate | None = self.inner.certificate(session)
        return found


@dataclass(frozen=True)
class _Source(importlib.abc.SourceLoader):
    """Source as it was read: what Python keeps compiled goes by seconds and size, and would be found beside it."""

    path: Path
    source: bytes

    def get_filename(self, _fullname: str) -> str:
        """For tracebacks."""
        return str(self.path)

    def get_data(self, _path: Any) -> bytes:
        """The source."""
        return self.source


@lru_cache(maxsize=64)
def _module(path: Path, source: bytes) -> Any:
    name = f"weft_hooks_{path.parent.name}_{abs(hash(path))}"
    module = sys.modules[name] = ModuleType(name)
    module.__file__ = str(path)
    try:
        _Source(path, source).exec_module(module)
    except Exception as error:
        raise Invalid(
            f"{FILE} of the connector '{path.parent.name}' cannot be loaded: {type(error).__name__}",
            hint=f"Try it: python {path}",
        ) from error
    return module


def _told(function: Callable[..., Any], system: str, name: str) -> Callable[..., Any]:
    """The function with only the named arguments that it takes; its errors say where they come from."""
    parameters = inspect.signature(function).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())

    def call(*values: Any, **named: Any) -> Any:
        with _failing(system, name):
            made = function(*values, **{key: v for key, v in named.items() if takes_all or key in parameters})
        if name in _LISTS and isinstance(made, Iterable) and not isinstance(made, str | bytes | Mapping):
            return watched(made)
        return _fitting(made, (system, name), type(made).__name__ == _GIVEN[name])

    def watched(items: Iterable[Any]) -> Iterator[Any]:
        with _failing(system, name):
            for item in items:
                yield _fitting(item, (system, name), isinstance(item, _LISTS[name]))

    return call


_GIVEN = {
    "authenticate": "Request",
    "transform": "Table",
    "partitions": "list of mappings",
    "extract": "list of records",
}
"""What hooks give."""
_LISTS: dict[str, tuple[type[Any], ...]] = {"partitions": (Mapping,), "extract": (dict, bytes, memoryview, msgspec.Raw)}
"""Those that give several, and what."""


def _fitting(made: Any, hook: tuple[str, str], fits: bool) -> Any:  # noqa: FBT001 - what was found out
    if not fits:
        raise Invalid(
            f"the hook '{hook[1]}' of the connector '{hook[0]}' gives {type(made).__name__}, allowed is "
            f"{_GIVEN[hook[1]]}",
            hint=f"Mend its {FILE}.",
        )
    return made


@contextmanager
def _failing(system: str, name: str) -> Iterator[None]:
    try:
        yield
    except WeftError:
        raise
    except Exception as error:
        raise Invalid(
            f"the hook '{name}' of the connector '{system}' failed: {type(error).__name__}",
            hint=f"Mend its {FILE}; WEFT_DEBUG=1 shows more.",
        ) from error
