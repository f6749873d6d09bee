"""Search: what stands first, and what is forgiven."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft import catalog
from weft.catalog.words import distance, mistakes, stem, words
from weft.model import (
    Contract,
    DataProduct,
    Declared,
    Document,
    Domain,
    Mesh,
    Metric,
    Person,
    Placed,
    Property,
    Shape,
    Source,
    Table,
    TableName,
    TeamMember,
)
from weft.testing.memory_registry import MemoryRegistry


def placed(name: str, *columns: Property, product: DataProduct | None = None, **table: object) -> Placed:
    of = TableName.parse(name)
    contract = Contract(id=name, version=f"{of.major}.0.0", team=(TeamMember(username="bo", name="Bo Björk"),))
    return Placed(
        name=of,
        table=Table(name=of.table, properties=columns, **table),
        contract=contract,
        product=product or DataProduct(id=of.product, name=of.product, domain=of.domain),
        shape=Shape(kind="columns", stream="crm.opportunities"),
    )


@pytest.fixture(scope="module")
def mesh() -> Declared:
    pipeline = DataProduct(
        id="p",
        name="pipeline",
        domain="sales",
        title="Sales pipeline",
        purpose="Everything we try to sell",
        tags=("gold",),
    )
    revenue = Property(name="amount", business_name="Contract value", physical_name="AMT_EUR")
    return Declared(
        mesh=Mesh(name="messy"),
        people={"ana@messy.example": Person(id="ana@messy.example", name="Ana Söderström")},
        domains={
            "sales": Domain(name="sales", title="Sales and accounts", owner="ana@messy.example", purpose="Sells"),
            "people": Domain(name="people", title="People", purpose="Who works here"),
        },
        sources={"sales.crm": Source(name="crm", domain="sales", connector="files", streams={"opportunities": {}})},
        products={"sales.pipeline": pipeline},
        metrics={"win_rate": Metric(name="win_rate", title="Win rate", owner="ana@messy.example")},
        placed=(
            placed("sales.pipeline.deals", revenue, Property(name="customerId"), product=pipeline, tags=("finance",)),
            placed("sales.pipeline.deals@2", revenue, product=pipeline),
            placed("sales.pipeline.customers", Property(name="email", tags=("pii",)), description="Who buys from us"),
            placed("people.staff.employees", Property(name="income"), Property(name="deal_bonus")),
        ),
    )


_FILLED: dict[int, MemoryRegistry] = {}


def search(mesh: Declared, text: str, limit: int = 20) -> tuple[catalog.Hit, ...]:
    """Search a mesh that nothing but memory keeps."""
    if id(mesh) not in _FILLED:
        _FILLED[id(mesh)] = filled(mesh)
    with _FILLED[id(mesh)].transaction() as unit:
        return catalog.search(unit.search, text, limit)


def filled(mesh: Declared) -> MemoryRegistry:
    registry = MemoryRegistry()
    with registry.transaction(write=True) as unit:
        unit.documents.put(Document(path="mesh.yaml", kind="Mesh", id="m", content=b""), at="", actor="")
        catalog.index(unit, mesh)
    return registry


def names(mesh: Declared, text: str, limit: int = 20) -> list[str]:
    return [f"{h.kind} {h.name}" for h in search(mesh, text, limit)]


def test_a_name_that_is_typed_whole_stands_first(mesh: Declared) -> None:
    assert names(mesh, "sales.pipeline.customers")[0] == "table sales.pipeline.customers"
    assert names(mesh, "sales.pipeline")[0] == "product sales.pipeline"
    assert names(mesh, "DEALS")[:2] == ["table sales.pipeline.deals", "table sales.pipeline.deals@1"]
    assert names(mesh, "sales")[0] == "domain sales"
    assert names(mesh, "crm")[0] == "source sales.crm"
    assert names(mesh, "win rate") == ["metric win_rate"]


def test_names_come_before_columns_before_descriptions(mesh: Declared) -> None:
    assert names(mesh, "deals") == [
        "table sales.pipeline.deals",
        "table sales.pipeline.deals@1",
        "table people.staff.employees",
    ]
    assert names(mesh, "buys") == ["table sales.pipeline.customers"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("amount", "column amount"),
        ("contract value", "column amount"),
        ("amt eur", "column amount"),
        ("customer id", "column customerId"),
        ("customerid", "column customerId"),
        ("finance", "tag finance"),
        ("ana", "owner ana@messy.example"),
        ("soderstrom", "owner ana@messy.example"),
        ("ana@messy.example", "owner ana@messy.example"),
        ("björk", "team member bo"),
        ("opportunities", "stream crm.opportunities"),
        ("gold", "tag gold"),
        ("sell", "product's purpose"),
    ],
)
def test_where_it_was_found_is_said(mesh: Declared, text: str, where: str) -> None:
    hits = {h.name: h for h in search(mesh, text)}
    found = hits.get("sales.pipeline.deals") or hits["sales.pipeline.deals@1"]
    assert where in found.found


def test_a_tag_of_a_column_leads_to_its_table(mesh: Declared) -> None:
    (hit,) = search(mesh, "pii")
    assert (hit.name, hit.found) == ("sales.pipeline.customers", ("tag pii of column email",))


@pytest.mark.parametrize("text", ["custmers", "cusotmers", "customres", "customer", "custom", "Customérs", "ustomers"])
def test_typing_errors_and_parts_of_words_are_forgiven(mesh: Declared, text: str) -> None:
    assert "table sales.pipeline.customers" in names(mesh, text)


@pytest.mark.parametrize("text", ["zzzzzz", "cxyomers", "?!", "dxl"])
def test_what_is_not_there_is_not_found(mesh: Declared, text: str) -> None:
    assert names(mesh, text) == [] or not words(text)


def test_a_typing_error_never_hides_the_right_word(mesh: Declared) -> None:
    exact, near = search(mesh, "income"), search(mesh, "incone")
    assert [h.name for h in exact] == [h.name for h in near] == ["people.staff.employees"]
    assert exact[0].score > near[0].score


def test_all_words_count_and_small_ones_do_not(mesh: Declared) -> None:
    assert names(mesh, "the income of employees") == ["table people.staff.employees"]
    assert names(mesh, "income xylophone") == ["table people.staff.employees"]
    assert names(mesh, "sales amount") == ["table sales.pipeline.deals", "table sales.pipeline.deals@1"]


def test_an_empty_text_lists_everything(mesh: Declared) -> None:
    listed = names(mesh, " ")
    assert len(listed) == 4 + 1 + 2 + 1 + 1
    assert listed == sorted(listed, key=lambda n: n.partition(" ")[2])
    assert names(mesh, "", 2) == listed[:2]


def test_an_older_major_has_its_number(mesh: Declared) -> None:
    assert "table sales.pipeline.deals@1" in names(mesh, "amount")
    assert "table sales.pipeline.deals@2" not in names(mesh, "amount")


def test_every_declared_name_is_found_by_itself(mesh: Declared) -> None:
    for hit in search(mesh, "", 100):
        assert search(mesh, hit.name)[0].name == hit.name


# words


def test_words_of_identifiers() -> None:
    assert words("openDeals_v2, Größe-É!") == ["open", "deals", "v2", "grosse", "e"]
    assert [stem(w) for w in ("companies", "deals", "class", "classes", "bus")] == [
        "company",
        "deal",
        "class",
        "class",
        "bus",
    ]


SHORT = st.text(alphabet="abc", max_size=6)


def slow(one: str, other: str) -> int:
    """Optimal string alignment as it is defined."""
    if not one or not other:
        return len(one) + len(other)
    cost = min(slow(one[1:], other) + 1, slow(one, other[1:]) + 1, slow(one[1:], other[1:]) + (one[0] != other[0]))
    if len(one) > 1 and len(other) > 1 and (one[0], one[1]) == (other[1], other[0]):
        cost = min(cost, slow(one[2:], other[2:]) + 1)
    return cost


@given(st.text(alphabet="ab", max_size=5), st.text(alphabet="ab", max_size=5), st.integers(0, 3))
def test_the_distance_is_that_of_its_definition(one: str, other: str, most: int) -> None:
    assert distance(one, other, most) == min(slow(one, other), most + 1)


@given(SHORT, SHORT)
def test_the_distance_is_symmetric(one: str, other: str) -> None:
    assert distance(one, other, 3) == distance(other, one, 3)


@given(
    st.lists(st.text(alphabet="abcd", min_size=1, max_size=10), max_size=15),
    st.text(alphabet="abcd", min_size=1, max_size=10),
)
def test_no_mistyped_word_is_overlooked(known: list[str], asked: str) -> None:
    lexicon = catalog.Lexicon(set(known))
    most = mistakes(asked)
    expected = {word for word in known if asked not in word and most and distance(asked, word, most) <= most}
    sure = any(asked in word or stem(asked) == stem(word) for word in known)
    wanted = set() if sure else expected
    found = lexicon.alike(asked)
    assert len(found) == 2 or set(found[0].words) >= wanted
