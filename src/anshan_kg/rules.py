"""
Inference rules: one SPARQL CONSTRUCT file each, run to a fixpoint, able to name their premises.

A rule constructs exactly one triple pattern from plain triple patterns and filters, so that for
any triple it made, the triples it made it from can be told: that is how an inferred statement
leads back to the claims and sentences it rests on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode, Triple

from anshan_kg.errors import DataError
from anshan_kg.queries import parse as parse_query
from anshan_kg.terms import iri, placed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyoxigraph import Store

    from anshan_kg.model import Labels, Term

SHORTCUTS = iri("graph:shortcuts")
"""Named graph of the plain triples that relation claims say."""

INFERRED = iri("graph:inferred")
"""Named graph of what only a rule states."""

_FORM = re.compile(
    r"(?P<prologue>.*?)CONSTRUCT\s*\{(?P<head>[^{}]*)\}\s*WHERE\s*\{(?P<body>.*)\}\s*$", re.DOTALL
)
_TERM = r"(\?\w+|[\w-]*:[\w-]+|a)"
_HEAD = re.compile(rf"\s*{_TERM}\s+{_TERM}\s+{_TERM}\s*\.?\s*")
_LONGEST_CHAIN = 100


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One rule file.

    Attributes:
        name: File name without ending.
        title: What it says, in both languages.
        graph: Named graph that its triples go to: `SHORTCUTS` or `INFERRED`.
        text: The CONSTRUCT query.
        head: The triple pattern it constructs, as SPARQL terms.
        premises: The triple patterns it needs, as SPARQL terms.
        select: The same query as SELECT *, to ask for its premises.
    """

    name: str
    title: Labels
    graph: NamedNode
    text: str
    head: tuple[str, str, str]
    premises: tuple[tuple[str, str, str], ...]
    select: str

    def question(self, triple: Triple) -> str | None:
        """
        Return the query for what the rule makes a triple from; None where it never makes such.

        Each row of the answer is one way; see `premises_of`.
        """
        bound: dict[str, str] = {}
        for pattern, term in zip(self.head, triple, strict=True):
            if pattern.startswith("?"):
                bound[pattern] = str(term)
            elif _node(pattern) != term:
                return None
        values = f"VALUES ({' '.join(bound)}) {{ ({' '.join(bound.values())}) }}"
        return self.select.replace("SELECT * WHERE {", f"SELECT * WHERE {{ {values}", 1)

    def premises_of(self, row: Mapping[str, Term | None]) -> tuple[Triple, ...]:
        """Return the triples that one row of the answer to `question` stands for."""
        return tuple(Triple(*(_fill(part, row) for part in pattern)) for pattern in self.premises)  # type: ignore[arg-type]


def parse(path: str, text: str) -> Rule:
    """
    Return a rule file's text as a `Rule`.

    Raises:
        DataError: it is not a CONSTRUCT of one triple pattern from plain patterns and filters.
    """
    name = path.rsplit("/", 1)[-1].removesuffix(".rq")
    form = _FORM.match(text)
    head = _HEAD.fullmatch(form["head"]) if form else None
    if form is None or head is None:
        raise DataError(path, "a rule has the form CONSTRUCT { one triple } WHERE { patterns }")
    body = re.sub(r"#[^\n]*", "", form["body"])
    plain = re.sub(r"FILTER\s*(NOT\s+EXISTS|EXISTS)?\s*(\{[^{}]*\}|\((?:[^()]|\([^()]*\))*\))", "", body)
    if re.search(r"[{}]|[\w>][/|^*+]", plain):
        raise DataError(path, "a rule's premises are plain triple patterns, so that they can be told")
    premises = tuple(_premises(plain))
    if not premises:
        raise DataError(path, "a rule needs at least one premise")
    graph = SHORTCUTS if "/shortcuts/" in path else INFERRED
    select = f"{form['prologue']}SELECT * WHERE {{{form['body']}}}"
    return Rule(
        name, parse_query(name, text).title, graph, text, (head[1], head[2], head[3]), premises, select
    )


def _premises(body: str) -> Iterator[tuple[str, str, str]]:
    """Yield the triple patterns of a body, with subjects carried over `;` and `,`."""
    for sentence in re.split(r"\s\.(?=\s|$)", body):
        words = sentence.split()
        if not words:
            continue
        subject, rest = words[0], " ".join(words[1:])
        for clause in rest.split(" ;"):
            parts = clause.split(maxsplit=1)
            if len(parts) == 2:  # noqa: PLR2004 - predicate and objects
                for value in parts[1].split(" ,"):
                    yield subject, parts[0], value.strip()


def _fill(part: str, row: Mapping[str, Term | None]) -> Term | None:
    return row[part[1:]] if part.startswith("?") else _node(part)


def _node(short: str) -> NamedNode:
    return iri("rdf:type") if short == "a" else iri(short)


def run(store: Store, rules: Iterable[Rule]) -> int:
    """
    Apply rules until nothing new comes; return how many triples they added.

    New triples go to the default graph and to their rule's named graph.

    Raises:
        DataError: the rules do not come to rest.
    """
    ordered = tuple(rules)
    added = 0
    for _ in range(_LONGEST_CHAIN):
        fresh: dict[Triple, NamedNode] = {}
        for rule in ordered:
            for triple in store.query(rule.text):  # type: ignore[union-attr]  # CONSTRUCT gives triples
                if placed(triple) not in store:
                    fresh.setdefault(triple, rule.graph)
        if not fresh:
            return added
        added += len(fresh)
        store.extend(placed(triple, graph) for triple, graph in fresh.items())
        store.extend(placed(triple) for triple in fresh)
    raise DataError("ontology/rules", f"the rules still add triples after {_LONGEST_CHAIN} rounds")
