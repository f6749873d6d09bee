from __future__ import annotations


def test_a_mesh_declares_what_its_documents_say(mesh):
    declared = mesh.declared
    assert mesh.problems == []
    assert declared.mesh.engine.landing_memory == 300
    assert set(declared.domains) == {"sales", "finance"}
    assert set(declared.products) == {"sales.pipeline", "finance.revenue"}
    assert declared.policies[0].parameters == {"match": {"tags": ["pii"]}, "mask": "hash"}
    assert declared.grants[0].domain == "sales"
    assert declared.sources["sales.crm"].config["nullTokens"] == ["NA"]
    assert [p.name.key for p in declared.placed] == ["sales.pipeline.deals@1", "finance.revenue.won@1"]
    deals, won = declared.placed
    assert (deals.shape.kind, deals.shape.stream, deals.source) == ("shape", "crm.opportunities", "sales.crm")
    assert (won.shape.kind, won.shape.inputs) == ("derived", (deals.name,))
    assert deals.table.primary_key == ("id",)
    assert [(r.name, r.metric, r.severity) for r in deals.table.rules] == [
        ("amount.nullValues", "nullValues", "warning")
    ]
