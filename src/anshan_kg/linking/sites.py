"""Mines and places side by side: the same name, the same level, the same part of the world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz.fuzz import ratio

from anshan_kg.linking import folding, names, places
from anshan_kg.linking.gates import Family
from anshan_kg.linking.reasons import reason
from anshan_kg.linking.verdict import REVIEW, Verdict

if TYPE_CHECKING:
    from anshan_kg.linking.gates import Subject


# mines


def compare_mines(ours: Subject, theirs: Subject) -> Verdict:
    """Compare two mines by all their names, then by where they are."""
    best = Verdict(0.0, "exact", [reason("alike", 0.0, "", "")])
    pairs = [(a, b) for a in ours.zh for b in theirs.zh] or [(a, b) for a in ours.en for b in theirs.en]
    for one, other in pairs:
        found = _mine(one, other, theirs)
        if found.score > best.score:
            best = found
    _near(ours, theirs, best, 40.0)
    return best


def _mine(one: str, other: str, theirs: Subject) -> Verdict:
    found = Verdict()
    a, b = names.mine(one)[0], names.mine(other)[0]
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    if a == b:
        found.add("same-name" if folding.fold(one) == folding.fold(other) else "same-core", 0.95, a)
    elif not folding.is_chinese(a):
        owners = {token for name in theirs.record.parents for token in folding.fold(name).split()}
        more = set(b.split()) - set(a.split())
        if set(a.split()) < set(b.split()) and more <= owners:
            found.add("same-core", 0.9, a)
        else:
            found.add("alike", ratio(a, b) / 100 * 0.7, a, b)
    elif shorter in longer and not set(longer) - set(shorter):
        found.add("repeats", 0.9, a, b)
    elif shorter in longer:
        found.add("larger-name", 0.5, a, b)
    else:
        found.add("alike", ratio(a, b) / 100 * 0.6, a, b)
    return found


# places


def compare_places(ours: Subject, theirs: Subject) -> Verdict:
    """Compare two places by name, level, and what they lie in; names that only sound the same are others."""
    found = Verdict()
    pairs = [(folding.fold(a), folding.fold(b)) for a in ours.zh for b in theirs.zh]
    if pairs:
        if not any(places.stem(a) == places.stem(b) for a, b in pairs):
            return _no_place(ours, theirs, pairs)
        same = [(a, b) for a, b in pairs if places.stem(a) == places.stem(b)]
        whole = [(a, b) for a, b in same if a == b]
        one, other = (whole or same)[0]
        found.add("same-name", 0.95 if whole else 0.93, one)
        levels = _level(ours, one), _level(theirs, other)
    else:
        words = [(places.english_place(a), places.english_place(b)) for a in ours.en for b in theirs.en]
        alike = [(a, b) for a, b in words if a[0] == b[0]]
        if not alike:
            return _no_place(ours, theirs, [(a[0], b[0]) for a, b in words])
        first, second = alike[0]
        found.add("same-english", 0.9, first[0])
        levels = ours.record.level or first[1], theirs.record.level or second[1]
    if _levels_differ(*levels):
        found.cap("level", 0.4, *levels)
        found.relation = "related"
    agreed = places.agree(_seat(ours), _seat(theirs))
    if agreed is False:
        found.cap("place-differs", 0.2)
    elif agreed is None and not _near(ours, theirs, found, 60.0):
        found.cap("no-place", 0.75)
    elif agreed:
        found.add("place-agrees", 0.03)
        _near(ours, theirs, found, 60.0)
    return found


def _no_place(ours: Subject, theirs: Subject, pairs: list[tuple[str, str]]) -> Verdict:
    found = Verdict()
    one, other = max(pairs, key=lambda pair: ratio(*pair), default=("", ""))
    english = {places.english_place(name)[0] for name in ours.en}
    if english & {places.english_place(name)[0] for name in theirs.en}:
        found.add("homophone", 0.3, one, other)
    else:
        found.add("alike", ratio(one, other) / 100 * 0.4, one, other)
    return found


def _seat(subject: Subject) -> places.Where:
    """Return where a place lies, by its own code or name where nothing else tells."""
    if code := subject.record.identifiers.get("gbt2260"):
        return places.where([code])
    if subject.where.codes or (subject.where.country and subject.where.country != "CN"):
        return subject.where
    known = places.gazetteer()
    for name in map(folding.fold, subject.zh):
        codes = known.by_name.get(name, [])
        if len(codes) == 1 and places.stem(name) != name:
            return places.Where("CN", tuple(codes))
    return subject.where


def _level(subject: Subject, name: str) -> str:
    if subject.record.level:
        return subject.record.level
    told = [level for text in (name, *map(folding.fold, subject.zh)) if (level := places.level_of(text))]
    if not told and subject.en:
        told = [places.english_place(subject.en[0])[1]]
    return told[0] if told else ""


def _levels_differ(one: str, other: str) -> bool:
    if not one or not other or one == other:
        return False
    pair = {one, other}
    if "city_or_county" in pair:
        return not pair & {"city", "county", "province"}
    return True


def _near(ours: Subject, theirs: Subject, found: Verdict, limit: float) -> bool:
    """Compare the points of two records; true where they are near each other."""
    one, other = ours.record.point, theirs.record.point
    if one is None or other is None:
        if found.reasons and ours.family is Family.MINE:
            agreed = places.agree(ours.where, theirs.where)
            if agreed is False:
                found.cap("place-differs", 0.2)
            elif agreed is None and found.score > REVIEW:
                found.cap("no-place", 0.86 if len(ours.zh) else 0.8)
            elif agreed:
                found.add("place-agrees", 0.03)
        return False
    apart = places.distance(one, other)
    if apart > limit:
        found.cap("far", 0.3, round(apart))
        return False
    found.add("near", 0.03, round(apart))
    return True
