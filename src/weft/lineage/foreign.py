"""Jobs of other tools, as their OpenLineage events tell of them, in the graph of the mesh."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from weft.errors import Invalid
from weft.lineage.graph import Edge, Graph, Node, label, node_of
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weft.model import Declared

_HOW: Mapping[str, Literal["direct", "indirect"]] = {"DIRECT": "direct", "INDIRECT": "indirect"}


class Dataset(Noun):
    """A dataset as OpenLineage names it."""

    namespace: str
    name: str


class Flow(Noun):
    """One column that goes into another one; an empty field stands for the whole dataset."""

    source: Dataset
    field: str
    target: Dataset
    into: str
    how: Literal["direct", "indirect"]


class ForeignJob(Noun):
    """What a job of another tool reads and writes."""

    namespace: str
    name: str
    inputs: tuple[Dataset, ...] = ()
    outputs: tuple[Dataset, ...] = ()
    flows: tuple[Flow, ...] = ()


def foreign(event: Any) -> ForeignJob | None:
    """The job of an OpenLineage event; none for an event that says nothing of inputs and outputs.

    Args:
        event: JSON of a RunEvent or JobEvent.

    Raises:
        Invalid: it is no such event; says what is missing.
    """
    if not isinstance(event, dict):
        raise Invalid("an OpenLineage event is an object", hint="Write one event a line.")
    if "job" not in event:
        if "dataset" in event:  # a DatasetEvent tells of no way
            return None
        raise Invalid("the event has no 'job'", hint="Allowed are RunEvents and JobEvents of OpenLineage.")
    job = _dataset(event["job"], "job")
    inputs, outputs = (
        tuple(_dataset(d, f"{key}[{n}]") for n, d in enumerate(event.get(key) or ())) for key in ("inputs", "outputs")
    )
    if not inputs and not outputs:
        return None
    flows = tuple(
        flow
        for target, said in zip(outputs, event.get("outputs") or (), strict=True)
        for flow in _flows(target, (said.get("facets") or {}).get("columnLineage") or {})
    )
    return ForeignJob(namespace=job.namespace, name=job.name, inputs=inputs, outputs=outputs, flows=flows)


def _dataset(said: Any, where: str) -> Dataset:
    named = said if isinstance(said, dict) else {}
    missing = [key for key in ("namespace", "name") if not isinstance(named.get(key), str) or not named[key]]
    if missing:
        raise Invalid(f"'{where}' of the event has no {' and no '.join(missing)}", hint="OpenLineage names both.")
    return Dataset(namespace=named["namespace"], name=named["name"])


def _flows(target: Dataset, lineage: Mapping[str, Any]) -> Iterator[Flow]:
    fields = [(name, one) for name, said in (lineage.get("fields") or {}).items() for one in said["inputFields"]]
    for into, one in (*fields, *(("", one) for one in lineage.get("dataset") or ())):
        kinds = {t.get("type") for t in one.get("transformations") or ()}
        how = "indirect" if kinds == {"INDIRECT"} or not into else "direct"
        source = _dataset(one, "inputFields")
        yield Flow(source=source, field=one.get("field", ""), target=target, into=into, how=how)


def joined(graph: Graph, declared: Declared, jobs: Iterable[ForeignJob]) -> Graph:
    """The graph with the ways of those jobs. Datasets that are tables or streams of the mesh become them.

    Others are nodes `dataset:<namespace>/<name>`. Where a job does not tell of columns, each of an output may come from
    any of an input.
    """
    ours = _ours(declared)
    columns: dict[str, list[Node]] = defaultdict(list)
    for node in graph.nodes.values():
        columns[node.of].append(node)
    nodes, edges = dict(graph.nodes), dict.fromkeys(graph.edges)
    for job in jobs:
        for source, target, how in _edges(job, ours, columns):
            for end in (source, target):
                nodes.setdefault(end.id, end)
            edges[Edge(source=source.id, target=target.id, how=how)] = None
    edges |= dict.fromkeys(_stars(nodes, edges))
    return Graph(nodes=nodes, edges=tuple(edges))


def _edges(
    job: ForeignJob, ours: Mapping[Dataset, str], columns: Mapping[str, list[Node]]
) -> Iterator[tuple[Node, Node, Literal["direct", "indirect", "unknown"]]]:
    told = {(f.source, f.target) for f in job.flows}
    ways: list[tuple[Dataset, str, Dataset, str, Literal["direct", "indirect", "unknown"]]] = [
        (f.source, f.field, f.target, f.into, f.how) for f in job.flows
    ]
    ways += [(s, "", t, "", "unknown") for t in job.outputs for s in job.inputs if (s, t) not in told]
    for source, field, target, into, how in ways:
        for one in _ends(_of(source, ours), field, columns):
            for other in _ends(_of(target, ours), into, columns):
                yield one, other, how


def _ends(of: str, column: str, columns: Mapping[str, list[Node]]) -> list[Node]:
    """Nodes that a column means; without one all of a dataset that are known."""
    return [node_of(of, column)] if column else columns.get(of) or [node_of(of, "*")]


def _stars(nodes: Mapping[str, Node], edges: Iterable[Edge]) -> Iterator[Edge]:
    """What goes into a whole dataset reaches each of its columns; what is read of it comes from each."""
    into, out = {e.target for e in edges}, {e.source for e in edges}
    for node in nodes.values():
        whole = f"{node.of}.*"
        if node.kind == "dataset" and node.id != whole:
            if whole in into:
                yield Edge(source=whole, target=node.id, how="unknown")
            if whole in out:
                yield Edge(source=node.id, target=whole, how="unknown")


def _of(dataset: Dataset, ours: Mapping[Dataset, str]) -> str:
    return ours.get(dataset) or f"dataset:{dataset.namespace}/{dataset.name}"


def _ours(declared: Declared) -> dict[Dataset, str]:
    """Datasets of the mesh by their OpenLineage names: as weft tells them, and as others name a source's."""
    mesh = f"weft://{declared.mesh.name}"
    found = {Dataset(namespace=mesh, name=label(declared, p)): label(declared, p) for p in declared.placed}
    for placed in declared.placed:
        if not placed.source:
            continue
        stream = f"{placed.source}.{placed.stream}"
        found[Dataset(namespace=f"{mesh}/streams", name=stream)] = f"stream:{stream}"
        outside = _outside(str(declared.sources[placed.source].config.get("url", "")), placed.stream)
        if outside is not None:
            found[outside] = f"stream:{stream}"
    return found


def _outside(url: str, stream: str) -> Dataset | None:
    """A PostgreSQL table by OpenLineage's naming: `postgres://host:port`, `database.schema.table`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.hostname:
        return None
    table = stream if "." in stream else f"public.{stream}"
    name = f"{parts.path.strip('/')}.{table}"
    return Dataset(namespace=f"postgres://{parts.hostname}:{parts.port or 5432}", name=name)
