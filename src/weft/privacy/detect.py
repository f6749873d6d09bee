"""Likely personal data in the sample of one column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.privacy.detectors import DETECTORS, Detector
from weft.privacy.evidence import Evidence
from weft.privacy.words import says

if TYPE_CHECKING:
    from collections.abc import Sequence

_SAMPLE = 1000
_LONGEST = 300
_BY_VALUES, _BY_NAME = 0.6, 0.3


def detect(name: str, values: Sequence[str | None]) -> tuple[Evidence, ...]:
    """What speaks for the column holding personal data.

    Args:
        name: of the column.
        values: a sample as text; the first 1,000 that are not empty count, of each the first 300 characters.

    Returns:
        One evidence for each kind, the strongest first. It holds shares and names, never a value.
    """
    sample = [text[:_LONGEST] for value in values if value is not None and (text := str(value).strip())][:_SAMPLE]
    found: dict[str, Evidence] = {}
    for detector in DETECTORS:
        one = _evidence(detector, name, sample)
        if one is not None and (one.tag not in found or one.score > found[one.tag].score):
            found[one.tag] = one
    return tuple(sorted(found.values(), key=lambda e: (-e.score, e.tag)))


def _evidence(detector: Detector, name: str, sample: Sequence[str]) -> Evidence | None:
    named = says(name, detector.phrases, detector.but)
    if named:
        share = _share(detector, sample, named=True)
        # An empty column can be judged by its name only.
        enough = share >= detector.share or not sample
    elif detector.alone is not None:
        share = _share(detector, sample, named=False)
        enough = bool(sample) and share >= detector.alone_share
    else:
        return None
    if not enough:
        return None
    return Evidence(
        tag=detector.tag,
        detector=detector.title,
        classification=detector.classification,
        share=round(share, 4),
        named=named,
        score=round(_BY_VALUES * share + (_BY_NAME if named else 0), 4),
        text=_told(detector, share, len(sample), named=named),
    )


def _share(detector: Detector, sample: Sequence[str], *, named: bool) -> float:
    looks = detector.looks if named or detector.alone is None else detector.alone
    return sum(map(looks, sample)) / len(sample) if sample else 0.0


def _told(detector: Detector, share: float, count: int, *, named: bool) -> str:
    if not count:
        return f"the name says {detector.title}; there are no values to look at"
    values = f"{share:.0%} of {count:,} values look like {detector.title}"
    return f"{values}, and so does the name" if named else values
