from __future__ import annotations

import pytest

from weft import spec


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


DEALS = "domains/sales/pipeline/deals"
PRODUCT = "domains/sales/pipeline/product.odps.yaml"
WON = "domains/finance/revenue/won"

WRONG = {
    "no mesh": ({"mesh.yaml": None}, "mesh.yaml:1:1: error: mesh.yaml is missing, a mesh needs a document of the kind Mesh with its name"),
    "no domain": ({"domains/sales/domain.yaml": None}, f"{PRODUCT}:1:1: error: domains/sales/domain.yaml is missing, each domain needs a document Domain"),
    "no product": ({PRODUCT: None}, f"{DEALS}.odcs.yaml:1:1: error: the folder 'pipeline' has no product.odps.yaml"),
    "kind in the wrong place": ({"people/x.yaml": "apiVersion: weft/v1\nkind: Source\nname: x\nconnector: files\n"}, "people/x.yaml:2:1: error: 'kind' is 'Source', allowed are Person, Team, ServiceAccount"),
    "unread file": ({"domains/sales/notes.yaml": "a: 1\n"}, "domains/sales/notes.yaml:1:1: warning: weft does not look for documents here, the file is not read"),
    "not utf-8": ({"people/x.yaml": b"name: \xff\n"}, "people/x.yaml:1:7: error: the byte 0xff is not UTF-8, files are UTF-8"),
    "sql without table": ({"domains/sales/pipeline/deal.sql": "select 1 as a from crm.opportunities"}, "domains/sales/pipeline/deal.sql:1:1: error: no contract beside it has a table 'deal'; did you mean 'deals'? Known are deals"),
    "sql twice": ({f"{DEALS}.sql": "select 1; select 2"}, f"{DEALS}.sql:1:1: error: 2 statements were found, allowed is exactly one SELECT"),
    "sql drop": ({f"{DEALS}.sql": "drop table x"}, f"{DEALS}.sql:1:1: error: DROP was found, allowed is exactly one SELECT"),
    "sql broken": ({f"{DEALS}.sql": "select a\nfrom where b"}, f"{DEALS}.sql:2:6: error: this is not SQL near 'where'"),
    "sql of nothing": ({f"{DEALS}.sql": "select 1 as id"}, f"{DEALS}.sql:1:1: error: the SQL names no stream and no table, allowed are one stream (source.stream), or tables (domain.product.table)"),
    "sql one part": ({f"{DEALS}.sql": "select *\nfrom opportunities"}, f"{DEALS}.sql:2:6: error: 'opportunities' names nothing known, allowed are one stream (source.stream), or tables (domain.product.table)"),
    "sql a file": ({f"{DEALS}.sql": "select * from 'x.csv'"}, f"{DEALS}.sql:1:15: error: 'x.csv' names nothing known, allowed are one stream (source.stream), or tables (domain.product.table)"),
    "mixed": ({f"{DEALS}.sql": "select * from crm.opportunities, finance.revenue.won"}, f"{DEALS}.sql:1:15: error: the SQL mixes streams and tables (crm.opportunities, finance.revenue.won), allowed are one stream (source.stream), or tables (domain.product.table)"),
    "two streams": ({f"{DEALS}.sql": "select * from crm.opportunities join crm.other using (id)"}, f"{DEALS}.sql:1:38: error: the SQL reads 2 streams (crm.opportunities, crm.other), allowed is one; join tables in a derived product"),
    "unknown stream": ({f"{DEALS}.sql": "select * from crm.opportunitys"}, f"{DEALS}.sql:1:15: error: the source 'crm' has no stream 'opportunitys'; did you mean 'opportunities'? Known are opportunities"),
    "unknown source": ({f"{DEALS}.sql": "select * from crn.opportunities"}, f"{DEALS}.sql:1:15: error: the domain 'sales' has no source 'crn'; did you mean 'crm'? Known are crm"),
    "unknown table": ({f"{WON}.sql": "select 1 as total\nfrom sales.pipeline.deal"}, f"{WON}.sql:2:6: error: no product offers a table 'sales.pipeline.deal'; did you mean 'sales.pipeline.deals'? Known are finance.revenue.won, sales.pipeline.deals"),
    "itself": ({f"{WON}.sql": "select * from finance.revenue.won"}, f"{WON}.odcs.yaml:7:5: error: tables read each other in a circle: finance.revenue.won -> finance.revenue.won"),
    "second person": ({"people/b.yaml": "apiVersion: weft/v1\nkind: Person\nid: ida@messy.example\n"}, "people/ida.yaml:1:1: error: a second Person 'ida@messy.example', the first is in people/b.yaml"),
    "no e-mail": ({"people/b.yaml": "apiVersion: weft/v1\nkind: Person\nid: Ole\n"}, "people/b.yaml:3:1: error: 'id' is 'Ole', allowed is an e-mail address"),
    "unknown key": ({"people/b.yaml": "apiVersion: weft/v1\nkind: Person\nid: a@b\nrole: [x]\n"}, "people/b.yaml:4:1: error: 'role' is not a known key, did you mean 'roles'? Allowed are "),
    "no version": ({"people/b.yaml": "kind: Person\nid: a@b\n"}, "people/b.yaml:1:1: error: 'apiVersion' is missing, allowed is weft/v1"),
    "position": ({"people/b.yaml": "apiVersion: weft/v1\nkind: Person\nid: a@b\nposition: 1\n"}, "people/b.yaml:4:1: error: 'position' is not a known key, allowed are "),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_in_a_mesh_is_told(mesh, case):
    files, message = WRONG[case]
    problems = mesh.change(files).problems
    assert any(problem.startswith(message) for problem in problems), problems


EDITS = {
    "owner": ("domains/sales/domain.yaml", "owner: ida@", "owner: idda@", "4:1: error: there is no person 'idda@messy.example'; did you mean 'ida@messy.example'? Known are ida@messy.example"),
    "team": ("domains/sales/domain.yaml", "team:analysts", "team:analyst", "6:6: error: there is no team 'analyst'; did you mean 'analysts'? Known are analysts"),
    "role": ("domains/sales/domain.yaml", "role: consumer", "role: boss", "6:31: error: 'role' is 'boss', allowed are owner, steward, producer, consumer"),
    "folder": ("domains/sales/domain.yaml", "name: sales", "name: Sales", "3:1: error: 'name' is 'Sales', allowed is 'sales', the folder that it lies in"),
    "member": ("people/analysts.yaml", "ida@", "ole@", "4:11: error: there is no person 'ole@messy.example'; did you mean 'ida@messy.example'? Known are "),
    "grantee": ("domains/sales/policies/board.yaml", "'team:analysts'", "somebody:x", "4:6: error: 'somebody:x' names nobody, allowed are the id of a person and names after team:, service:, domain:, product:, role:"),
    "granted": ("domains/sales/policies/board.yaml", "pipeline.deals", "pipeline.deal", "5:10: error: there is no table 'sales.pipeline.deal'; did you mean 'sales.pipeline.deals'? Known are sales.pipeline.deals"),
    "others' table": ("domains/sales/policies/board.yaml", "pipeline.deals", "finance.revenue.won", "5:10: error: 'finance.revenue.won' is not of the domain 'sales', a grant gives its own tables only"),
    "purpose": ("domains/sales/policies/board.yaml", "reporting", "fun", "6:12: error: mesh.yaml lists no purpose 'fun'; known are planning, reporting"),
    "until": ("domains/sales/policies/board.yaml", "2027-01-31", "soon", "7:1: error: 'until' is 'soon', allowed is a date such as 2027-01-31 or a timestamp"),
    "domain": (f"{DEALS}.odcs.yaml", "id: deals", "id: deals\ndomain: people", "4:1: error: 'domain' is 'people', allowed is 'sales', the folder that it lies in"),
    "drift": (f"{DEALS}.odcs.yaml", "- name: deals", "- name: deals\n    customProperties: [{property: weft.drift, value: no}]", "8:5: error: 'weft.drift' is 'no', allowed are evolve, freeze, quarantine"),
    "ours": (f"{DEALS}.odcs.yaml", "- name: deals", "- name: deals\n    customProperties: [{property: weft.steam, value: no}]", "8:24: warning: 'weft.steam' is not a known key, did you mean 'weft.stream'? Allowed are weft.stream, weft.drift, weft.cursor"),
    "no input port": (PRODUCT, "stream:crm.opportunities", "deals", None),
    "stream port": (PRODUCT, "crm.opportunities", "crm.nothing", "7:33: error: the source 'crm' has no stream 'nothing'; known are opportunities"),
    "output": (PRODUCT, "contractId: deals", "contractId: dealz", "9:35: error: the output port 'deals' names no contract of its folder: 'dealz'; did you mean 'deals'? Known are deals"),
    "output major": (PRODUCT, "version: 1.2.0, contractId: deals", "version: 2.0.0, contractId: deals", "9:35: error: the output port 'deals' has version 2.0.0, its contract has 1.2.0: majors differ"),
    "no contract": (PRODUCT, ", contractId: deals", "", "9:5: error: the output port 'deals' names no contract, 'contractId' is required"),
    "engine": ("mesh.yaml", "landingMemory: 300", "landingMemory: 3", "7:3: error: 'landingMemory' is '3': "),
    "setting": ("mesh.yaml", "landingMemory: 300", "landngMemory: 300", "7:3: error: 'landngMemory' is not a known key, did you mean 'landingMemory'? Allowed are workers, "),
}  # fmt: skip


@pytest.mark.parametrize("case", EDITS)
def test_a_slip_in_one_document_is_told_where_it_is(mesh, case):
    path, old, new, message = EDITS[case]
    problems = mesh.edit(path, old, new).problems
    if message is not None:
        assert any(problem.startswith(f"{path}:{message}") for problem in problems), problems
    else:
        assert problems, case


def test_a_stream_or_table_needs_an_input_port(mesh):
    mesh.edit(PRODUCT, "inputPorts:\n  - {name: crm, version: 1.0.0, contractId: 'stream:crm.opportunities'}\n", "")
    mesh.edit(
        "domains/finance/revenue/product.odps.yaml",
        "{name: deals, version: 1.0.0, contractId: deals}",
        "{name: d, version: 1.0.0, contractId: won}",
    )
    assert mesh.problems == [
        (
            f"{WON}.sql:1:26: error: no input port of 'finance.revenue' names the contract 'deals' of the table "
            "'sales.pipeline.deals' (contractId: deals); known are won"
        ),
        (
            f"{DEALS}.sql:1:24: error: no input port of 'sales.pipeline' names the stream 'crm.opportunities' "
            "(contractId: stream:crm.opportunities); none is declared"
        ),
    ]


def test_without_sql_the_columns_of_the_named_stream_are_taken(mesh):
    mesh.change({f"{DEALS}.sql": None})
    assert mesh.problems == [
        f"{DEALS}.odcs.yaml:7:5: warning: nothing feeds the table 'deals': name its stream (weft.stream), or write deals.sql or deals.csv"
    ]
    mesh.edit(
        f"{DEALS}.odcs.yaml",
        "- name: deals",
        "- name: deals\n    customProperties: [{property: weft.stream, value: crm.opportunities}]",
    )
    shape = mesh.declared.table("sales.pipeline.deals").shape
    assert (shape.kind, shape.stream, shape.sql) == ("columns", "crm.opportunities", "")


def test_a_broken_document_does_not_bring_false_complaints(mesh):
    mesh.edit(f"{DEALS}.odcs.yaml", "logicalType: string", "logicalType: text")
    assert [p.partition(": error: ")[0] for p in mesh.problems] == [f"{DEALS}.odcs.yaml:10:9"]
    mesh.edit("people/ida.yaml", "kind: Person", "kind: Human")
    assert len(mesh.problems) == 2


def test_products_that_read_each_other_are_told_as_a_circle(mesh):
    mesh.edit(f"{DEALS}.sql", "crm.opportunities", "finance.revenue.won")
    mesh.edit(PRODUCT, "stream:crm.opportunities", "won")
    assert mesh.problems == [
        (
            "domains/finance/revenue/product.odps.yaml:1:1: error: products read each other in a circle: "
            "finance.revenue -> sales.pipeline -> finance.revenue"
        ),
    ]


def test_contracts_of_one_product_that_read_each_other_are_told_as_a_circle(mesh):
    place = "domains/finance/revenue"
    head = "apiVersion: v3.1.0\nkind: DataContract\nversion: 1.0.0\nstatus: active\n"
    schema = "schema:\n" + "".join(
        f"  - name: {{{n}}}\n    properties: [{{{{name: total, logicalType: number}}}}]\n" for n in (0, 1)
    )
    mesh.change({
        f"{place}/left.odcs.yaml": f"{head}id: left\n" + schema.format("a", "d"),
        f"{place}/right.odcs.yaml": f"{head}id: right\n" + schema.format("b", "c"),
        f"{place}/a.sql": "select 1 as total from sales.pipeline.deals",
        f"{place}/b.sql": "select total from finance.revenue.a",
        f"{place}/c.sql": "select 1 as total from sales.pipeline.deals",
        f"{place}/d.sql": "select total from finance.revenue.c",
    })  # fmt: skip
    ports = "".join(f"  - {{name: {n}, version: 1.0.0, contractId: {n}}}\n" for n in ("left", "right"))
    mesh.edit(f"{place}/product.odps.yaml", "outputPorts:\n", f"outputPorts:\n{ports}")
    mesh.edit(f"{place}/product.odps.yaml", "inputPorts:\n", f"inputPorts:\n{ports}")
    assert mesh.problems == [
        f"{place}/left.odcs.yaml:1:1: error: contracts read each other in a circle: left 1 -> right 1 -> left 1"
    ]


def two_majors(mesh, id_="deals"):
    old = (mesh.folder / f"{DEALS}.odcs.yaml").read_text()
    mesh.change({f"{DEALS}-v2.odcs.yaml": old.replace("1.2.0", "2.0.0").replace("id: deals", f"id: {id_}")})
    return mesh.edit(PRODUCT, "outputPorts:", f"outputPorts:\n  - {{name: deals, version: 2.0.0, contractId: {id_}}}")


def test_an_older_major_stays_offered_beside_the_newest(mesh):
    two_majors(mesh)
    mesh.edit(
        "domains/finance/revenue/product.odps.yaml",
        "version: 1.0.0, contractId: deals",
        "version: 2.0.0, contractId: deals",
    )
    declared = mesh.declared
    assert {p.name.key for p in declared.placed} == {
        "sales.pipeline.deals@1",
        "sales.pipeline.deals@2",
        "finance.revenue.won@1",
    }
    assert declared.contracts["deals"].version == "2.0.0"
    assert declared.contracts["deals@1"].version == "1.2.0"
    assert [n.key for n in declared.table("finance.revenue.won").shape.inputs] == ["sales.pipeline.deals@2"]
    documents, _ = spec.read_folder(mesh.folder)
    assert {d.path: d.id for d in documents if d.kind == "DataContract"} == {
        f"{DEALS}.odcs.yaml": "deals@1",
        f"{DEALS}-v2.odcs.yaml": "deals",
        f"{WON}.odcs.yaml": "won",
    }


def test_sql_may_stay_with_an_older_major_and_must_agree_with_its_port(mesh):
    two_majors(mesh)
    assert mesh.problems == [
        (
            f"{WON}.sql:1:26: error: the SQL reads version 2.0.0 of 'sales.pipeline.deals', its input port names 1.0.0; "
            'write the port\'s version anew, or read "deals@1"'
        ),
    ]
    mesh.edit(f"{WON}.sql", "sales.pipeline.deals", 'sales.pipeline."deals@1"')
    assert [n.key for n in mesh.declared.table("finance.revenue.won").shape.inputs] == ["sales.pipeline.deals@1"]


def test_an_older_major_may_have_sql_of_its_own(mesh):
    two_majors(mesh).edit(f"{WON}.sql", "sales.pipeline.deals", 'sales.pipeline."deals@1"')
    mesh.change({f"{DEALS}@1.sql": "select id from crm.opportunities"})
    tables = mesh.declared.tables
    assert tables["sales.pipeline.deals@1"].shape.path.endswith("deals@1.sql")
    assert tables["sales.pipeline.deals@2"].shape.path.endswith("deals.sql")


def test_tables_are_unique_in_a_product(mesh):
    old = (mesh.folder / f"{DEALS}.odcs.yaml").read_text()
    mesh.change(
        {
            "domains/sales/pipeline/other.odcs.yaml": old.replace("id: deals", "id: other").replace(
                "- name: deals", "- name: Deals"
            )
        }
    )
    mesh.edit(PRODUCT, "outputPorts:", "outputPorts:\n  - {name: o, version: 1.0.0, contractId: other}")
    assert any("a second table 'sales.pipeline.Deals' in version 1, the first is in" in p for p in mesh.problems)


def test_a_contract_that_no_port_names_is_told(mesh):
    old = (mesh.folder / f"{DEALS}.odcs.yaml").read_text()
    mesh.change(
        {
            "domains/sales/pipeline/other.odcs.yaml": old.replace("id: deals", "id: other").replace(
                "- name: deals", "- name: x"
            )
        }
    )
    assert (
        "domains/sales/pipeline/other.odcs.yaml:3:1: error: no output port of 'sales.pipeline' names the contract 'other', so nobody can read it"
        in mesh.problems
    )
    mesh.edit("domains/sales/pipeline/other.odcs.yaml", "status: active", "status: retired")
    assert mesh.problems == []


def test_names_must_suit_engines(mesh):
    person = "owner: ida@messy.example"
    mesh.change({"domains/my-own/domain.yaml": f"apiVersion: weft/v1\nkind: Domain\nname: my-own\n{person}\n"})
    assert mesh.problems == [
        (
            "domains/my-own/domain.yaml:1:1: error: the domain is named 'my-own', allowed are lower case letters, digits and "
            "underscores, starting with a letter"
        ),
    ]
    mesh.change(
        {"domains/system/domain.yaml": "apiVersion: weft/v1\nkind: Domain\nname: system\nowner: ida@messy.example\n"}
    )
    assert (
        "domains/system/domain.yaml:1:1: error: the domain is named 'system', which engines keep for themselves; take another name"
        in mesh.problems
    )


def test_the_bytes_are_kept(mesh):
    text = b"# a comment\r\napiVersion:   weft/v1\r\nkind: Person\r\nid: ole@messy.example # him\r\n"
    mesh.change({"people/ole.yaml": text})
    documents, problems = spec.read_folder(mesh.folder)
    kept = {d.path: d for d in documents}["people/ole.yaml"]
    assert (kept.content, kept.kind, kept.id, problems) == (text, "Person", "ole@messy.example", ())


def test_ids_name_documents_in_their_mesh(mesh):
    documents, _ = spec.read_folder(mesh.folder)
    assert {(d.kind, d.id) for d in documents} == {
        ("Mesh", "messy"), ("Person", "ida@messy.example"), ("Team", "analysts"), ("Policy", "pii"), ("Domain", "sales"),
        ("Source", "sales.crm"), ("Grant", "sales.board"), ("DataProduct", "sales.pipeline"), ("DataContract", "deals"),
        ("Sql", "sales.pipeline.deals"), ("Domain", "finance"), ("DataProduct", "finance.revenue"),
        ("DataContract", "won"), ("Sql", "finance.revenue.won"),
    }  # fmt: skip


def test_a_part_of_a_mesh_is_read_with_its_prefix(mesh):
    whole, _ = spec.read_folder(mesh.folder)
    part, problems = spec.read_folder(mesh.folder / "domains/sales", prefix="domains/sales/")
    assert problems == ()
    assert set(part) == {d for d in whole if d.path.startswith("domains/sales/")}


def test_a_missing_folder_is_told(tmp_path):
    documents, problems = spec.read_folder(tmp_path / "nowhere")
    assert documents == ()
    assert "the mesh's folder is not there" in problems[0].message


def test_files_out_of_the_folder_and_large_ones_are_refused(mesh, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "x.yaml"
    outside.write_text("a: 1")
    (mesh.folder / "people/link.yaml").symlink_to(outside)
    mesh.change(
        {
            "people/large.yaml": b"#" * 1_000_001,
            "README.md": "read me",
            ".weft/x.yaml": "a: 1",
            "domains/sales/.git/x.yaml": "a: 1",
        }
    )
    assert mesh.problems == [
        "people/large.yaml:1:1: error: the file has 1,000,001 bytes, allowed are 1,000,000",
        "people/link.yaml:1:1: error: the file is a link that leads out of the mesh's folder",
    ]


def test_locate_finds_places_in_a_document(mesh):
    documents, _ = spec.read_folder(mesh.folder)
    document = {d.path: d for d in documents}["policies/pii.yaml"]
    assert str(spec.locate(document, ("match", "tags", 0))) == "policies/pii.yaml:5:16"
    broken = document.model_copy(update={"content": b"a: 1\na: 2"})
    assert str(spec.locate(broken, ("x",))) == "policies/pii.yaml:2:1"
