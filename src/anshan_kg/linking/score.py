"""Two records side by side: a score, the strongest relation that may be claimed, and the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anshan_kg.linking import firms, gates, sites, things
from anshan_kg.linking.gates import Family, Subject
from anshan_kg.linking.reasons import reason
from anshan_kg.linking.record import Decision, Match
from anshan_kg.linking.verdict import REVIEW, Verdict, decide

if TYPE_CHECKING:
    from collections.abc import Callable


def judge(ours: Subject, theirs: Subject) -> Match:
    """Score one pair."""
    same, reasons = gates.by_identifiers(ours.record, theirs.record)
    if (kinds := gates.by_kind(ours, theirs)) is not None:
        relation = "related" if {ours.family, theirs.family} == {Family.FIRM, Family.MINE} else "exact"
        return Match(theirs.record, 0.0, Decision.REJECT, relation, (kinds, *reasons))
    if same is False:
        return Match(theirs.record, 0.0, Decision.REJECT, "exact", tuple(reasons))
    family = ours.family if ours.family is not Family.ANY else theirs.family
    found = _COMPARERS[family](ours, theirs)
    if same:
        if found.score >= _SUPPORTS:
            found.score = max(found.score, 0.99)
        else:
            found.score = max(found.score, REVIEW)
            found.reasons.append(reason("identifier-alone", 0.0, ours.record.id))
    score = round(min(1.0, max(0.0, found.score)), 4)
    return Match(theirs.record, score, decide(score), found.relation, (*found.reasons, *reasons))


_SUPPORTS = 0.4
"""How alike names have to be for an equal identifier to be believed."""


_COMPARERS: dict[Family, Callable[[Subject, Subject], Verdict]] = {
    Family.FIRM: firms.compare,
    Family.MINE: sites.compare_mines,
    Family.PLACE: sites.compare_places,
    Family.CONCEPT: things.compare_concepts,
    Family.UNIT: things.compare_units,
    Family.ANY: firms.compare,
}
