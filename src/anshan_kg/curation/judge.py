"""Judgements: kept when a target has a new release, and taken from people one row at a time."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from anshan_kg.errors import ParameterError, UnknownName
from anshan_kg.sssom import NOTHING, MappingSet, Row, State, with_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from anshan_kg.curation.suggest import Found


class Judgement(enum.StrEnum):
    """What a person says of a row; the keys of the review."""

    YES = "y"
    NO = "n"
    UNSURE = "?"


@dataclass(frozen=True, slots=True)
class Change:
    """
    What a new release, or a better matcher, makes of one row.

    Attributes:
        what: `new` suggestion, `gone` suggestion, `changed` record of a judged row, `retired`
            object, `back` again after it was retired.
        row: The row as it is from now on; for `gone`, as it was.
    """

    what: str
    row: Row


def merge(
    before: MappingSet | None, found: Found, release: str, prefix: str
) -> tuple[MappingSet, list[Change]]:
    """
    Return the table that takes the place of one before, with every judgement kept, and what is new.

    Args:
        before: The table there was; None for none.
        found: What matching gives now.
        release: Release of the target it was matched with.
        prefix: Prefix of the target's identifiers; rows with objects of other prefixes are kept.
    """
    old = {row.key: row for row in before.rows} if before else {}
    new = {row.key: row for row in found.table.rows}
    rows: dict[tuple[str, str], Row] = {}
    changes: list[Change] = []
    for key, row in old.items():
        if not (row.judged or row.state is State.RETIRED):
            if key not in new and row.state is State.OPEN:
                changes.append(Change("gone", row))
            continue
        own, _, identifier = row.object_id.partition(":")
        if own == prefix and identifier.rstrip("/") not in found.identifiers:
            rows[key] = _retired(row, release, changes)
            continue
        rows[key] = _kept(row, new.get(key), release, changes)
    judged_things = {row.subject_id for row in rows.values() if row.state in {State.REVIEWED, State.UNSURE}}
    for key, row in new.items():
        if key in rows or (row.state is State.NIL and row.subject_id in judged_things):
            continue
        rows[key] = row if not (same := _same(old.get(key), row)) else same
        if key not in old and row.state is State.OPEN:
            changes.append(Change("new", row))
    for row in _without(rows.values(), found):
        rows.setdefault(row.key, row)
    table = with_rows(found.table, rows.values())
    if before is not None and not changes and _content(table) == _content(before):
        return before, []
    return table, sorted(changes, key=lambda change: (change.what, change.row.key))


def _same(old: Row | None, row: Row) -> Row | None:
    """Return the row there was, if only its date is another: the file then stays as it is."""
    if old is not None and replace(old, mapping_date=row.mapping_date) == row:
        return old
    return None


def _content(table: MappingSet) -> list[Row]:
    return sorted((replace(row, mapping_date="") for row in table.rows), key=lambda row: row.key)


def _retired(row: Row, release: str, changes: list[Change]) -> Row:
    if "retired" in row.other:
        return row
    made = replace(row, other={**row.other, "retired": release})
    changes.append(Change("retired", made))
    return made


def _kept(row: Row, now: Row | None, release: str, changes: list[Change]) -> Row:
    """Return a judged row with the judgement as it was, and what the target says now."""
    other = dict(row.other)
    if other.pop("retired", None):
        changes.append(Change("back", row))
    made = replace(row, other=other, object_source_version=release)
    if now is None:
        return made
    if other.get("record") and now.other.get("record") != other["record"]:
        changed = replace(
            made, object_label=now.object_label, other={**other, "record": now.other.get("record", "")}
        )
        changes.append(Change("changed", changed))
        return changed
    return made


def _without(rows: Iterable[Row], found: Found) -> list[Row]:
    """Return rows that say that there is none, for things whose candidates are all refused or retired."""
    kept = list(rows)
    left = {
        row.subject_id for row in kept if row.state in {State.REVIEWED, State.OPEN, State.UNSURE, State.NIL}
    }
    made: dict[str, Row] = {}
    for row in kept:
        if row.subject_id not in left:
            made[row.subject_id] = _nothing_for(row, found.today)
    return list(made.values())


def _nothing_for(row: Row, today: str) -> Row:
    """Return the row that says that there is nothing for the thing of another row."""
    return Row(
        row.subject_id, row.subject_label, "skos:exactMatch", NOTHING,
        object_source=row.object_source, object_source_version=row.object_source_version, mapping_date=today,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What a person says of one pair.

    Attributes:
        subject, object: The pair, as short names.
        judgement: Yes, no, or cannot say.
        why: The reason, in the person's words.
        predicate: Another predicate than the suggested one; empty for that.
    """

    subject: str
    object: str
    judgement: Judgement
    why: str = ""
    predicate: str = ""


_PREDICATES = frozenset(
    {"skos:exactMatch", "skos:closeMatch", "skos:broadMatch", "skos:narrowMatch", "skos:relatedMatch"}
)
"""What a person may put instead; `owl:sameAs` is never chosen, it follows from an identifier."""
_LONGEST_REASON = 500


def apply(table: MappingSet, verdicts: Iterable[Verdict], reviewer: str, today: str) -> MappingSet:
    """
    Return a table with judgements in it.

    Raises:
        UnknownName: a pair is not in the table.
        ParameterError: a judgement is impossible, or the reviewer has no name.
    """
    name = " ".join(reviewer.split())
    if not name or len(name) > _LONGEST_REASON:
        raise ParameterError("a judgement needs the name of who judges: --reviewer NAME")
    rows = {row.key: row for row in table.rows}
    for verdict in verdicts:
        row = rows.get((verdict.subject, verdict.object))
        if row is None or row.state is State.NIL:
            raise UnknownName("suggested pair", f"{verdict.subject} {verdict.object}")
        rows[row.key] = judged(row, verdict, name, today)
    made: list[Row] = list(rows.values())
    asked = {row.subject_id for row in made if row.object_id != NOTHING}
    held = {row.subject_id for row in made if row.object_id != NOTHING and row.state is not State.REFUSED}
    made = [row for row in made if row.object_id != NOTHING or row.subject_id not in held]
    there = {row.subject_id for row in made if row.object_id == NOTHING}
    for row in list(made):
        if row.subject_id in asked - held - there:
            there.add(row.subject_id)
            made.append(_nothing_for(row, today))
    return with_rows(table, made)


def judged(row: Row, verdict: Verdict, reviewer: str, today: str) -> Row:
    """
    Return a row with a judgement.

    Raises:
        ParameterError: the predicate is none that a person may choose, or the reason is too long.
    """
    if verdict.predicate and verdict.predicate != row.predicate_id and verdict.predicate not in _PREDICATES:
        raise ParameterError(
            f"the predicate is {verdict.predicate!r}; it can be {', '.join(sorted(_PREDICATES))}"
        )
    if len(verdict.why) > _LONGEST_REASON:
        raise ParameterError(f"the reason has more than {_LONGEST_REASON} characters")
    comment = re.sub(r" ?\[judged: .*?\]$", "", row.comment)
    if verdict.why:
        comment = (
            f"{comment} [judged: {' '.join(verdict.why.replace('[', '(').replace(']', ')').split())}]".strip()
        )
    identifier, label = name_of(reviewer)
    return replace(
        row,
        predicate_id=verdict.predicate or row.predicate_id,
        predicate_modifier="Not" if verdict.judgement is Judgement.NO else "",
        reviewer_id=identifier,
        reviewer_label=label,
        review_date=today,
        reviewer_agreement="0" if verdict.judgement is Judgement.UNSURE else "1",
        comment=comment,
    )


_ORCID = re.compile(r"(?:https://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])")


def name_of(reviewer: str) -> tuple[str, str]:
    """Return identifier and name of a reviewer: an ORCID is an identifier, the editors have one of ours."""
    if found := _ORCID.fullmatch(reviewer):
        return f"orcid:{found[1]}", ""
    return "organization:anshan-kg" if reviewer == EDITORS else "", reviewer


EDITORS = "anshan-kg editors"


def counts(rows: Iterable[Row]) -> Mapping[str, int]:
    """Return how many rows are in each state."""
    found = dict.fromkeys((state.value for state in State), 0)
    for row in rows:
        found[row.state.value] += 1
    return found
