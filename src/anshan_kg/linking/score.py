"""Two records side by side: a score, the strongest relation that may be claimed, and the reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio

from anshan_kg.linking import concepts, gates, names, places, units
from anshan_kg.linking.gates import Family, Subject
from anshan_kg.linking.reasons import reason
from anshan_kg.linking.record import Decision, Kind, Match

if TYPE_CHECKING:
    from collections.abc import Callable

    from anshan_kg.linking.names import Firm
    from anshan_kg.linking.record import Reason

ACCEPT, REVIEW = 0.85, 0.60
"""From which scores on a match is taken, and from which a person has to look."""


@dataclass
class Verdict:
    """What was found so far about a pair."""

    score: float = 0.0
    relation: str = "exact"
    reasons: list[Reason] = field(default_factory=list)

    def add(self, code: str, weight: float, *values: object) -> None:
        """Add a reason that moves the score."""
        self.score += weight
        self.reasons.append(reason(code, weight, *values))

    def cap(self, code: str, most: float, *values: object) -> None:
        """Add a reason that allows no more than so much."""
        weight = min(0.0, most - self.score)
        self.score += weight
        self.reasons.append(reason(code, weight, *values))


def decide(score: float) -> Decision:
    """Return what the two thresholds make of a score."""
    if score >= ACCEPT:
        return Decision.ACCEPT
    return Decision.REVIEW if score >= REVIEW else Decision.REJECT


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


# firms


def _firms(ours: Subject, theirs: Subject) -> Verdict:
    found = _best_firm(ours, theirs)
    _firm_gates(ours, theirs, found)
    return found


def _best_firm(ours: Subject, theirs: Subject) -> Verdict:
    chinese = _best(ours, theirs, chinese=True)
    english = _best(ours, theirs, chinese=False)
    if chinese is None or english is None:
        return chinese or english or Verdict(0.0, "exact", [reason("alike", 0.0, "", "")])
    if chinese.score >= english.score or english.score < ACCEPT:
        return chinese
    # the English names are the same and the Chinese ones are not
    one, other = ours.firms[0], theirs.firms[0]
    kinds = {ours.record.kind, theirs.record.kind}
    if _subsequence(one.text, other.text) or _subsequence(other.text, one.text):
        english.cap("short-form", 0.9, one.text, other.text)
    elif Kind.PLANT in kinds and len(kinds) > 1:
        english.cap("plant", 0.88)
    else:
        english.cap("alike", 0.75, one.text, other.text)
    return english


def _best(ours: Subject, theirs: Subject, *, chinese: bool) -> Verdict | None:
    mine = ours.firms if chinese else ours.english_firms
    others = theirs.firms if chinese else theirs.english_firms
    if not mine or not others:
        return None
    compare = _chinese if chinese else _english
    best: Verdict | None = None
    for at, one in enumerate(mine):
        for to, other in enumerate(others):
            found = compare(one, other, ours, theirs)
            if at or to:
                found.reasons.append(reason("other-name", 0.0, one.text if at else other.text))
            if best is None or found.score > best.score:
                best = found
    return best


def _chinese(one: Firm, other: Firm, ours: Subject, theirs: Subject) -> Verdict:
    found = Verdict()
    security = Kind.SECURITY in {ours.record.kind, theirs.record.kind}
    if one.text == other.text:
        found.add("same-name", 1.0, one.text)
        if not one.form and len(one.core) <= _SHORT and not security:
            found.cap("too-short", 0.8, one.text)
    elif security and (short := _share_name(one, other, ours, theirs)):
        return short
    else:
        _cores(one, other, found)
        _forms(one, other, found)
        if found.score >= REVIEW and not (one.form and other.form):
            bare = one if not one.form else other
            if len(bare.core) <= _SHORT and not bare.places:
                found.cap("too-short", 0.8, bare.text)
    _name_places(one, other, ours, theirs, found)
    if one.branch != other.branch:
        if one.branch and other.branch:
            found.cap("other-branch", 0.3, one.branch, other.branch)
        else:
            found.relation = "related"
            found.cap("branch", 0.45)
    return found


_SHORT = 3
"""So many characters without a legal form are an abbreviation that many may share."""


def _cores(one: Firm, other: Firm, found: Verdict) -> None:
    a, b = one.core, other.core
    if a == b:
        found.add("same-core", 1.0, a)
        return
    if a.replace("集团", "") == b.replace("集团", ""):
        found.add("group-inside", 0.95, a)
        return
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    if len(shorter) > _SHORT and OSA.distance(a, b, score_cutoff=1) <= 1:
        found.add("typo", 0.8, a, b)
    elif shorter in longer:
        found.add("contained", 0.65 if len(shorter) > _SHORT else 0.55, a, b)
    elif len(shorter) > 1 and longer[0] == shorter[0] and _subsequence(shorter, longer):
        found.add("short-form", 0.7, a, b)
    else:
        found.add("alike", ratio(a, b) / 100 * 0.7, a, b)


def _forms(one: Firm, other: Firm, found: Verdict) -> None:
    pair = {one.form, other.form}
    if pair == {"stock", "limited"}:
        found.add("form", -0.2 if len(one.core) <= _SHORT else -0.08)
    elif "works" in pair and pair & {"stock", "limited", "company"}:
        found.add("works-form", -0.2)


def _name_places(one: Firm, other: Firm, ours: Subject, theirs: Subject, found: Verdict) -> None:
    """Compare the places in two names, or the one in a name with where the other lies."""
    left = one.places or ours.where.codes
    right = other.places or theirs.where.codes
    if not (one.places or other.places) or one.text == other.text:
        return
    if not left or not right:
        found.add("no-place", -0.05 if len(one.core) > _SHORT else -0.2)
    elif not any(places.related(a, b) for a in left for b in right):
        found.cap("name-place", 0.3, "/".join(left), "/".join(right))


def _english(one: Firm, other: Firm, ours: Subject, theirs: Subject) -> Verdict:
    found = Verdict()
    a, b = one.core, other.core
    left, right = set(a.split()), set(b.split())
    if left == right or a.replace(" ", "") == b.replace(" ", ""):
        found.add("same-english", 1.0, one.text)
        agreed = places.agree(ours.where, theirs.where)
        if len(left) == 1 and not agreed and not (one.group and other.group):
            found.cap("too-short", 0.8, one.text)
    elif (
        one.places
        and other.places
        and not any(places.related(x, y) for x in one.places for y in other.places)
    ):
        found.add("name-place", 0.2, "/".join(one.places), "/".join(other.places))
    elif ratio(a, b) > _SPELLING:
        found.add("spelling", 0.8, one.text, other.text)
    elif left and right and (left < right or right < left):
        found.add("contained", 0.6 if min(len(left), len(right)) > 1 else 0.5, one.text, other.text)
    else:
        found.add("alike", ratio(a, b) / 100 * 0.6, one.text, other.text)
    if one.branch != other.branch and "" in {one.branch, other.branch} and not (ours.zh and theirs.zh):
        found.relation = "related"
        found.cap("branch", 0.45)
    elif one.branch != other.branch and one.branch and other.branch:
        found.cap("other-branch", 0.3, one.branch, other.branch)
    if other.share or one.share:
        found.relation = "close"
        found.add("share-class", 0.0, (other.share or one.share).upper())
    return found


_SPELLING = 92
"""From this likeness (of 100) on, two spellings may be of one name."""


def _subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(char in rest for char in short)


def _share_name(one: Firm, other: Firm, ours: Subject, theirs: Subject) -> Verdict | None:
    """Compare the short name of a share with the name of a stock corporation."""
    share, firm, bearer = (other, one, ours) if theirs.record.kind is Kind.SECURITY else (one, other, theirs)
    if share.form not in {"", "stock"} or bearer.record.kind is Kind.SECURITY:
        return None
    if firm.form != "stock":
        return None
    text, mark = _without_share_marks(share.text)
    core = names.cut_form(text)[0].removesuffix("集团")
    full = names.cut_form(firm.text)[0].removesuffix("集团")
    starts = firm.core.startswith(core) or full.startswith(core)
    if len(core) < 2 or not (
        starts or (core[0] == full[0] and _subsequence(core, full) and _spans(core, firm))
    ):  # noqa: PLR2004
        return None
    found = Verdict()
    found.add("share-name", 0.93 if starts else 0.88, share.text)
    if mark:
        found.relation = "close"
        found.add("share-class", 0.0, mark.upper())
    return found


def _spans(short: str, firm: Firm) -> bool:
    """Say whether a short name takes from the place and from the core of a name."""
    return bool(firm.places) and _subsequence(short[-1], firm.core)


def _without_share_marks(text: str) -> tuple[str, str]:
    for mark in names.words("firms", "share", "before"):
        if text.startswith(mark.strip("*")) and len(text) > len(mark) + 1 and mark.strip("*").isascii():
            text = text[len(mark.strip("*")) :]
            break
    for mark in names.words("firms", "share", "after"):
        if text.endswith(mark) and len(text) > len(mark) + 1:
            return text[: -len(mark)], mark if mark in {"b", "h"} else ""
    return text, ""


def _firm_gates(ours: Subject, theirs: Subject, found: Verdict) -> None:
    kinds = {ours.record.kind, theirs.record.kind}
    if ours.is_group != theirs.is_group and found.score > _RELATED:
        found.relation = "related"
        found.cap("group", _RELATED)
    agreed = places.agree(ours.where, theirs.where)
    if agreed:
        found.add("place-agrees", 0.02)
    elif agreed is False:
        _other_place(ours, theirs, found)
    if Kind.PLANT in kinds and len(kinds) > 1 and found.relation == "exact":
        found.relation = "close"
        found.add("plant", 0.0)
    if found.score < REVIEW and found.relation == "close":
        found.relation = "related"


_RELATED = 0.5
"""The most that a pair may have that belongs together and is not the same."""


def _other_place(ours: Subject, theirs: Subject, found: Verdict) -> None:
    provinces = [{code[: places.PROVINCE] for code in each.where.codes} for each in (ours, theirs)]
    if provinces[0] & provinces[1]:
        found.add("place-differs", -0.03)  # a seat in another city of the province
    else:
        found.cap("place-differs", 0.75)


# mines


def _mines(ours: Subject, theirs: Subject) -> Verdict:
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
        found.add("same-name" if names.fold(one) == names.fold(other) else "same-core", 0.95, a)
    elif not names.is_chinese(a):
        owners = {token for name in theirs.record.parents for token in names.fold(name).split()}
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


def _places(ours: Subject, theirs: Subject) -> Verdict:
    found = Verdict()
    pairs = [(names.fold(a), names.fold(b)) for a in ours.zh for b in theirs.zh]
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
    for name in map(names.fold, subject.zh):
        codes = known.by_name.get(name, [])
        if len(codes) == 1 and places.stem(name) != name:
            return places.Where("CN", tuple(codes))
    return subject.where


def _level(subject: Subject, name: str) -> str:
    if subject.record.level:
        return subject.record.level
    told = [level for text in (name, *map(names.fold, subject.zh)) if (level := places.level_of(text))]
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


# units and what has no kind


def _units(ours: Subject, theirs: Subject) -> Verdict:
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


def _concepts(ours: Subject, theirs: Subject) -> Verdict:
    zh = [concepts.compare_chinese(a, b) for a in ours.zh for b in theirs.zh]
    english = ours.en or tuple(filter(None, map(concepts.english_of, ours.zh)))
    others = theirs.en or tuple(filter(None, map(concepts.english_of, theirs.zh)))
    en = [(concepts.compare(a, b), to) for a in english for to, b in enumerate(others)]
    best = max((found.score for found in zh), default=-1.0)
    pool = zh if best >= ACCEPT else [*zh, *(found for found, _ in en)]
    if not pool:
        return Verdict(0.0, "exact", [reason("alike", 0.0, "", "")])
    chosen = max(pool, key=lambda found: found.score)
    found = Verdict(0.0, chosen.relation)
    found.add(chosen.code, chosen.score, *chosen.values)
    later = [to for each, to in en if each == chosen]
    if later and min(later):
        found.add("other-name", -0.01, others[min(later)])
    if zh and best < REVIEW and chosen.score >= ACCEPT and chosen.code != "same-name":
        found.cap("alike", 0.86, ours.zh[0], theirs.zh[0])
    if theirs.record.note and best < ACCEPT and theirs.record.kind is Kind.MATERIAL and found.score >= REVIEW:
        sense = concepts.sense(theirs.record.note)
        if sense:
            found.add("sense", 0.01, sense)
        elif concepts.is_substance(english):
            found.cap("other-sense", 0.84, theirs.record.note)
        else:
            found.add("other-sense", -0.03, theirs.record.note)
    return found


_COMPARERS: dict[Family, Callable[[Subject, Subject], Verdict]] = {
    Family.FIRM: _firms,
    Family.MINE: _mines,
    Family.PLACE: _places,
    Family.CONCEPT: _concepts,
    Family.UNIT: _units,
    Family.ANY: _firms,
}
