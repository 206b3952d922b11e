"""Materials, products, industries and units side by side, in whatever language both have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from anshan_kg.linking import concepts, units
from anshan_kg.linking.reasons import reason
from anshan_kg.linking.record import Kind
from anshan_kg.linking.verdict import ACCEPT, REVIEW, Verdict

if TYPE_CHECKING:
    from anshan_kg.linking.gates import Subject


def compare_units(ours: Subject, theirs: Subject) -> Verdict:
    """Compare two units by their names in the words of the trade, or by their symbols as they are."""
    found = Verdict()
    symbols = set(ours.codes) & set(theirs.codes)
    mine = {units.spoken(name): name for name in (*ours.en, *ours.zh)}
    others = {units.spoken(name): name for name in (*theirs.en, *theirs.zh)}
    if same := mine.keys() & others.keys():
        found.add("same-name", 0.95, min(same))
    elif symbols and not (mine and others):
        found.add("symbol", 0.9, min(symbols))
    elif symbols:
        found.add("symbol", 0.8, min(symbols))
    else:
        found.add("alike", 0.3, min(mine, default=""), min(others, default=""))
    if same and symbols:
        found.add("symbol", 0.03, min(symbols))
    return found


def compare_concepts(ours: Subject, theirs: Subject) -> Verdict:
    """Compare two concepts by their Chinese terms, and by their English descriptions."""
    zh = [concepts.compare_chinese(a, b) for a in ours.zh for b in theirs.zh]
    english = ours.en or tuple(filter(None, map(concepts.english_of, ours.zh)))
    english = tuple(
        name for name in english if name is english[0] or not concepts.says_less(name, english[0])
    )
    others = theirs.en or tuple(filter(None, map(concepts.english_of, theirs.zh)))
    en = [
        (concepts.compare(a, b), to)
        for at, a in enumerate(english)
        for to, b in enumerate(others)
        if not ((at and _is_short(a)) or (to and _is_short(b)))
    ]
    best = max((found.score for found in zh), default=-1.0)
    pool = zh if best >= ACCEPT else [*zh, *(found for found, _ in en)]
    if not pool:
        return Verdict(0.0, "exact", [reason("alike", 0.0, "", "")])
    label = len(others)
    barred = [found for found, _ in en[:label] if found.code in {"opposite", "excluded"}]
    chosen = barred[0] if barred and best < ACCEPT else max(pool, key=lambda found: found.score)
    found = Verdict(0.0, chosen.relation)
    found.add(chosen.code, chosen.score, *chosen.values)
    first = min((to for each, to in en if each == chosen), default=0)
    if first:
        found.add("other-name", -0.01, others[first])
        if chosen.code == "form-of":
            found.cap("alike", 0.8, english[0], others[0])
    if zh and best < REVIEW and chosen.score >= ACCEPT and chosen.code != "same-name":
        found.cap("alike", 0.86, ours.zh[0], theirs.zh[0])
    unsure = best < ACCEPT and theirs.record.kind in {Kind.MATERIAL, Kind.OTHER}
    if theirs.record.note and unsure and found.score >= REVIEW:
        sense = concepts.sense(theirs.record.note)
        if sense:
            found.add("sense", 0.01, sense)
        elif concepts.is_substance(english) or chosen.code == "form-of":
            found.cap("other-sense", 0.84, theirs.record.note)
        else:
            found.add("other-sense", -0.03, theirs.record.note)
    return found


_ABBREVIATION = re.compile(r"(?=.*[A-Z])[A-Za-z]{1,3}")


def _is_short(name: str) -> bool:
    """Say whether a further name is an abbreviation or a symbol, which as often stands for something else."""
    return _ABBREVIATION.fullmatch(name) is not None
