"""Documents: YAML text <-> nouns, with positions."""

from weft.spec.folder import read_folder
from weft.spec.inside import inside
from weft.spec.reading import check_document, locate
from weft.spec.resolve import resolve
from weft.spec.write import dump, write_contract, write_product, write_weft

__all__ = [
    "check_document",
    "dump",
    "inside",
    "locate",
    "read_folder",
    "resolve",
    "write_contract",
    "write_product",
    "write_weft",
]
