"""Firms, works and shares side by side: names taken apart, then group, works, branch and place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio

from anshan_kg.linking import folding, names, places
from anshan_kg.linking.reasons import reason
from anshan_kg.linking.record import Kind
from anshan_kg.linking.verdict import ACCEPT, REVIEW, Verdict

if TYPE_CHECKING:
    from anshan_kg.linking.gates import Subject
    from anshan_kg.linking.names import Firm


def compare(ours: Subject, theirs: Subject) -> Verdict:
    """Compare two firms by all their names, then by what they are and where."""
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
    owners = a.partition("集团"), b.partition("集团")
    if all(owner[1] for owner in owners) and owners[0][0] != owners[1][0]:
        found.add("owner", 0.45 if owners[0][2] == owners[1][2] else 0.3, owners[0][0], owners[1][0])
    elif len(shorter) > _SHORT and OSA.distance(a, b, score_cutoff=1) <= 1:
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
    if share.form not in {"", "stock"} or firm.form != "stock" or bearer.record.kind is Kind.SECURITY:
        return None
    text, mark = _without_share_marks(share.text)
    core = names.cut_form(text)[0].removesuffix("集团")
    full = names.cut_form(firm.text)[0].removesuffix("集团")
    starts = firm.core.startswith(core) or full.startswith(core)
    shortened = core[:1] == full[:1] and _subsequence(core, full) and _spans(core, firm)
    if not core[1:] or not (starts or shortened):
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
    for mark in folding.words("firms", "share", "before"):
        if text.startswith(mark.strip("*")) and len(text) > len(mark) + 1 and mark.strip("*").isascii():
            text = text[len(mark.strip("*")) :]
            break
    for mark in folding.words("firms", "share", "after"):
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
