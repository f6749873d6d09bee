"""A drafted connector, decision by decision, before it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.flow import describing
from weft.flow.decisions import Choice, choice_of
from weft.flow.views.connectors import Proposed, proposed
from weft.flow.views.parts import State
from weft.kinds import Field
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from weft.flow.describing import Attempt
    from weft.flow.views.viewer import Viewer
    from weft.seams import World

_SURE = 0.7
_SENTENCE = 300


class Why(Noun):
    """One decision."""

    decision: str
    """list, records_path, pagination, primary_key, parent, incremental, address, auth, limits."""
    value: str = ""
    confidence: float
    """0 to 1."""
    state: State
    """watch: look at it, it is below 0.7."""
    evidence: str = ""


class Reviewed(Noun):
    """A stream as it was recognised."""

    name: str
    path: str
    about: str = ""
    chosen: bool = True
    """Whether it is taken over."""
    choice: Choice
    """What was recognised, or decided."""
    parent: str = ""
    """Stream for each of whose records it is read, also where a form cannot change it."""
    confidence: float
    state: State
    why: tuple[Why, ...] = ()


class Passed(Noun):
    """An operation that gives no stream."""

    path: str
    reason: str


class ReviewView(Noun):
    """A drafted connector."""

    name: str
    title: str = ""
    address: str = ""
    why: tuple[Why, ...] = ()
    """Of address, authentication and limits."""
    streams: tuple[Reviewed, ...]
    fields: tuple[Field, ...] = ()
    """What a source would say: filled in, a stream can be tried."""
    skipped: tuple[Passed, ...] = ()


def review(
    world: World, viewer: Viewer, name: str, said: Mapping[str, Choice] | None = None, left: Container[str] = ()
) -> ReviewView:
    """A connector that was drafted from a description.

    Args:
        world: the open mesh.
        viewer: who looks.
        name: of the draft.
        said: what was decided about streams so far.
        left: streams that are left out.

    Raises:
        Denied: the viewer may not add connectors.
        Unknown: there is no such draft.
    """
    manifest, report = describing.drafted(world, viewer.actor, name)
    there = manifest.get("streams", {})
    told = [
        _why(report["address"]),
        *(
            _why(
                {
                    **report[what],
                    "decision": what,
                    "value": report[what].get("kind", ""),
                    "text": report[what]["evidence"],
                }
            )
            for what in ("auth", "limits")
        ),
    ]
    return ReviewView(
        name=name,
        title=str(manifest.get("title", "")),
        address=str(manifest.get("baseUrl", "")),
        why=tuple(told),
        streams=tuple(
            _stream(one, (said or {}).get(one["name"]) or choice_of(there[one["name"]]), chosen=one["name"] not in left)
            for one in report["streams"]
            if one["name"] in there
        ),
        fields=describing.fields(world, manifest),
        skipped=tuple(Passed(**one) for one in report["skipped"]),
    )


def tried(world: World, viewer: Viewer, name: str, attempt: Attempt) -> Proposed:
    """The first rows of a stream as it was decided about, typed as its table would be.

    Raises:
        Denied: the viewer may not add connectors.
        Invalid: the decisions or the configuration do not fit.
        Unavailable: the system does not answer.
    """
    trial, source, looked = describing.tried(world, viewer.actor, name, attempt)
    return proposed(trial, source, looked)


def _stream(told: dict[str, Any], choice: Choice, *, chosen: bool) -> Reviewed:
    return Reviewed(
        name=told["name"],
        path=f"{told['method']} {told['path']}",
        about=told["description"] or "",
        chosen=chosen,
        choice=choice,
        parent=told["parent"] or "",
        confidence=told["confidence"],
        state=_state(told["confidence"]),
        why=tuple(map(_why, told["evidence"])),
    )


def _why(told: dict[str, Any]) -> Why:
    value = told["value"]
    if isinstance(value, dict):
        value = ", ".join(f"{name} {one}" for name, one in value.items() if one not in (None, ""))
    elif isinstance(value, list):
        value = ", ".join(map(str, value))
    return Why(
        decision=told["decision"],
        value="" if value is None else str(value)[:_SENTENCE],
        confidence=told["confidence"],
        state=_state(told["confidence"]),
        evidence=told["text"],
    )


def _state(confidence: float) -> State:
    return "good" if confidence >= _SURE else "watch"
