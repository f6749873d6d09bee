"""A small mesh of two domains as files, written to a folder."""

from __future__ import annotations

import textwrap

import pytest

from weft import spec

MESH = {
    "mesh.yaml": """
        apiVersion: weft/v1
        kind: Mesh
        name: messy
        stance: open
        purposes: [reporting, planning]
        engine:
          landingMemory: 300
    """,
    "people/ida.yaml": """
        apiVersion: weft/v1
        kind: Person
        id: ida@messy.example
        name: Ida Berg
        attributes: {regions: [EMEA]}
    """,
    "people/analysts.yaml": """
        apiVersion: weft/v1
        kind: Team
        name: analysts
        members: [ida@messy.example]
    """,
    "policies/pii.yaml": """
        apiVersion: weft/v1
        kind: Policy
        name: pii
        type: Mask
        match: {tags: [pii]}
        mask: hash
    """,
    "domains/sales/domain.yaml": """
        apiVersion: weft/v1
        kind: Domain
        name: sales
        owner: ida@messy.example
        members:
          - {member: 'team:analysts', role: consumer}
    """,
    "domains/sales/sources/crm.yaml": """
        apiVersion: weft/v1
        kind: Source
        name: crm
        connector: files
        config: {path: data, nullTokens: ['NA']}
        streams:
          opportunities: {glob: '*.csv'}
    """,
    "domains/sales/policies/board.yaml": """
        apiVersion: weft/v1
        kind: Grant
        name: board
        to: ['team:analysts']
        tables: [pipeline.deals]
        purposes: [reporting]
        until: 2027-01-31
    """,
    "domains/sales/pipeline/product.odps.yaml": """
        apiVersion: v1.0.0
        kind: DataProduct
        id: pipeline
        name: Pipeline
        status: active
        inputPorts:
          - {name: crm, version: 1.0.0, contractId: 'stream:crm.opportunities'}
        outputPorts:
          - {name: deals, version: 1.2.0, contractId: deals}
    """,
    "domains/sales/pipeline/deals.odcs.yaml": """
        apiVersion: v3.1.0
        kind: DataContract
        id: deals
        version: 1.2.0
        status: active
        schema:
          - name: deals
            properties:
              - name: id
                logicalType: string
                primaryKey: true
              - name: amount
                logicalType: number
                quality:
                  - {metric: nullValues, mustBe: 0, severity: warning}
    """,
    "domains/sales/pipeline/deals.sql": "select id, amount from crm.opportunities\n",
    "domains/finance/domain.yaml": """
        apiVersion: weft/v1
        kind: Domain
        name: finance
        owner: ida@messy.example
    """,
    "domains/finance/revenue/product.odps.yaml": """
        apiVersion: v1.0.0
        kind: DataProduct
        id: revenue
        status: active
        inputPorts:
          - {name: deals, version: 1.0.0, contractId: deals}
        outputPorts:
          - {name: won, version: 1.0.0, contractId: won}
    """,
    "domains/finance/revenue/won.odcs.yaml": """
        apiVersion: v3.1.0
        kind: DataContract
        id: won
        version: 1.0.0
        status: active
        schema:
          - name: won
            properties:
              - {name: total, logicalType: number}
    """,
    "domains/finance/revenue/won.sql": "with d as (select * from sales.pipeline.deals)\nselect sum(amount) as total from d\n",
}


class Written:
    """A mesh on disk; `change` rewrites files, `problems` reads it all."""

    def __init__(self, folder):
        self.folder = folder
        self.change(MESH)

    def change(self, files):
        for path, text in files.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                file.unlink()
            elif isinstance(text, bytes):
                file.write_bytes(text)
            else:
                file.write_text(textwrap.dedent(text).lstrip("\n"))
        return self

    def edit(self, path, old, new):
        file = self.folder / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))
        return self

    def read(self):
        documents, first = spec.read_folder(self.folder)
        declared, second = spec.resolve(documents)
        return declared, [*first, *second]

    @property
    def declared(self):
        declared, problems = self.read()
        assert [str(p) for p in problems if p.severity == "error"] == []
        return declared

    @property
    def problems(self):
        return [str(p) for p in self.read()[1]]


@pytest.fixture
def mesh(tmp_path):
    return Written(tmp_path)
