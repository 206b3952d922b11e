"""
SSSOM tables: links as rows that a person can judge and another project can read.

Simple Standard for Sharing Ontological Mappings, version 1.1; https://mapping-commons.github.io/sssom/.
A table is a header of `#` lines (prefixes and what is said of the whole table) and tab-separated rows.
What a row means here follows from its standard columns alone, see `State`. `as_triples` is the one rule by
which rows become statements: only what a person has reviewed, never a `Not`, never a retired object.
"""

from __future__ import annotations

import csv
import enum
import io
import re
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple

from anshan_kg.errors import DataError
from anshan_kg.terms import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NOTHING = "sssom:NoTermFound"
"""The object of a row that says: looked for, and not there."""

LEXICAL, CHAINED = "semapv:LexicalMatching", "semapv:MappingChaining"
MANUAL = "semapv:ManualMappingCuration"
"""Justifications: a machine compared names and gates, a target names it itself, or a person wrote the row."""

SPACES = {
    "semapv": "https://w3id.org/semapv/vocab/",
    "sssom": "https://w3id.org/sssom/",
    "orcid": "https://orcid.org/",
    "owl": PREFIXES["owl"],
    "skos": PREFIXES["skos"],
}
"""Prefixes that every table uses."""

_LONGEST, _MOST_ROWS = 64 * 2**20, 1_000_000


class State(enum.StrEnum):
    """How far the judgement of a row has come."""

    REVIEWED = "reviewed"
    """A person says that it holds."""
    REFUSED = "refused"
    """A person says that it does not hold; the row bears `Not`."""
    UNSURE = "unsure"
    """A person looked and cannot say; the row bears an agreement of 0."""
    OPEN = "open"
    """Nobody has looked yet."""
    NIL = "nil"
    """Looked for in the whole target and not found."""
    RETIRED = "retired"
    """The target no longer has the object; the judgement is kept, the statement is not."""


@dataclass(frozen=True, slots=True)
class Row:
    """
    One mapping; each attribute is the SSSOM column of its name, as text, empty where absent.

    Attributes:
        other: Key to value of the column `other`: `decision` is what the matcher made of it,
            `record` a digest of the object's facts, by which a change of them is seen, `retired`
            the release in which the object was missed first.
    """

    subject_id: str
    subject_label: str
    predicate_id: str
    object_id: str
    object_label: str = ""
    predicate_modifier: str = ""
    mapping_justification: str = LEXICAL
    confidence: str = ""
    object_source: str = ""
    object_source_version: str = ""
    mapping_date: str = ""
    reviewer_id: str = ""
    reviewer_label: str = ""
    review_date: str = ""
    reviewer_agreement: str = ""
    comment: str = ""
    other: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """What a judgement is kept under when the target has a new release."""
        return self.subject_id, self.object_id

    @property
    def state(self) -> State:
        """How far its judgement has come."""
        if self.object_id == NOTHING:
            return State.NIL
        if "retired" in self.other:
            return State.RETIRED
        if not (self.reviewer_id or self.reviewer_label):
            return State.REVIEWED if self.mapping_justification == MANUAL else State.OPEN
        if self.reviewer_agreement and float(self.reviewer_agreement) == 0:
            return State.UNSURE
        return State.REFUSED if self.predicate_modifier == "Not" else State.REVIEWED

    @property
    def judged(self) -> bool:
        """Whether a person has looked at it."""
        return bool(self.reviewer_id or self.reviewer_label)


@dataclass(frozen=True, slots=True)
class MappingSet:
    """
    A table of mappings.

    Attributes:
        rows: The mappings, in the order of the file.
        about: What is said of the whole table, by SSSOM slot: `mapping_set_id`, `license`, ...
        spaces: Prefix to namespace, for the prefixes that `PREFIXES` has not.
    """

    rows: tuple[Row, ...]
    about: Mapping[str, str] = field(default_factory=dict)
    spaces: Mapping[str, str] = field(default_factory=dict)

    def expand(self, short: str) -> NamedNode:
        """
        Return the node that a short name stands for.

        Raises:
            ValueError: the prefix is not declared, or what it gives is no IRI.
        """
        prefix, _, local = short.partition(":")
        space = self.spaces.get(prefix) or PREFIXES.get(prefix) or SPACES.get(prefix)
        if space is None:
            raise ValueError(f"the prefix of {short!r} is not in the curie_map")
        return NamedNode(space + local)


_COLUMNS = tuple(each.name for each in fields(Row))
_NEEDED = ("subject_id", "predicate_id", "object_id", "mapping_justification")
_MORE = frozenset(
    ("subject_category", "object_category", "author_id", "author_label", "creator_id", "subject_source",
     "subject_source_version", "mapping_tool", "mapping_tool_version", "mapping_cardinality", "license",
     "see_also", "match_string", "similarity_score", "similarity_measure", "record_id", "mapping_provider",
     "predicate_label", "subject_type", "object_type", "publication_date", "subject_match_field",
     "object_match_field", "subject_preprocessing", "object_preprocessing", "issue_tracker_item",
     "mapping_tool_id", "mapping_source", "curation_rule", "curation_rule_text", "author", "creator_label")
)  # fmt: skip
"""Columns of the standard that are read over, because nothing here rests on them."""


def parse(name: str, text: str) -> MappingSet:
    """
    Return a SSSOM table.

    Args:
        name: What to call it in errors.
        text: The table.

    Raises:
        DataError: it is no such table, a row lacks what a row needs, a judgement is impossible, or
            the same pair stands there twice.
    """
    if len(text) > _LONGEST:
        raise DataError(name, f"has more than {_LONGEST // 2**20} MB; split the table")
    lines = text.splitlines(keepends=True)
    head = [line for line in lines if line.startswith("#")]
    about, spaces = _header(head)
    reader = csv.DictReader(
        io.StringIO("".join(lines[len(head) :])), delimiter="\t", quoting=csv.QUOTE_MINIMAL, strict=True
    )
    rows: list[Row] = []
    seen: dict[tuple[str, str, str], int] = {}
    line = len(head) + 1
    try:
        columns = reader.fieldnames or ()
        lacking = [each for each in _NEEDED if each not in columns]
        unknown = [each for each in columns if each not in _COLUMNS and each not in _MORE]
        if lacking or unknown:
            raise DataError(name, _about_columns(lacking, unknown), line)
        for line, cells in enumerate(reader, start=len(head) + 2):
            if None in cells or None in cells.values():
                raise DataError(name, "not a mapping row: more or fewer cells than the header", line)
            if line > _MOST_ROWS:
                raise DataError(name, f"has more than {_MOST_ROWS:,} rows; split the table", line)
            row = _row(name, line, cells)
            key = (*row.key, row.predicate_id if row.mapping_justification == MANUAL else "")
            if key in seen:
                raise DataError(
                    name, f"{row.subject_id} and {row.object_id} are in line {seen[key]} too", line
                )
            seen[key] = line
            rows.append(row)
    except csv.Error as error:
        raise DataError(name, f"is not a tab-separated table: {error}", line) from error
    return MappingSet(tuple(rows), about, spaces)


def _about_columns(lacking: Iterable[str], unknown: Iterable[str]) -> str:
    parts = []
    if lacking := list(lacking):
        parts.append(f"has no column {', '.join(lacking)}")
    if unknown := list(unknown):
        parts.append(f"has columns that SSSOM does not know: {', '.join(unknown)}")
    return f"is not a SSSOM table: {'; '.join(parts)}"


def _header(lines: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    about: dict[str, str] = {}
    spaces: dict[str, str] = {}
    for line in lines:
        if found := re.match(r'#\s+([\w.-]+):\s+"?(https?://\S+?)"?\s*$', line):
            spaces[found[1]] = found[2]
        elif (found := re.match(r"#\s?([a-z_]+):\s*(.*?)\s*$", line)) and found[1] != "curie_map":
            about[found[1]] = found[2].strip("\"'")
    return about, spaces


def _row(name: str, line: int, cells: Mapping[str, str]) -> Row:
    given = {each: cells.get(each) or "" for each in _COLUMNS}
    for each in _NEEDED:
        if not given[each]:
            raise DataError(name, f"not a mapping row: {each} is empty", line)
    if given["predicate_modifier"] not in {"", "Not"}:
        raise DataError(name, f"predicate_modifier is {given['predicate_modifier']!r}; it can be Not", line)
    for each, low in (("confidence", 0.0), ("reviewer_agreement", -1.0)):
        if given[each] and not _between(given[each], low):
            raise DataError(name, f"{each} is {given[each]!r}; it is a number from {low:g} to 1", line)
    pairs = [part.partition("=") for part in given.pop("other").split("|") if part]
    return Row(**given, other={key: value for key, _, value in pairs})


def _between(text: str, low: float) -> bool:
    try:
        return low <= float(text) <= 1
    except ValueError:
        return False


def write(table: MappingSet) -> str:
    """
    Return a table as text, rows in the order of subject and object: the same table, the same text.

    Cells of free text that a spreadsheet would take for a formula get an apostrophe before them.
    """
    out = io.StringIO()
    out.write("#curie_map:\n")
    used = {part.partition(":")[0] for row in table.rows for part in _short_names(row) if part}
    for prefix in sorted(used | table.spaces.keys()):
        space = table.spaces.get(prefix) or PREFIXES.get(prefix) or SPACES.get(prefix)
        if space:
            out.write(f"#  {prefix}: {space}\n")
    for slot, value in table.about.items():
        out.write(f'#{slot}: "{_plain(value)}"\n')
    rows = csv.writer(out, delimiter="\t", lineterminator="\n")
    rows.writerow(_COLUMNS)
    for row in sorted(table.rows, key=lambda each: (each.subject_id, each.object_id, each.predicate_id)):
        rows.writerow([_cell(row, name) for name in _COLUMNS])
    return out.getvalue()


def _short_names(row: Row) -> tuple[str, ...]:
    return (
        row.subject_id, row.predicate_id, row.object_id, row.mapping_justification,
        row.object_source, row.reviewer_id,
    )  # fmt: skip


def _cell(row: Row, name: str) -> str:
    if name == "other":
        return "|".join(f"{key}={_plain(value)}" for key, value in sorted(row.other.items()))
    text = _plain(getattr(row, name))
    return f"'{text}" if name in _FREE and text.startswith(_FORMULAS) else text


_FREE = frozenset({"subject_label", "object_label", "comment", "reviewer_label"})
_FORMULAS = ("=", "+", "-", "@")


def _plain(text: str) -> str:
    """Return text on one line, without what would end a cell."""
    return re.sub(r"[\x00-\x1f\x7f\u2028\u2029\"]+", " ", text).strip()


def as_triples(table: MappingSet) -> Iterator[tuple[int, Triple]]:
    """
    Yield (index of the row, statement) for each row that a person has reviewed and that holds.

    The object gets its label, so that it can be shown, and its identifier as a notation, so that
    the rule for `owl:sameAs` can look for it.

    Raises:
        ValueError: a prefix is not declared.
    """
    for number, row in enumerate(table.rows):
        if row.state is not State.REVIEWED or row.predicate_modifier:
            continue
        thing, other = table.expand(row.subject_id), table.expand(row.object_id)
        yield number, Triple(thing, table.expand(row.predicate_id), other)
        if row.mapping_justification != MANUAL:
            yield number, Triple(other, _LABEL, Literal(row.object_label))
            yield number, Triple(other, _NOTATION, Literal(row.object_id.partition(":")[2].rstrip("/")))


_LABEL, _NOTATION = NamedNode(PREFIXES["rdfs"] + "label"), NamedNode(PREFIXES["skos"] + "notation")


def with_rows(table: MappingSet, rows: Iterable[Row]) -> MappingSet:
    """Return a table with other rows."""
    return replace(table, rows=tuple(rows))
