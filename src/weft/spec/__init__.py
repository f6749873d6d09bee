"""Documents: YAML text <-> nouns, with positions."""

from weft.spec.folder import read_folder
from weft.spec.gather import nearest
from weft.spec.insert import insert_rules
from weft.spec.inside import inside
from weft.spec.layout import RESERVED
from weft.spec.mentions import mentions, offers
from weft.spec.reading import check_document, locate, read_contract
from weft.spec.resolve import resolve
from weft.spec.sql_tests import read_sql_test, read_sql_tests
from weft.spec.text import load
from weft.spec.write import dump, flow, rule_fields, write_contract, write_product, write_weft

__all__ = [
    "RESERVED",
    "check_document",
    "dump",
    "flow",
    "insert_rules",
    "inside",
    "load",
    "locate",
    "mentions",
    "nearest",
    "offers",
    "read_contract",
    "read_folder",
    "read_sql_test",
    "read_sql_tests",
    "resolve",
    "rule_fields",
    "write_contract",
    "write_product",
    "write_weft",
]
