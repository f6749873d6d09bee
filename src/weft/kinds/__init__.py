"""The one plug-in mechanism: a kind is a frozen model whose fields are its parameters."""

from weft.kinds.explain import Locate, explain
from weft.kinds.form import Field, form, typed
from weft.kinds.kind import Kind
from weft.kinds.kinds import Kinds, pascal, snake, spelling
from weft.kinds.nested import Nested, built, explained
from weft.kinds.sensitive import REFERENCES, is_sensitive

__all__ = [
    "REFERENCES",
    "Field",
    "Kind",
    "Kinds",
    "Locate",
    "Nested",
    "built",
    "explain",
    "explained",
    "form",
    "is_sensitive",
    "pascal",
    "snake",
    "spelling",
    "typed",
]
