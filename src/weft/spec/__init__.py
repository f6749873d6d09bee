"""Documents: YAML text <-> nouns, with positions."""

from weft.spec.folder import read_folder
from weft.spec.reading import check_document, locate
from weft.spec.resolve import resolve

__all__ = ["check_document", "locate", "read_folder", "resolve"]
