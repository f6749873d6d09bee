"""The one base of all nouns."""

from pydantic import BaseModel, ConfigDict


class Noun(BaseModel):
    """A frozen value: equal by its fields, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
