"""A column as a store or an engine sees it."""

from weft.model.noun import Noun


class Column(Noun):
    """Name and physical type of a column."""

    name: str
    type: str
    """DuckDB type name as DESCRIBE prints it: BIGINT, DECIMAL(38,9), TIMESTAMP WITH TIME ZONE, STRUCT(a BIGINT)."""
    nullable: bool = True


HIDDEN = "_weft_"
"""Columns whose name starts so are ours; consumers never see them."""
