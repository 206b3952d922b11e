"""What an import would change: things added, changed and left alone, and the new text of each file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode, Triple

from anshan_kg import turtle
from anshan_kg.errors import DataError
from anshan_kg.files import Document
from anshan_kg.model import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyoxigraph import Literal

    from anshan_kg.importing.mapping import Made

Facts = dict[NamedNode, "set[NamedNode | Literal]"]


@dataclass(frozen=True)
class Plan:
    """
    What an import would do.

    Attributes:
        added, changed, unchanged: IRIs of the things.
        documents: Path -> the file as it would be, for files that would differ.
        rows: Thing -> numbers of the rows that make it.
        refused: Rows that cannot stand beside other rows.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    documents: dict[str, Document] = field(default_factory=dict)
    rows: dict[str, tuple[int, ...]] = field(default_factory=dict)
    refused: tuple[Refusal, ...] = ()


@dataclass
class _Wanted:
    """One thing as all rows together make it."""

    file: str
    head: str
    facts: Facts = field(default_factory=lambda: defaultdict(set))
    properties: set[NamedNode] = field(default_factory=set)
    rows: list[int] = field(default_factory=list)


def plan(documents: Sequence[Document], made: Iterable[tuple[int, Sequence[Made]]]) -> Plan:
    """
    Return what a table would change in the text files.

    A thing that is there already stays in its file; of its facts only those are replaced whose
    properties the mapping states.

    Args:
        documents: The text files as they are.
        made: Row number and what that row makes, in the order of the rows.

    Raises:
        DataError: a file that would have to be rewritten has comments within it, which would be lost.
    """
    wanted, refused = _collect(made)
    there: dict[str, dict[str, list[Triple]]] = {}
    home: dict[str, str] = {}
    for document in documents:
        if not document.path.startswith("graph/"):
            continue
        for triple in document.triples:
            if isinstance(triple.subject, NamedNode) and triple.subject.value in wanted:
                home.setdefault(triple.subject.value, document.path)
                there.setdefault(triple.subject.value, {}).setdefault(document.path, []).append(triple)
    added: list[str] = []
    changed: list[str] = []
    unchanged: list[str] = []
    edits: dict[str, dict[str, list[Triple]]] = defaultdict(dict)
    heads: dict[str, str] = {}
    for thing, want in wanted.items():
        before = [triple for triples in there.get(thing, {}).values() for triple in triples]
        kept = [triple for triple in before if triple.predicate not in want.properties]
        after = [
            *kept,
            *(
                Triple(NamedNode(thing), name, value)
                for name, values in want.facts.items()
                for value in values
            ),
        ]
        if before and set(before) == set(after):
            unchanged.append(thing)
            continue
        (changed if before else added).append(thing)
        file = home.get(thing, want.file)
        edits[file][thing] = after
        heads.setdefault(file, want.head)
    texts = {document.path: document for document in documents}
    return Plan(
        tuple(added), tuple(changed), tuple(unchanged),
        {path: _edited(path, texts.get(path), things, heads[path]) for path, things in edits.items()},
        {thing: tuple(want.rows) for thing, want in wanted.items()},
        tuple(refused),
    )  # fmt: skip


def _collect(made: Iterable[tuple[int, Sequence[Made]]]) -> tuple[dict[str, _Wanted], list[Refusal]]:
    wanted: dict[str, _Wanted] = {}
    refused = []
    for number, things in made:
        twice = [thing for thing in things if thing.unique and thing.iri in wanted]
        if twice:
            first = wanted[twice[0].iri].rows[0]
            refused.append(Refusal(number, "", f"gives the same {twice[0].iri} as row {first}"))
            continue
        for thing in things:
            want = wanted.setdefault(thing.iri, _Wanted(thing.file, thing.head))
            want.rows.append(number)
            want.properties |= thing.properties
            for name, value, _ in thing.facts:
                want.facts.setdefault(name, set()).add(value)
    return wanted, refused


def _edited(path: str, document: Document | None, things: dict[str, list[Triple]], head: str) -> Document:
    """Return a file with some of its things replaced, in canonical order."""
    if document is None:
        triples = [triple for each in things.values() for triple in each]
        lead = f"# {head}\n" if head else ""
    else:
        if (line := turtle.inner_comment(document.text)) is not None:
            raise DataError(path, "has a comment within, which would be lost; move it to the top", line)
        rest = [
            triple
            for triple in document.triples
            if not (isinstance(triple.subject, NamedNode) and triple.subject.value in things)
        ]
        triples = [*rest, *(triple for each in things.values() for triple in each)]
        lead = turtle.head_of(document.text)
    return Document(path, turtle.write(triples, lead), tuple(triples))
