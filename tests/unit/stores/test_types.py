"""DuckDB's type names to Delta's and back."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.errors import Invalid
from weft.stores.types import arrow_name, delta_type, duck_type

PLAIN = ["BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "VARCHAR", "BLOB", "DATE"]
NAMES = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=6)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def structs(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    fields = st.lists(st.tuples(NAMES, inner), min_size=1, max_size=3, unique_by=lambda field: field[0].casefold())
    return fields.map(lambda found: "STRUCT(" + ", ".join(f"{quoted(name)} {kind}" for name, kind in found) + ")")


KINDS = st.recursive(
    st.sampled_from([*PLAIN, "DECIMAL(38,9)", "TIMESTAMP WITH TIME ZONE"]),
    lambda inner: st.one_of(inner.map("{}[]".format), inner.map("MAP(VARCHAR, {})".format), structs(inner)),
    max_leaves=5,
)


@settings(deadline=None)
@given(KINDS)
def test_a_type_keeps_its_meaning_through_delta(kind):
    delta = delta_type(kind)
    assert delta_type(duck_type(delta)) == delta


@pytest.mark.parametrize(
    "kind",
    [
        *PLAIN,
        "DECIMAL(18,3)",
        "TIMESTAMP WITH TIME ZONE",
        "INTEGER[][]",
        'STRUCT(a BIGINT, "b, (c" VARCHAR[], "d""e" STRUCT(f DATE))',
        "MAP(VARCHAR, STRUCT(a DOUBLE)[])",
    ],
)
def test_a_parquet_footer_says_the_same_as_the_declaration(kind, tmp_path):
    with duckdb.connect() as engine:
        engine.execute(f"COPY (SELECT NULL::{kind} AS x) TO '{tmp_path}/x.parquet'")
    [field] = pa.parquet.read_schema(tmp_path / "x.parquet")
    assert arrow_name(field.type) == duck_type(delta_type(kind))


@pytest.mark.parametrize("kind", [pa.string_view(), pa.large_string(), pa.uint8(), pa.timestamp("us"), pa.time64("us")])
def test_arrow_types_that_no_table_holds_keep_their_own_name(kind):
    assert arrow_name(kind) == str(kind)
    assert arrow_name(pa.list_(kind)) == str(pa.list_(kind))


@pytest.mark.parametrize("kind", ["", "STRUCT()", "STRUCT(a)", "MAP(VARCHAR, UUID)", "DECIMAL", "bigint(3)"])
def test_other_text_is_refused(kind):
    with pytest.raises(Invalid):
        delta_type(kind)
