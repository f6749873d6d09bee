"""Where columns come from and where they go."""

from weft.lineage.trace import Traced, columns, trace

__all__ = ["Traced", "columns", "trace"]
