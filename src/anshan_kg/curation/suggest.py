"""Suggest links: our things against the records of a target, as rows of a SSSOM table."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from anshan_kg import __version__
from anshan_kg.linking import identifiers
from anshan_kg.linking.matcher import Matcher
from anshan_kg.linking.record import Decision, Kind, Match, Record
from anshan_kg.links._target import BROAD, CLOSE, EXACT, NARROW, RELATED, SAME
from anshan_kg.sssom import CHAINED, LEXICAL, NOTHING, MappingSet, Row
from anshan_kg.terms import curie

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from anshan_kg.links._target import Target

WIKIDATA = "wikidata"
"""Prefix of Wikidata's entities, which some targets name themselves."""
SPACES = {WIKIDATA: "http://www.wikidata.org/entity/"}

_CANDIDATES, _MOST_SURE = 5, 3
_STRENGTH = ("", RELATED, NARROW, BROAD, CLOSE, EXACT, SAME)
"""Predicates from the weakest to the strongest."""


@dataclass(frozen=True, slots=True)
class Found:
    """
    What matching gave.

    Attributes:
        table: The rows, nothing of them judged.
        identifiers: Every identifier the target has, so that retired ones are seen.
        read: How many records the target has.
        dropped: How many were left out because their check digits are wrong.
        today: Date of the rows.
    """

    table: MappingSet
    identifiers: Present
    read: int
    dropped: int
    today: str


class Present:
    """Which identifiers a target has: eight bytes each, so that a million of them fit."""

    def __init__(self) -> None:
        self._marks: set[int] = set()

    def add(self, identifier: str) -> None:
        """Keep an identifier."""
        self._marks.add(hash(identifier))

    def __contains__(self, identifier: object) -> bool:
        """Whether the target has it."""
        return hash(identifier) in self._marks


def suggest(
    target: Target,
    ours: Sequence[Record],
    theirs: Iterable[Record],
    release: str,
    today: str,
    progress: Callable[[str, int, int], None],
    refused: frozenset[tuple[str, str]] = frozenset(),
) -> Found:
    """
    Return what of ours is likely to be what of theirs.

    Every thing of ours has at least one row: its candidates, or one that says that there is none.

    Args:
        target: The target.
        ours: Our things.
        theirs: The records of the target, one at a time; only those that share a part of a name or
            an identifier with a thing of ours are kept.
        release: Release of the file they come from.
        today: Date of the rows.
        progress: Called with what is being done, how much is done, and how much there is (0 where
            unknown).
        refused: Pairs that a person has refused before.
    """
    sieve, present, kept = Sieve(ours), Present(), []
    read = dropped = 0
    for read, record in enumerate(theirs, start=1):
        present.add(record.id)
        code = record.identifiers.get(target.check, "")
        if code and not identifiers.valid(target.check, code):
            dropped += 1
        elif sieve.lets_pass(record):
            kept.append(record)
        if read % 1000 == 0:
            progress("records", read, 0)
    rows: list[Row] = []
    progress("match", 0, len(ours))
    found = adopted(target, ours, kept)
    sought = [record for record in ours if record.id not in found]
    matcher = Matcher(kept)
    for thing, matches in zip(sought, matcher.match_many(sought, _CANDIDATES), strict=True):
        found[thing.id] = with_codes(matcher, thing, matches, kept)
    for done, thing in enumerate(ours, start=1):
        matches = found[thing.id]
        rows += rows_of(target, thing, worth_asking(target, thing, matches, refused), release, today)
        progress("match", done, len(ours))
    return Found(MappingSet(tuple(rows), about(target), spaces(target)), present, read, dropped, today)


def about(target: Target) -> dict[str, str]:
    """Return what is said of a whole table."""
    return {
        "mapping_set_id": f"https://w3id.org/anshan-kg/links/{target.prefix}",
        "mapping_set_title": f"Links from the Anshan graph to: {target.title.en}",
        "license": target.licence if target.licence.startswith("https://creativecommons.org/") else _OURS,
        "mapping_tool": "anshan-kg",
        "mapping_tool_version": __version__,
        "subject_source": "https://w3id.org/anshan-kg/",
    }


_OURS = "https://creativecommons.org/licenses/by/4.0/"


def spaces(target: Target) -> dict[str, str]:
    """Return the prefixes that a target's table needs."""
    return {target.prefix: target.space, **SPACES}


def adopted(target: Target, ours: Sequence[Record], theirs: Iterable[Record]) -> dict[str, Sequence[Match]]:
    """Return the records that things are which we call by the target's own IRI; no name is compared."""
    own = {target.space + record.id: record for record in theirs}
    return {
        thing.id: [Match(own[thing.id], 1.0, Decision.ACCEPT)] if thing.id in own else []
        for thing in ours
        if thing.id.startswith(target.space)
    }


def with_codes(
    matcher: Matcher, thing: Record, matches: Sequence[Match], theirs: Iterable[Record]
) -> list[Match]:
    """Return candidates with those that bear an identifier of ours, whatever they are called, best first."""
    own = {(scheme, identifiers.normal(scheme, value)) for scheme, value in thing.identifiers.items()}
    if not own:
        return list(matches)
    there = {match.record.id for match in matches}
    more = [
        matcher.judge(thing, record)
        for record in theirs
        if record.id not in there
        and any(
            (scheme, identifiers.normal(scheme, value)) in own for scheme, value in record.identifiers.items()
        )
    ]
    return sorted((*matches, *more), key=lambda match: (-match.score, match.record.id))


def worth_asking(
    target: Target, thing: Record, matches: Sequence[Match], refused: frozenset[tuple[str, str]]
) -> list[Match]:
    """Return the candidates that a person should see: beside one as good as sure, no doubtful ones."""
    kept = [match for match in matches if match.decision is not Decision.REJECT]
    sure = [match for match in kept if match.decision is Decision.ACCEPT]
    if any((curie(thing.id), target.short(match.record.id)) not in refused for match in sure):
        return sure[:_MOST_SURE]
    return kept[: _MOST_SURE + len(sure)]


def rows_of(
    target: Target, thing: Record, matches: Sequence[Match], release: str, today: str
) -> Iterator[Row]:
    """Yield the rows of one thing of ours: candidates to accept or to look at, else that there are none."""
    label = label_of(thing)
    some = False
    for match in matches:
        predicate = predicate_of(target, thing, match)
        if match.decision is Decision.REJECT or not predicate:
            continue
        some = True
        other = {"decision": match.decision.value, "record": digest(match.record)}
        row = Row(
            curie(thing.id), label, predicate, target.short(match.record.id), label_of(match.record),
            mapping_justification=LEXICAL,
            confidence=f"{match.score:.2f}",
            object_source=target.home,
            object_source_version=release,
            mapping_date=today,
            comment=reasons_of(match),
            other=other,
        )  # fmt: skip
        if row.object_id != row.subject_id:  # a unit taken over from QUDT is no link to itself
            yield row
        yield from _named_by(row, match)
    if not some and not thing.id.startswith(target.space):
        yield Row(
            curie(thing.id), label, EXACT, NOTHING, mapping_justification=LEXICAL,
            object_source=target.home, object_source_version=release, mapping_date=today,
        )  # fmt: skip


def _named_by(row: Row, match: Match) -> Iterator[Row]:
    """Yield what a record that is surely ours is in Wikidata, where its data set says so."""
    entity = match.record.identifiers.get(WIKIDATA, "")
    if match.decision is Decision.ACCEPT and row.predicate_id == EXACT and re.fullmatch(r"Q[1-9]\d*", entity):
        yield replace(
            row,
            object_id=f"{WIKIDATA}:{entity}",
            mapping_justification=CHAINED,
            confidence="",
            comment=f"the target names this item for {row.object_id}",
            other={"decision": Decision.REVIEW.value, "record": row.other["record"]},
        )


def label_of(record: Record) -> str:
    """Return the names a reader knows a record by: Chinese and English, where it has both."""
    firsts = [next((name for kind, name in record.names if kind == wanted), "") for wanted in ("zh", "en")]
    return " / ".join(filter(None, firsts)) or record.id


def reasons_of(match: Match) -> str:
    """Return the reasons of a match in one line, English; the pages show them in both languages."""
    return "; ".join(
        f"{reason.en} ({reason.weight:+.2f})" if reason.weight else reason.en for reason in match.reasons
    )


def digest(record: Record) -> str:
    """Return a short mark of what a record says, by which a new release shows what it changed."""
    said = repr((
        sorted(record.names), record.kind, list(record.places), record.point,
        sorted(record.identifiers.items()),
        record.status, record.note,
    ))  # fmt: skip
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def predicate_of(target: Target, thing: Record, match: Match) -> str:
    """
    Return the predicate that may be written for a pair; empty for none.

    `owl:sameAs` only where both bear the same identifier of a scheme in which one thing has one,
    and its check digits are right. Never stronger than the target allows for the kind of thing.
    """
    predicate = target.relations.get(match.relation, "")
    if predicate == EXACT and same_identifier(thing, match.record) and thing.kind not in _CONCEPTS:
        predicate = SAME
    if thing.kind in target.unlike:
        predicate = min(predicate, target.unlike[thing.kind], key=_STRENGTH.index)
    return predicate


_CONCEPTS = frozenset({Kind.MATERIAL, Kind.PRODUCT, Kind.INDUSTRY, Kind.UNIT})
_CHECKED = ("uscc", "lei")
"""Schemes of individuals whose identifiers carry check digits."""


def same_identifier(one: Record, other: Record) -> bool:
    """Return whether two records bear the same identifier, rightly written."""
    return any(
        identifiers.valid(scheme, one.identifiers[scheme])
        and identifiers.normal(scheme, one.identifiers[scheme])
        == identifiers.normal(scheme, other.identifiers[scheme])
        for scheme in _CHECKED
        if scheme in one.identifiers and scheme in other.identifiers
    )


class Sieve:
    """
    Lets pass what could be a thing of ours, so that files of a million rows fit into memory.

    A record passes if it bears an identifier of ours, or if a name of it shares a fourth of its
    parts with one of ours: pairs of Chinese characters, or words in Latin letters that are not in
    everybody's name.
    """

    def __init__(self, ours: Sequence[Record]) -> None:
        self._codes = {
            (scheme, identifiers.normal(scheme, value))
            for record in ours
            for scheme, value in record.identifiers.items()
        }
        counts = Counter(part for record in ours for part in {p for _, n in record.names for p in parts(n)})
        common = {part for part, count in counts.items() if count > max(8, len(ours) // 4)}
        self._parts = counts.keys() - common
        self._whole = {name.casefold() for record in ours for _, name in record.names}

    def lets_pass(self, record: Record) -> bool:
        """Return whether a record could be one of ours."""
        for scheme, value in record.identifiers.items():
            if (scheme, identifiers.normal(scheme, value)) in self._codes:
                return True
        for _, name in record.names:
            if name.casefold() in self._whole:
                return True
            found = parts(name)
            if found and len(found & self._parts) * 4 >= len(found):
                return True
        return False


def parts(name: str) -> set[str]:
    """Return the pairs of Chinese characters and the words in other letters of a name."""
    found: set[str] = set()
    for run in re.findall(r"[\u3400-\u9fff]+|[^\W\d_\u3400-\u9fff]{3,}", name.casefold()):
        if "\u3400" <= run[0] <= "\u9fff":
            found.update(run[place : place + 2] for place in range(max(len(run) - 1, 1)))
        else:
            found.add(run[:6])
    return found
