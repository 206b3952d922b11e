"""The nouns: frozen values that the layers hand to each other."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

if TYPE_CHECKING:
    from collections.abc import Iterator

Term = NamedNode | BlankNode | Literal | Triple
"""Anything that can stand in a cell of an answer."""


def text_of(term: Term | None) -> str:
    """Return the bare text of a term: an IRI without brackets, a literal without its type."""
    if term is None:
        return ""
    return str(term) if isinstance(term, Triple) else term.value


@dataclass(frozen=True, slots=True)
class Table:
    """
    The answer to a SELECT: named columns, rows of terms, None where a cell is unbound.

    The order of rows is the query's; all of ours end in ORDER BY.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Term | None, ...], ...]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Term | None]]:
        """Yield each row as column -> term."""
        for row in self.rows:
            yield dict(zip(self.columns, row, strict=True))

    def texts(self) -> list[dict[str, str]]:
        """Return the rows as column -> bare text, "" where a cell is unbound."""
        return [{name: text_of(term) for name, term in row.items()} for row in self]

    def to_pandas(self) -> Any:  # noqa: ANN401 - pandas is optional, so its type is not at hand
        """
        Return a pandas DataFrame of bare texts, None where a cell is unbound.

        Raises:
            ImportError: pandas is not installed (`pip install "anshan-kg[pandas]"`).
        """
        import pandas as pd  # noqa: PLC0415 - optional, and slow to import

        cells = [[None if term is None else text_of(term) for term in row] for row in self.rows]
        return pd.DataFrame(cells, columns=list(self.columns))

    def _repr_html_(self) -> str:
        """Return the table as HTML, for notebooks."""
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(text_of(term))}</td>" for term in row) + "</tr>"
            for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


@dataclass(frozen=True, slots=True)
class Graph:
    """The answer to a CONSTRUCT or DESCRIBE: a set of triples."""

    triples: frozenset[Triple]

    def __len__(self) -> int:
        """Return the number of triples."""
        return len(self.triples)

    def __iter__(self) -> Iterator[Triple]:
        """Yield the triples in the order of their N-Triples text."""
        return iter(sorted(self.triples, key=str))

    def _repr_html_(self) -> str:
        """Return the triples as HTML, for notebooks."""
        return "<pre>" + html.escape("\n".join(f"{triple} ." for triple in self)) + "</pre>"


Answer = Table | Graph | bool
"""What a query gives: SELECT a table, CONSTRUCT and DESCRIBE a graph, ASK a truth value."""


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One fault in the data.

    Attributes:
        rule: Name of the shape or check that found it.
        focus: IRI of the thing at fault, "" where it concerns a whole file.
        message: What is wrong, in English.
        message_zh: The same in Chinese.
        file: File that states the thing, relative to the root; "" where unknown.
        line: Line in that file where the thing is first named; None where unknown.
        severity: "violation" or "warning"; only violations fail a check.
        property: IRI of the property at fault, "" where it is not one property.
    """

    rule: str
    focus: str
    message: str
    message_zh: str = ""
    file: str = ""
    line: int | None = None
    severity: str = "violation"
    property: str = ""

    def __str__(self) -> str:
        """Return the finding as one line: where, which rule, what, about what; warnings say so."""
        where = f"{self.file}:{self.line}" if self.line else self.file or "(derived)"
        about = f" [{self.focus}]" if self.focus else ""
        warning = "warning: " if self.severity == "warning" else ""
        return f"{where}: {warning}{self.rule}: {self.message}{about}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    Why a row is not taken.

    Attributes:
        row: Its number as an editor shows it: the header of a CSV file is row 1.
        column: The column at fault; "" where it is the row as a whole.
        reason: What is wrong and what to do, in English.
        reason_zh: The same in Chinese; "" where only English words were found.
    """

    row: int
    column: str
    reason: str
    reason_zh: str = ""

    def __str__(self) -> str:
        """Return the refusal as one line."""
        where = f"row {self.row}" + (f", column {self.column}" if self.column else "")
        return f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """
    What importing a table did, or would do.

    Attributes:
        rows: How many rows the table has.
        added, changed, unchanged: The things, by IRI.
        refused: Rows that were not taken, and why.
        files: The files that differ, by path below the root.
        written: Whether they were written.
        name: What `import --undo` calls it; "" where nothing was written.
    """

    rows: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    refused: tuple[Refusal, ...]
    files: tuple[str, ...]
    written: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class Labels:
    """One thing's name in both languages; "" where a language is missing."""

    en: str = ""
    zh: str = ""

    def best(self, lang: str) -> str:
        """Return the name in `lang` ("zh..." or "en"), else in the other language."""
        first, second = (self.zh, self.en) if lang.startswith("zh") else (self.en, self.zh)
        return first or second


@dataclass(frozen=True, slots=True)
class Hit:
    """
    One search result.

    Attributes:
        iri: The thing.
        type: Its class, as a short name (`akg:Mine`).
        labels: Its name in both languages.
        matched: The name that matched, which may be a former or a misspelt one.
        score: 0 to 100; 100 is the exact name.
        how: What that is: "name", "other name", "pinyin", "initials" (of the pinyin), "code"; or
            "sound" and "alike" where nothing is called that, but something sounds or looks like it.
    """

    iri: str
    type: str
    labels: Labels
    matched: str
    score: float
    how: str = "name"


@dataclass(frozen=True, slots=True)
class Found:
    """
    What a search found.

    Attributes:
        hits: The best, as many as were asked for.
        total: How many there are, of the class that was asked for.
        types: How many there are of each class, whichever was asked for; most first.
        near: Where there are none: what is called a little like it.
    """

    hits: tuple[Hit, ...] = ()
    total: int = 0
    types: tuple[tuple[str, int], ...] = ()
    near: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """
    A place in a source document.

    Attributes:
        iri: The passage.
        document: The source document's IRI.
        document_title: Its title.
        locator: Place in words: `p5 s3` is paragraph 5, sentence 3.
        paraphrase: What it says, in our words, in both languages.
        start, end: Character range in the source text; None where the text is not held.
        digest: SHA-256 of those characters in UTF-8, hex; "" where the text is not held.
        quote: Short original wording kept because the wording is the point; often "".
        text: The words themselves; None unless a folder of source texts was given.
    """

    iri: str
    document: str
    document_title: str
    locator: str
    paraphrase: Labels
    start: int | None = None
    end: int | None = None
    digest: str = ""
    quote: str = ""
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    One claim, with who made it, when, where and how it is meant.

    Attributes:
        claim: The claim's IRI.
        label: The claim in a sentence of ours, in both languages.
        kind: `akg:RelationClaim`, `akg:QuantitativeClaim` or `akg:TextClaim`.
        modality, confidence, bound: Concept labels; empty where they do not apply.
        speaker: Who said it.
        speaker_carried_over: True where the paragraph names no speaker and the one before does.
        year: Year it is for or describes; "" where not stated.
        original: Number or term as printed; "" where there is none.
        note: What the claim covers; empty where nothing needs saying.
        rationale: Why we say it, in editorial claims.
        conflict: IRI of the conflict set it is in; "" where nobody contradicts it.
        passages: Where it stands.
        via: For inferred statements, the rule that led from this claim to it; "" for said ones.
    """

    claim: str
    label: Labels
    kind: str
    modality: Labels
    confidence: Labels
    speaker: Labels = field(default_factory=Labels)
    speaker_iri: str = ""
    speaker_carried_over: bool = False
    source: str = ""
    source_label: Labels = field(default_factory=Labels)
    bound: Labels = field(default_factory=Labels)
    year: str = ""
    original: str = ""
    note: Labels = field(default_factory=Labels)
    rationale: Labels = field(default_factory=Labels)
    conflict: str = ""
    passages: tuple[Passage, ...] = ()
    via: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A thing as it is mentioned: its IRI and its name in both languages."""

    iri: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Statement:
    """
    One fact about a thing, with the claims it rests on.

    Attributes:
        predicate: The property.
        value: The other end: a thing, or a literal.
        value_labels: Its name, where it is a thing.
        inverse: True where the thing described is the object of the fact.
        inferred: True where a rule, not a source, states it.
        evidence: The claims; empty for what identifies the thing (names, type, code).
        claims: How many claims there are, where only some are in `evidence`.
    """

    predicate: Reference
    value: Term
    value_labels: Labels
    inverse: bool = False
    inferred: bool = False
    evidence: tuple[Evidence, ...] = ()
    claims: int = 0


@dataclass(frozen=True, slots=True)
class Entity:
    """
    One thing with what is said of it.

    Attributes:
        iri: The thing.
        types: Its classes, most specific first.
        labels: Its name in both languages.
        alt_labels: Its other names, with language tags.
        definition: What it is, in both languages; may be empty.
        statements: Facts in which it is subject or object, in reading order.
        claims: Claims about it that are numbers or text, in reading order.
        gaps: What is not known about it, in both languages.
    """

    iri: str
    types: tuple[Reference, ...]
    labels: Labels
    alt_labels: tuple[tuple[str, str], ...]
    definition: Labels
    statements: tuple[Statement, ...]
    claims: tuple[Evidence, ...]
    gaps: tuple[Reference, ...]
