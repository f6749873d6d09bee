"""The folds that there are, found by walking `folds/`."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from weft.catalog import folds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.catalog.fold import Fold


def _walk() -> Iterator[Fold]:
    for module in pkgutil.iter_modules(folds.__path__):
        yield importlib.import_module(f"{folds.__name__}.{module.name}").FOLD


FOLDS: tuple[Fold, ...] = tuple(_walk())
"""Every fold of the package, by name."""
