"""The one base of all nouns."""

import ast
import inspect
import itertools
import textwrap
from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic_core import CoreSchema


class Noun(BaseModel):
    """A frozen value: equal by its fields, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Its JSON Schema, with what stands below each field."""
        return described(cls, schema, handler)


def described(model: type[BaseModel], schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
    """The JSON Schema of a model, with what stands below each field as its description.

    pydantic's own `use_attribute_docstrings` reads the source when a class is made: a tenth of the time of a command,
    and only forms and reference pages want to know.
    """
    found = handler(schema)
    properties = handler.resolve_ref_schema(found).get("properties", {})
    for name, text in docs(model).items():
        field = model.model_fields.get(name)
        said = properties.get(field.alias if field and field.alias in properties else name)
        if field and said is not None and field.description is None:
            said["description"] = text
    return found


def docs(model: type[BaseModel]) -> dict[str, str]:
    """What stands below each field of a model, or of one that it derives from."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found |= _docs(base)
    return found


def _docs(model: type[BaseModel]) -> dict[str, str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(model)))
    except (OSError, SyntaxError):  # it was made by a program
        return {}
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    found = {}
    for field, below in itertools.pairwise(body):
        text = below.value if isinstance(below, ast.Expr) else None
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Constant):
            found[field.target.id] = " ".join(str(text.value).split())
    return found
