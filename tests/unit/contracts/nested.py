"""Properties with parts of their own."""

from __future__ import annotations

from weft.model import Property

ADDRESS = Property(
    name="address",
    type="object",
    properties=(
        Property(name="zip", required=True, options={"pattern": "^[0-9]+$"}),
        Property(name="floor", type="integer"),
        Property(name="since", type="date"),
        Property(name="geo", type="object", properties=(Property(name="lat", type="number"),)),
    ),
)
LINES = Property(
    name="lines",
    type="array",
    options={"minItems": 1},
    items=Property(
        name="line",
        type="object",
        properties=(
            Property(name="sku", options={"minLength": 2}),
            Property(name="counts", type="array", items=Property(name="n", type="integer", options={"minimum": 0})),
        ),
    ),
)
