"""A run as an OpenLineage event (specification 2-0-2) with column lineage."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from weft.lineage.graph import Graph, graph, label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.lineage.graph import Edge
    from weft.model import Declared, Finding, Placed, Property, Run

PRODUCER = "urn:weft"
_SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = "https://openlineage.io/spec/facets"
_JOB_TYPE = "2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet"
_STATES = {"running": "START", "succeeded": "COMPLETE", "held": "COMPLETE", "failed": "FAIL"}


def run_event(declared: Declared, run: Run, lineage: Graph | None = None) -> dict[str, Any]:
    """The event of a run of one product.

    Args:
        declared: the mesh as it was when the product ran.
        run: what happened; its tables are the outputs, without any all tables of its product.
        lineage: `graph(declared)`, when it is there already.

    Returns:
        JSON: an OpenLineage RunEvent. Inputs and outputs are named `domain.product.table` in the namespace
        `weft://<mesh>`, streams `domain.source.stream` in `weft://<mesh>/streams`. No row value is in it.
    """
    known = lineage or graph(declared)
    outputs = _outputs(declared, run)
    rows = {result.table.key: result.rows for result in run.tables}
    into = {label(declared, placed) for placed in outputs}
    edges = [edge for edge in known.edges if known.nodes[edge.target].of in into]
    sources = dict.fromkeys(known.nodes[edge.source].of for edge in edges if known.nodes[edge.source].of not in into)
    return {
        "eventType": _STATES[run.state],
        "eventTime": run.finished or run.started,
        "producer": PRODUCER,
        "schemaURL": _SPEC,
        "run": {"runId": _run_id(run.id), "facets": _run_facets(run)},
        "job": {"namespace": _namespace(declared), "name": run.product, "facets": _job_facets(outputs)},
        "inputs": [_dataset(declared, name) for name in sources],
        "outputs": [_output(declared, placed, known, rows.get(placed.name.key)) for placed in outputs],
    }


def quality_event(declared: Declared, run: Run) -> dict[str, Any] | None:
    """What the rules found in a run, as a job of its own that reads the tables: so it is told of inputs alone.

    Returns:
        JSON: an OpenLineage RunEvent with the facets DataQualityAssertions and, where rows were counted,
        DataQualityMetrics.
        None when no rule was judged.
    """
    judged = [(p, r.findings) for r in run.tables if r.findings and (p := declared.tables.get(r.table.key))]
    if not judged:
        return None
    above = {"run": {"runId": _run_id(run.id)}, "job": {"namespace": _namespace(declared), "name": run.product}}
    parent = _facet("1-2-0/ParentRunFacet.json#/$defs/ParentRunFacet", **above)
    return {
        "eventType": "COMPLETE",
        "eventTime": run.finished or run.started,
        "producer": PRODUCER,
        "schemaURL": _SPEC,
        "run": {"runId": _run_id(f"{run.id}:quality"), "facets": {"parent": parent}},
        "job": {
            "namespace": _namespace(declared),
            "name": f"{run.product}.quality",
            "facets": {"jobType": _facet(_JOB_TYPE, processingType="BATCH", integration="WEFT", jobType="TEST")},
        },
        "inputs": [_judged(declared, placed, findings) for placed, findings in judged],
        "outputs": [],
    }


def _run_id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"weft:{name}"))


def _judged(declared: Declared, placed: Placed, findings: Iterable[Finding]) -> dict[str, Any]:
    metrics = {rule.name: rule.metric or rule.type for rule in placed.table.rules}
    path = "1-1-0/DataQualityAssertionsDatasetFacet.json#/$defs/DataQualityAssertionsDatasetFacet"
    facets = {"dataQualityAssertions": _facet(path, assertions=[_assertion(f, metrics) for f in findings])}
    rows = [int(f.found) for f in findings if f.found is not None and metrics.get(f.rule) == "rowCount"]
    if rows:
        path = "1-0-3/DataQualityMetricsInputDatasetFacet.json#/$defs/DataQualityMetricsInputDatasetFacet"
        facets["dataQualityMetrics"] = _facet(path, rowCount=rows[0], columnMetrics={})
    return {**_dataset(declared, label(declared, placed)), "inputFacets": facets}


def _assertion(finding: Finding, metrics: Mapping[str, str]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "assertion": metrics.get(finding.rule, finding.rule),
        "success": finding.passed,
        "name": finding.rule,
        "severity": {"warning": "warn"}.get(finding.severity, finding.severity),
        "description": finding.text,
        "expected": finding.allowed,
    }
    if finding.column:
        said["column"] = finding.column
    if finding.found is not None:
        said["actual"] = f"{finding.found:.10g}"
    return said


def _outputs(declared: Declared, run: Run) -> list[Placed]:
    named = [p for result in run.tables if (p := declared.tables.get(result.table.key)) is not None]
    return named or [p for p in declared.placed if f"{p.name.domain}.{p.name.product}" == run.product]


def _namespace(declared: Declared) -> str:
    return f"weft://{declared.mesh.name}"


def _dataset(declared: Declared, of: str) -> dict[str, str]:
    """Namespace and name of a node's table or stream."""
    stream = of.removeprefix("stream:")
    if stream != of:
        return {"namespace": f"{_namespace(declared)}/streams", "name": stream}
    return {"namespace": _namespace(declared), "name": of}


def _facet(path: str, **content: Any) -> dict[str, Any]:
    return {"_producer": PRODUCER, "_schemaURL": f"{_FACETS}/{path}", **content}


def _run_facets(run: Run) -> dict[str, Any]:
    if not run.error:
        return {}
    path = "1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet"
    return {"errorMessage": _facet(path, message=run.error, programmingLanguage="Python")}


def _job_facets(outputs: Iterable[Placed]) -> dict[str, Any]:
    kind = _facet(_JOB_TYPE, processingType="BATCH", integration="WEFT", jobType="JOB")
    statements = [f"-- {placed.name}\n{placed.shape.sql.strip()}" for placed in outputs if placed.shape.sql]
    if not statements:
        return {"jobType": kind}
    path = "1-1-0/SQLJobFacet.json#/$defs/SQLJobFacet"
    return {"jobType": kind, "sql": _facet(path, query="\n\n".join(statements), dialect="duckdb")}


def _output(declared: Declared, placed: Placed, lineage: Graph, rows: int | None) -> dict[str, Any]:
    of = label(declared, placed)
    facets = {
        "schema": _facet(
            "1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet",
            fields=[_field(prop) for prop in placed.table.properties],
        ),
        "columnLineage": _facet(
            "1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet",
            **_column_lineage(declared, of, lineage),
        ),
    }
    found: dict[str, Any] = {**_dataset(declared, of), "facets": facets}
    if rows is not None:
        path = "1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet"
        found["outputFacets"] = {"outputStatistics": _facet(path, rowCount=rows)}
    return found


def _field(prop: Property) -> dict[str, Any]:
    nested = [_field(inner) for inner in prop.properties]
    described = {"description": prop.description} if prop.description else {}
    return {"name": prop.name, "type": prop.type, **described, **({"fields": nested} if nested else {})}


def _column_lineage(declared: Declared, of: str, lineage: Graph) -> dict[str, Any]:
    """Direct sources by column; what decides which rows there are stands for the whole table."""
    fields: dict[str, list[dict[str, Any]]] = defaultdict(list)
    whole: dict[str, dict[str, Any]] = {}
    for edge in lineage.edges:
        target = lineage.nodes[edge.target]
        if target.of != of:
            continue
        if edge.how == "direct":
            fields[target.column].append(_source(declared, lineage, edge))
        elif edge.how == "indirect":
            whole[edge.source] = _source(declared, lineage, edge)
    found: dict[str, Any] = {"fields": {name: {"inputFields": inputs} for name, inputs in fields.items()}}
    return found | ({"dataset": list(whole.values())} if whole else {})


def _source(declared: Declared, lineage: Graph, edge: Edge) -> dict[str, Any]:
    node = lineage.nodes[edge.source]
    kind = {"type": "DIRECT" if edge.how == "direct" else "INDIRECT"}
    return {**_dataset(declared, node.of), "field": node.column, "transformations": [kind]}
