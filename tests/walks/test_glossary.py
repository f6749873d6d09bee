"""Terms of the business, linked from columns, and the questionnaire of a product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from walks.mesh import open_mesh, product
from weft import spec
from weft.flow import base
from weft.flow.find import find
from weft.flow.show import describe

if TYPE_CHECKING:
    from pathlib import Path

CUSTOMERS = product(
    "crm",
    """
    schema:
      - name: accounts
        authoritativeDefinitions: [{type: businessDefinition, url: "glossary:customer"}]
        properties:
          - name: id
            logicalType: string
          - name: mrr
            logicalType: number
            authoritativeDefinitions:
              - {type: businessDefinition, url: "glossary:recurring-revenue"}
              - {type: implementation, url: "https://wiki.example/mrr"}
    """,
)
ODPS = "domains/d/crm/product.odps.yaml"
OUT = "domains/d/crm/out.odcs.yaml"
CUSTOMERS[ODPS] += """customProperties:
  - property: weft.knowledge
    value: {why: Sales and support disagreed who is a customer., who: [bo@x.example], odd: Ids were given anew in 2024.}
"""
TERMS = {
    "glossary/company.yaml": """
        apiVersion: weft/v1
        kind: Glossary
        name: company
        owner: ada@x.example
        terms:
          - {name: customer, title: Customer, definition: Who pays us., synonyms: [client]}
          - name: recurring-revenue
            title: Monthly recurring revenue
            definition: What running subscriptions bring a month.
            synonyms: [MRR]
            see: [customer]
        """,
    "domains/d/glossary/words.yaml": """
        apiVersion: weft/v1
        kind: Glossary
        name: words
        terms:
          - {name: customer, definition: Who has signed.}
        """,
}


def test_terms_explain_tables_and_lead_to_them(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, CUSTOMERS, TERMS)
    known = base.declared(world)
    told = describe(world, known, "d.crm.accounts")
    assert told["terms"] == [
        {"term": "d/customer", "means": "Who has signed."},
        {"term": "recurring-revenue", "means": "What running subscriptions bring a month."},
    ], "a domain's own word comes before everybody's"
    hits = find(world, "mrr")
    assert {(h.kind, h.name) for h in hits} >= {("term", "recurring-revenue"), ("table", "d.crm.accounts")}
    assert find(world, "client")[0].name == "customer"
    world.close()


def test_a_product_says_why_it_exists_and_who_knows_it(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, CUSTOMERS, TERMS)
    told = describe(world, base.declared(world), "d.crm")
    assert told["exists because"] == "Sales and support disagreed who is a customer."
    assert told["known by"] == ["bo@x.example"]
    assert told["odd"] == "Ids were given anew in 2024."
    world.close()


def test_what_leads_nowhere_is_told(tmp_path: Path) -> None:
    world = open_mesh(tmp_path, CUSTOMERS, TERMS)
    world.close()
    (tmp_path / "domains/d/glossary/words.yaml").write_text(
        "apiVersion: weft/v1\nkind: Glossary\nname: words\nowner: zoe@x.example\nterms:\n"
        "  - {name: Customer, definition: x}\n  - {name: lead, definition: x, see: [deal]}\n"
        "  - {name: lead, definition: y}\n"
    )
    odps = (tmp_path / ODPS).read_text()
    (tmp_path / ODPS).write_text(odps.replace("who: [bo@x.example]", "who: [zoe@x.example]"))
    contract = tmp_path / OUT
    contract.write_text(contract.read_text().replace("glossary:recurring-revenue", "glossary:recuring-revenue"))
    documents, problems = spec.read_folder(tmp_path)
    told = [str(p) for p in (*problems, *spec.resolve(documents)[1]) if p.severity == "error"]
    words, known = "domains/d/glossary/words.yaml", "Known are customer, d/lead, recurring-revenue"
    near = "did you mean 'bo@x.example'? Known are ada@x.example, bo@x.example"
    assert told == [
        f"{OUT}:12:9: error: no glossary has a term 'recuring-revenue'; did you mean 'recurring-revenue'? {known}",
        f"{ODPS}:9:1: error: there is no person 'zoe@x.example'; {near}",
        f"{words}:4:1: error: there is no person 'zoe@x.example'; {near}",
        f"{words}:6:6: error: the term is named 'Customer', allowed are lower case words with hyphens",
        f"{words}:7:39: error: no glossary has a term 'deal'; did you mean 'd/lead'? {known}",
        f"{words}:8:6: error: a second term 'd/lead'",
    ]
