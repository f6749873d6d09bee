"""weft's own documents: flat, `apiVersion: weft/v1`, a kind, then the fields of its noun in camelCase."""

from __future__ import annotations

import re
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel

from weft.kinds import explain, snake
from weft.kinds.explain import listed, shown, unknown_key
from weft.model import (
    Board,
    Connector,
    Domain,
    Glossary,
    Grant,
    Mesh,
    Metric,
    Noun,
    Person,
    Policy,
    Problem,
    ServiceAccount,
    Source,
    Team,
)
from weft.spec.text import position

if TYPE_CHECKING:
    from weft.spec.text import Node

VERSION = "weft/v1"
KINDS: dict[str, type[Noun]] = {
    "Mesh": Mesh,
    "Person": Person,
    "Team": Team,
    "ServiceAccount": ServiceAccount,
    "Domain": Domain,
    "Source": Source,
    "Connector": Connector,
    "Policy": Policy,
    "Grant": Grant,
    "Glossary": Glossary,
    "Metric": Metric,
    "Board": Board,
}
_POLICY_KEYS = frozenset(("name", "type", "description", "domain", "examples"))
_OF_A_DOMAIN = frozenset(("Source", "Policy", "Grant", "Glossary"))
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\Z")


def read(root: Node, file: str, *, domain: str = "") -> tuple[Noun | None, tuple[Problem, ...]]:
    """The noun of a document, or what is wrong with it.

    Args:
        root: the parsed document; its `kind` is one of KINDS.
        file: its path, for positions.
        domain: the domain whose folder it lies in, if any.

    Returns:
        The noun and no problems, or none and at least one.
    """
    data: dict[str, Any] = root.value
    kind = data["kind"]
    model = KINDS[kind]
    found = list(_version(root, file))
    fields = {key: value for key, value in data.items() if key not in ("apiVersion", "kind")}
    if kind in _OF_A_DOMAIN:
        found += _same_domain(root, file, domain)
        fields["domain"] = domain
    if "position" in fields:
        known = [to_camel(name) for name in model.model_fields if name != "position"]
        found.append(_problem(root, file, ("position",), unknown_key("position", known)))
    if kind == "Policy":
        fields = _policy(fields)
    if kind == "Connector":
        fields = {"name": fields.get("name", ""), "manifest": fields}
    fields["position"] = position(root, (), file)
    try:
        noun = model.model_validate(plain(fields, model))
    except ValidationError as error:
        found += explain(error, model, lambda path: position(root, path, file))
        return None, tuple(found)
    found += _own(noun, root, file)
    return (None if found else noun), tuple(found)


def plain(data: Any, model: Any) -> Any:
    """Keys of a mapping as the noun's fields spell them: `landingMemory` as `landing_memory`; unknown ones stay."""
    if isinstance(data, list):
        return [plain(item, model) for item in data]
    if not isinstance(data, dict):
        return data
    return {_field(key, model): plain(value, _model_of(key, model)) for key, value in data.items()}


def _field(key: str, model: Any) -> str:
    name = snake(key)
    return name if model is not None and name in model.model_fields else key


def _model_of(key: str, model: Any) -> Any:
    if model is None or (named := model.model_fields.get(_field(key, model))) is None:
        return None
    return _noun_in(named.annotation)


def _noun_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    # Free mappings (config, attributes) keep their keys as they are.
    if get_origin(annotation) in (tuple, list, Union, UnionType):
        return next((found for part in get_args(annotation) if (found := _noun_in(part)) is not None), None)
    return None


def _policy(fields: dict[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in fields.items() if key in _POLICY_KEYS}
    return {**own, "parameters": {key: value for key, value in fields.items() if key not in _POLICY_KEYS}}


def _version(root: Node, file: str) -> tuple[Problem, ...]:
    version = root.value.get("apiVersion")
    if version == VERSION:
        return ()
    if version is None:
        return (_problem(root, file, (), f"'apiVersion' is missing, allowed is {VERSION}"),)
    return (_problem(root, file, ("apiVersion",), f"'apiVersion' is {shown((), version)}, allowed is {VERSION}"),)


def _same_domain(root: Node, file: str, domain: str) -> tuple[Problem, ...]:
    said = root.value.get("domain", domain)
    if said == domain:
        return ()
    where = f"'{domain}', the folder that it lies in" if domain else "none: the document does not lie in a domain"
    return (_problem(root, file, ("domain",), f"'domain' is {shown((), said)}, allowed is {where}"),)


def _own(noun: Noun, root: Node, file: str) -> list[Problem]:
    """What the fields' types do not say."""
    found = []
    if isinstance(noun, Person) and not _EMAIL.match(noun.id):
        found.append(_problem(root, file, ("id",), f"'id' is '{noun.id}', allowed is an e-mail address"))
    name = getattr(noun, "name", "")
    if not isinstance(noun, Person | Mesh) and (not name or re.search(r"\s|[./:@\\]", name)):
        what = "a name without spaces and without any of . / : @"
        found.append(_problem(root, file, ("name",), f"'name' is {shown((), name)}, allowed is {what}"))
    return found


def unknown_kind(root: Node, file: str, allowed: tuple[str, ...]) -> Problem:
    """The problem of a document whose kind nobody knows."""
    kind = root.value.get("kind") if isinstance(root.value, dict) else None
    if kind is None:
        return _problem(root, file, (), f"'kind' is missing, allowed are {listed(allowed)}")
    return _problem(root, file, ("kind",), f"'kind' is {shown((), kind)}, allowed are {listed(allowed)}")


def _problem(root: Node, file: str, path: tuple[str | int, ...], message: str) -> Problem:
    return Problem(position=position(root, path, file), message=message)
