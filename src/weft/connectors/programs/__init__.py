"""Programs that others wrote as sources: Airbyte connectors, Singer taps, dlt resources. What exists already works.

Each runs as a process of its own, in its own environment, and speaks JSON lines: the slow path. Which programs there
are is decided on the machine, never by a document: only what lies in `.weft/programs` of the mesh, or in a folder of
the environment's WEFT_PROGRAMS, is started.
"""
