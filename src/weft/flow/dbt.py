"""A dbt project's artifacts as drafts: source, product, contracts with rules, and the lineage of its models.

Facts of docs.getdbt.com, "About dbt artifacts" (manifest, catalog and run results JSON). Reading is lenient: what is
missing is left out, what is not understood is told.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct, field

from weft import contracts, privacy
from weft.errors import Invalid
from weft.flow import openlineage
from weft.flow.draft import contract_of
from weft.lineage import Dataset, ForeignJob
from weft.model import DataProduct, InputPort, OutputPort, Property, Source, Table
from weft.quality import dbt as tests
from weft.spec.write import write_contract, write_product, write_weft

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weft.model import Contract, Declared, Rule
    from weft.seams import World

_STORED = ("table", "incremental", "snapshot", "materialized_view", "dynamic_table", "seed")
_READ = ("postgres", "redshift")
"""Adapters whose database the connector `sql` reads."""
_TYPES = (
    (re.compile(r"(TINY|SMALL|BIG|MEDIUM|HUGE|U)*INT(EGER|\d+)?\b|LONG\b|(BIG|SMALL)?SERIAL"), "integer"),
    (re.compile(r"(DECIMAL|NUMERIC|NUMBER|DOUBLE|FLOAT|REAL|MONEY|BIGNUMERIC)"), "number"),
    (re.compile(r"(TIMESTAMP|DATETIME)"), "timestamp"),
    (re.compile(r"DATE\b"), "date"),
    (re.compile(r"TIME\b"), "time"),
    (re.compile(r"BOOL"), "boolean"),
)
_DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC|NUMBER)\s*\((\d+)\s*,\s*(\d+)\)")


class Wanted(Struct, frozen=True):
    """What is to be drafted."""

    product: str
    """domain.product"""
    source: str
    """Name of the source that reads the project's database."""
    models: tuple[str, ...] = ()
    """Models to offer; none = those that are stored."""


class Drafted(Struct, frozen=True):
    """Files to write below the mesh's folder, and why they say what they say."""

    files: dict[str, str]
    evidence: tuple[str, ...]
    jobs: tuple[ForeignJob, ...]


class _Project(Struct):
    """What the artifacts say."""

    nodes: Mapping[str, Any]
    parents: Mapping[str, Any]
    columns: Mapping[str, Mapping[str, Any]]
    """Columns of the catalog by node and lower case name."""
    adapter: str
    name: str
    tests: dict[str, list[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """Tests by node."""


def draft(known: Declared, artifacts: Mapping[str, Any], wanted: Wanted) -> Drafted:
    """Draft a product of a dbt project.

    Args:
        known: the mesh.
        artifacts: JSON of `manifest`, and of `catalog` and `run_results` where they are there.
        wanted: what to call it.

    Raises:
        Invalid: no manifest, a domain or models that are not there.
    """
    project = _project(artifacts)
    domain, _, product = wanted.product.partition(".")
    if domain not in known.domains or not product or "." in product:
        raise Invalid(
            f"'{wanted.product}' cannot be drafted",
            hint=f"A product is named domain.product; there are the domains {', '.join(sorted(known.domains))}.",
        )
    chosen = _chosen(project, wanted.models)
    drafted = [_contract(known, project, node, (wanted, chosen)) for node in chosen.values()]
    evidence = [line for _, lines in drafted for line in lines]
    evidence += _results(artifacts.get("run_results") or {}, project)
    skipped = [str(n["name"]) for n in project.nodes.values() if n.get("resource_type") == "model"]
    left = [name for name in skipped if name not in chosen]
    evidence += [f"not offered: {', '.join(left)} (views; name them with --model)"] if left else []
    files = _files(domain, wanted, project, [c for c, _ in drafted])
    if f"{domain}.{wanted.source}" in known.sources:
        del files[f"domains/{domain}/sources/{wanted.source}.yaml"]
    elif project.adapter not in _READ:
        evidence.append(f"weft does not read {project.adapter}: the drafted source takes Parquet files of the tables")
    return Drafted(files, tuple(evidence), tuple(_jobs(known, project, domain, wanted.source, chosen)))


def note(world: World, drafted: Drafted) -> int:
    """Let the models' lineage join the graph; returns how many jobs are new."""
    return openlineage.note(world, drafted.jobs)


def _project(artifacts: Mapping[str, Any]) -> _Project:
    manifest = artifacts.get("manifest")
    if not isinstance(manifest, dict) or not isinstance(manifest.get("nodes"), dict):
        raise Invalid("this is no manifest.json of dbt: it has no nodes", hint="dbt writes it to its target folder.")
    told = manifest.get("metadata") or {}
    catalog = artifacts.get("catalog") or {}
    there = {**(catalog.get("nodes") or {}), **(catalog.get("sources") or {})}
    project = _Project(
        nodes={
            key: {**node, "unique_id": key}
            for key, node in {**manifest["nodes"], **(manifest.get("sources") or {})}.items()
            if "name" in node
        },
        parents=manifest.get("parent_map") or {},
        columns={k: {c.lower(): v for c, v in (n.get("columns") or {}).items()} for k, n in there.items()},
        adapter=str(told.get("adapter_type") or "unknown"),
        name=str(told.get("project_name") or "dbt"),
    )
    for node in project.nodes.values():
        if node.get("resource_type") == "test" and node.get("attached_node"):
            project.tests[node["attached_node"]].append(node)
    return project


def _chosen(project: _Project, named: tuple[str, ...]) -> dict[str, Mapping[str, Any]]:
    """Models to offer, by name."""
    models = {
        str(n["name"]): n for n in project.nodes.values() if n.get("resource_type") in {"model", "snapshot", "seed"}
    }
    unknown = sorted(set(named) - set(models))
    if unknown:
        raise Invalid(f"the project has no model '{unknown[0]}'", hint=f"It has {', '.join(sorted(models))}.")
    if named:
        return {name: models[name] for name in named}
    stored = {
        name: n
        for name, n in models.items()
        if n["resource_type"] != "seed" and (n.get("config") or {}).get("materialized") in _STORED
    }
    if not stored:
        raise Invalid("the project stores no model as a table", hint="Name the models to offer with --model.")
    return stored


def _contract(
    known: Declared, project: _Project, node: Mapping[str, Any], of: tuple[Wanted, Mapping[str, Any]]
) -> tuple[Contract, list[str]]:
    wanted, chosen = of
    domain, _, product = wanted.product.partition(".")
    name = contracts.snake(str(node.get("alias") or node["name"]))
    names = {
        str(n["name"]): f"{domain}.{product}.{contracts.snake(str(n.get('alias') or m))}" for m, n in chosen.items()
    }
    read = tests.read({"models": [_schema(project, node)]}, names.get)
    rules = read.rules.get(str(node["name"]), [])
    keys = _keys(node, rules)
    columns = tuple(_column(column, rules, keys) for column in _columns(project, node))
    evidence = [f"{name}: {len(columns)} columns, {len(rules)} rules from dbt's tests"]
    evidence += [f"{name}: the key is ({', '.join(keys)}): unique and never null in dbt"] if keys else []
    evidence += [f"{name}.{c.name}: likely personal data ({', '.join(c.tags)}), by its name" for c in columns if c.tags]
    evidence += [f"not understood: {text}" for text in read.unread]
    table = Table(
        name=name,
        description=str(node.get("description") or "TO FILL: one row per what?").strip(),
        properties=columns,
        quality=tuple(r for r in rules if r.column is None),
        tags=tuple(node.get("tags") or ()),
        custom={"weft.stream": f"{wanted.source}.{name}"},
    )
    return contract_of(known, domain, product, table), evidence


def _schema(project: _Project, node: Mapping[str, Any]) -> dict[str, Any]:
    """The node's tests in the form of a schema file."""
    listed: dict[str, list[Any]] = defaultdict(list)
    for test in project.tests.get(node["unique_id"], ()):
        said = test.get("test_metadata") or {}
        package = f"{said['namespace']}." if said.get("namespace") else ""
        given = {k: v for k, v in (said.get("kwargs") or {}).items() if k not in {"model", "column_name"}}
        config = {k: v for k, v in (test.get("config") or {}).items() if k == "severity"}
        one = {f"{package}{said.get('name') or test['name']}": {"arguments": given, "config": config}}
        listed[str(test.get("column_name") or "")].append(one)
    columns = [{"name": name, "data_tests": those} for name, those in listed.items() if name]
    return {"name": str(node["name"]), "data_tests": listed.get("", []), "columns": columns}


def _keys(node: Mapping[str, Any], rules: list[Rule]) -> tuple[str, ...]:
    """The declared unique_key, else the one column that is tested to be unique and never null."""
    said = (node.get("config") or {}).get("unique_key")
    if said:
        return (said,) if isinstance(said, str) else tuple(map(str, said))
    metrics = Counter(r.column for r in rules if r.severity == "error" and _simple(r))
    both = [column for column, times in metrics.items() if times == 2 and column]  # noqa: PLR2004 - unique and not_null
    return (both[0],) if len(both) == 1 else ()


def _simple(rule: Rule) -> bool:
    return rule.metric in {"nullValues", "duplicateValues"} and (rule.operator, rule.threshold) == ("mustBe", 0)


def _columns(project: _Project, node: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Columns of the catalog in its order, else those of the manifest."""
    catalog = project.columns.get(node["unique_id"], {})
    said = {str(c.get("name") or k).lower(): c for k, c in (node.get("columns") or {}).items()}
    for name in dict.fromkeys((*sorted(catalog, key=lambda c: catalog[c].get("index", 0)), *said)):
        there, told = catalog.get(name, {}), said.get(name, {})
        yield {
            "name": str(there.get("name") or told.get("name") or name),
            "type": str(there.get("type") or told.get("data_type") or ""),
            "about": str(told.get("description") or there.get("comment") or "TO FILL").strip(),
        }


def _column(said: Mapping[str, Any], rules: list[Rule], keys: tuple[str, ...]) -> Property:
    mine = [r for r in rules if r.column == said["name"]]
    plain = {r.metric for r in mine if r.severity == "error" and _simple(r)}
    kind = said["type"].upper()
    logical = next((logical for pattern, logical in _TYPES if pattern.match(kind)), "string")
    signs = privacy.detect(said["name"], ()) if logical not in {"number", "boolean"} else ()
    private = tuple(dict.fromkeys(sign.tag for sign in signs))
    decimal = _DECIMAL.match(kind)
    key = keys.index(said["name"]) + 1 if said["name"] in keys else 0
    return Property(
        name=contracts.snake(said["name"]),
        physical_name=said["name"] if contracts.snake(said["name"]) != said["name"] else "",
        type=cast("Any", logical),
        physical_type=f"decimal({decimal[1]},{decimal[2]})" if decimal else "",
        required="nullValues" in plain or bool(key),
        unique="duplicateValues" in plain and not key,
        key=key,
        description=said["about"],
        tags=private,
        classification="confidential" if private else "",
        quality=tuple(r for r in mine if not (r.severity == "error" and _simple(r))),
    )


def _files(domain: str, wanted: Wanted, project: _Project, drafted: list[Contract]) -> dict[str, str]:
    product = wanted.product.partition(".")[2]
    place = f"domains/{domain}/{product}"
    streams = {c.name: c.tables[0].stream for c in drafted}
    files = {f"{place}/{c.name}.odcs.yaml": write_contract(c) for c in drafted}
    files[f"{place}/product.odps.yaml"] = write_product(
        DataProduct(
            id=f"{domain}-{product}",
            name=product,
            domain=domain,
            title=product.replace("_", " ").capitalize(),
            version="0.1.0",
            purpose=f"TO FILL: what is it for? Drafted from the dbt project {project.name}.",
            inputs=tuple(InputPort(name=t, version="1.0.0", contract_id=f"stream:{s}") for t, s in streams.items()),
            outputs=tuple(OutputPort(name=c.name, version=c.version, contract_id=c.id) for c in drafted),
            team=drafted[0].team,
        )
    )
    files[f"domains/{domain}/sources/{wanted.source}.yaml"] = write_weft(_source(domain, wanted, project, drafted))
    return files


def _source(domain: str, wanted: Wanted, project: _Project, drafted: list[Contract]) -> Source:
    about = f"Tables of the dbt project {project.name}. TO FILL: where they are."
    if project.adapter not in _READ:
        files = {c.name: {"path": f"{c.name}.parquet"} for c in drafted}
        config: dict[str, Any] = {"path": f"data/{project.name}"}
        return Source(
            name=wanted.source, domain=domain, connector="files", description=about, config=config, streams=files
        )
    nodes = {contracts.snake(str(n.get("alias") or n["name"])): n for n in project.nodes.values()}
    database = next((str(nodes[c.name].get("database")) for c in drafted), "")
    config = {"url": f"postgresql://to.fill/{database}", "user": "TO_FILL", "password": "secret://env/TO_FILL"}
    tables = {c.name: {"table": c.name, "schema": str(nodes[c.name].get("schema") or "public")} for c in drafted}
    return Source(name=wanted.source, domain=domain, connector="sql", description=about, config=config, streams=tables)


def _results(said: Mapping[str, Any], project: _Project) -> list[str]:
    """How dbt's tests ended last."""
    tested = {t["unique_id"] for those in project.tests.values() for t in those}
    ended = {str(r.get("unique_id")): str(r.get("status")) for r in said.get("results") or ()}
    counts = Counter(status for one, status in ended.items() if one in tested)
    bad = sorted(project.nodes[one]["name"] for one, status in ended.items() if one in tested and status not in _FINE)
    told = (
        [f"dbt's last run: {', '.join(f'{n} tests {status}' for status, n in sorted(counts.items()))}"]
        if counts
        else []
    )
    return told + [f"it did not pass in dbt: {name}" for name in bad]


_FINE = ("pass", "success")


def _jobs(
    known: Declared, project: _Project, domain: str, source: str, chosen: Mapping[str, Any]
) -> Iterator[ForeignJob]:
    """What each model reads and writes; what is offered is a stream of the mesh."""
    for key, node in project.nodes.items():
        parents = [project.nodes[p] for p in project.parents.get(key) or () if p in project.nodes]
        if node.get("resource_type") not in {"model", "snapshot"} or not parents:
            continue
        ends = [_dataset(known, project, n, (domain, source, chosen)) for n in (*parents, node)]
        yield ForeignJob(namespace=f"dbt://{project.name}", name=key, inputs=tuple(ends[:-1]), outputs=(ends[-1],))


def _dataset(
    known: Declared, project: _Project, node: Mapping[str, Any], of: tuple[str, str, Mapping[str, Any]]
) -> Dataset:
    domain, source, chosen = of
    name = str(node["name"])
    if name in chosen:
        stream = contracts.snake(str(node.get("alias") or name))
        return Dataset(namespace=f"weft://{known.mesh.name}/streams", name=f"{domain}.{source}.{stream}")
    full = ".".join(str(node[k]) for k in ("database", "schema") if node.get(k))
    return Dataset(
        namespace=f"dbt://{project.name}", name=f"{full}.{node.get('alias') or node.get('identifier') or name}"
    )
