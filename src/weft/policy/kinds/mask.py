"""Mask: columns shown changed, or not at all."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from weft.kinds import Kind
from weft.model import CLASSIFICATIONS, Policy
from weft.model import Mask as Shown
from weft.policy.masks import fitting, protection
from weft.policy.match import ColumnMatch, Except, covers, lower, named, names_table
from weft.policy.obligation import Obligation, Seen, Subject


class Mask(Kind):
    """Shows the columns that it matches only in the given way, except to some."""

    match: ColumnMatch
    """Which columns."""
    mask: Literal["deny", "null", "redact", "hash", "partial", "bucket", "year", "clear"]
    """deny: the column is not there; null: no value; redact: `***`; hash: the same value gives the same text within one
    purpose; partial: the last characters; bucket: numbers rounded down; year: the first day of a date's year; clear:
    as it is, unless another policy masks it."""
    keep: int | None = Field(None, ge=1, le=64)
    """partial: characters kept at the end, 4 when not given; a value shorter than twice that is hidden whole."""
    width: float | None = Field(None, gt=0, allow_inf_nan=False)
    """bucket: width of a bucket, in the column's unit."""
    exceptions: tuple[Except, ...] = Field((), alias="except")
    """Who sees the columns as they are, as far as this policy goes."""

    @field_validator("mask", mode="before")
    @classmethod
    def _empty_is_null(cls, value: Any) -> Any:
        # `mask: null` without quotes is how everybody writes it, and YAML reads no value.
        return "null" if value is None else value

    @model_validator(mode="after")
    def _own_parameters(self) -> Mask:
        if self.keep is not None and self.mask != "partial":
            raise ValueError(f"'keep' belongs to the mask partial, found is {self.mask}")
        if (self.width is not None) != (self.mask == "bucket"):
            raise ValueError(f"'width' belongs to the mask bucket and is needed there, found is {self.mask}")
        return self

    def oblige(self, subject: Subject, policy: Policy) -> Obligation:
        """Masks of the matching columns; null where the mask cannot be computed for the column's type."""
        columns = self.columns(subject, policy)
        if not columns:
            return Obligation()
        domain = subject.placed.name.domain
        if any(e.holds(subject.actor, domain, subject.purpose) for e in self.exceptions):
            names = ", ".join(column.name for column in columns)
            return Obligation(note=f"would show {names} as {self.mask}, but makes an exception for {subject.actor.id}")
        return Obligation(
            masks={column.name: self.shown(column) for column in columns},
            because={column.name: self._because(column) for column in columns},
        )

    def columns(self, subject: Subject, policy: Policy) -> list[Seen]:
        """The columns that it is about, whoever reads."""
        match = self.match
        if not self._about(subject, policy):
            return []
        names = named(match.columns, subject.names) & subject.places.keys() if match.columns else None
        if match.tags and names != set():
            tagged = set().union(*(subject.tagged.get(tag, ()) for tag in lower(match.tags)))
            names = tagged if names is None else names & tagged
        if names is None:
            columns = list(subject.columns)
        else:
            columns = [column for _, column in sorted(subject.places[name] for name in names)]
        return [column for column in columns if self._matches(column)]

    def shown(self, column: Seen) -> Shown:
        """How it shows that column; null where the mask cannot be computed for the column's type."""
        return fitting(self._shown, column.type)

    @cached_property
    def _shown(self) -> Shown:
        if self.mask == "partial":
            return Shown(kind="partial", parameters={"keep": self.keep or 4})
        if self.mask == "bucket":
            return Shown(kind="bucket", parameters={"width": self.width})
        return Shown(kind=self.mask)

    def _about(self, subject: Subject, policy: Policy) -> bool:
        match = self.match
        if match.tables and not names_table(match.tables, subject.placed.name, policy.domain):
            return False
        return not match.table_tags or covers(match.table_tags, subject.tags)

    def _matches(self, column: Seen) -> bool:
        match = self.match
        if match.classification and column.protection < protection(match.classification):
            return False
        return not match.logical_types or column.type in match.logical_types

    def _because(self, column: Seen) -> str:
        match = self.match
        tags = [tag for tag in match.tags if tag.strip().lower() in column.tags]
        parts = [
            f"it is tagged {', '.join(tags)}" if tags else "",
            f"it is named {column.name}" if match.columns else "",
            f"it is classified {CLASSIFICATIONS[column.protection]}" if match.classification else "",
            f"it is a {column.type}" if match.logical_types else "",
            "the policy names its table" if match.tables else "",
            f"its table is tagged {', '.join(match.table_tags)}" if match.table_tags else "",
        ]
        misfit = self.shown(column) is not self._shown
        text = " and ".join(part for part in parts if part)
        return f"{text}; {self.mask} does not fit a {column.type}, so null is shown" if misfit else text
