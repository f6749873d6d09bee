"""The composition root: settings to an open World; the only place that names drivers."""

from weft.mesh.bench import bench
from weft.mesh.open import judges, open_world, read_mesh
from weft.notifiers.lineage import outlet

__all__ = ["bench", "judges", "open_world", "outlet", "read_mesh"]
