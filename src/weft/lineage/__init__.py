"""Where columns come from and where they go, and the protection that goes with them."""

from weft.lineage.effective import effective, lowered
from weft.lineage.foreign import Dataset, ForeignJob, foreign, joined
from weft.lineage.graph import Edge, Graph, Node, graph, label
from weft.lineage.layout import Layout, Sizes, layout
from weft.lineage.openlineage import quality_event, run_event
from weft.lineage.trace import Traced, columns, trace

__all__ = [
    "Dataset",
    "Edge",
    "ForeignJob",
    "Graph",
    "Layout",
    "Node",
    "Sizes",
    "Traced",
    "columns",
    "effective",
    "foreign",
    "graph",
    "joined",
    "label",
    "layout",
    "lowered",
    "quality_event",
    "run_event",
    "trace",
]
