"""The ontology as a person reads it: terms and what they mean, schemes, and what is asked of things."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from anshan_kg.model import Labels, text_of
from anshan_kg.terms import PREFIXES, iri

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyoxigraph import Triple

    from anshan_kg.model import Table
    from anshan_kg.model import Term as Node

_HOME = f"{PREFIXES['akg']}".rstrip("#")
_KINDS = {
    iri(term).value: kind
    for term, kind in (
        ("owl:Class", "class"), ("akg:Relation", "relation"), ("owl:ObjectProperty", "object"),
        ("owl:DatatypeProperty", "datatype"), ("owl:AnnotationProperty", "annotation"),
    )
}  # fmt: skip
MATCHES = tuple(
    iri(term).value
    for term in (
        "skos:exactMatch", "skos:closeMatch", "skos:broadMatch", "skos:narrowMatch", "skos:relatedMatch",
        "owl:sameAs", "owl:equivalentClass", "owl:equivalentProperty",
    )
)  # fmt: skip
"""Properties that link a term to one of another vocabulary, the nearest kind first."""


@dataclass(frozen=True, slots=True)
class Term:
    """
    A class or property.

    Attributes:
        iri: Its IRI.
        kind: "class", "relation" (which claims can state), "object", "datatype" or "annotation".
        own: Whether it is ours; else it is a term of another vocabulary that we use.
        labels, definition, note: What it is called, what it means, what it must not be taken for.
        inverse: How a property reads from its other end.
        above, below: IRIs of wider and narrower terms.
        domain, range: IRIs of the classes that it leads from and to.
        matches: Kind of match and IRI of terms elsewhere.
    """

    iri: str
    kind: str
    own: bool
    labels: Labels
    definition: Labels
    note: Labels
    inverse: Labels
    above: tuple[str, ...]
    below: tuple[str, ...]
    domain: tuple[str, ...]
    range: tuple[str, ...]
    matches: tuple[tuple[str, str], ...]

    @property
    def is_class(self) -> bool:
        """Whether it is a class."""
        return self.kind == "class"


@dataclass(frozen=True, slots=True)
class Constraint:
    """
    What a shape asks of the things of a class.

    Attributes:
        target: IRI of the class.
        path: IRI of the property that it concerns; "" where it is not one property.
        message: What is asked, in both languages.
        points_to: IRI of the class that values are of; "" where none is named.
        least, most: How many values there have to and may be; None where it does not say.
    """

    target: str
    path: str
    message: Labels
    points_to: str
    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class Use:
    """
    How often a term is used, and once where.

    Attributes:
        count: How many things are of the class, or how many statements have the property.
        subject: IRI of one of them, or of the subject of one statement; "" where there is none.
        object: IRI that this statement leads to; "" where it leads to none.
    """

    count: int
    subject: str
    object: str


@dataclass(frozen=True, slots=True)
class Member:
    """A concept of a scheme, with those below it."""

    iri: str
    below: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme: what it is for, its members as a tree, how many they are."""

    iri: str
    definition: Labels
    members: tuple[Member, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """
    All that the page about the ontology shows.

    Attributes:
        terms: The classes and properties, by IRI.
        constraints: What the shapes ask.
        uses: How the terms are used, by IRI.
        schemes: The schemes, by IRI.
        elsewhere: What terms of others are called that ours are matched with.
        rules, checks: What is inferred and what is looked for, in a sentence each, by name.
    """

    terms: dict[str, Term]
    constraints: list[Constraint]
    uses: dict[str, Use]
    schemes: list[Scheme]
    elsewhere: dict[str, str]
    rules: dict[str, Labels]
    checks: dict[str, Labels]


def uses(table: Table) -> dict[str, Use]:
    """Return how terms are used, from the look-up `examples`."""
    found: dict[str, Use] = {}
    for row in table.texts():
        subject, _, value = row["example"][2:].partition(" ")
        linked = row["of"] == "property" and row["example"][1] == "1"
        found[row["term"]] = Use(int(row["uses"]), subject, value if linked else "")
    return found


def schemes(described: Table, members: Table) -> list[Scheme]:
    """Return the schemes, from the look-ups `schemes` and `scheme_members`."""
    held: dict[str, dict[str, str]] = defaultdict(dict)
    for row in members.texts():
        held[row["scheme"]].setdefault(row["concept"], row["broader"])
    return [
        Scheme(
            row["scheme"], Labels(row["definitionEn"], row["definitionZh"]),
            _tree(held[row["scheme"]]), len(held[row["scheme"]]),
        )
        for row in described.texts()
    ]  # fmt: skip


def _tree(broader: Mapping[str, str]) -> tuple[Member, ...]:
    below: dict[str, list[str]] = defaultdict(list)
    for concept, above in broader.items():
        below[above if above in broader else ""].append(concept)

    def members(above: str, path: frozenset[str]) -> tuple[Member, ...]:
        return tuple(Member(each, members(each, path | {each})) for each in below[above] if each not in path)

    return members("", frozenset())


def terms(triples: Iterable[Triple]) -> dict[str, Term]:
    """Return IRI -> term of the classes and properties that triples describe, ours first, by name."""
    about: dict[str, dict[str, list[Node]]] = defaultdict(lambda: defaultdict(list))
    for triple in triples:
        about[text_of(triple.subject)][triple.predicate.value].append(triple.object)
    below: dict[str, list[str]] = defaultdict(list)
    kinds = {term: kind for term, said in about.items() if (kind := _kind(said))}
    for term in kinds:
        for wider in _wider(about[term]):
            below[wider].append(term)
    found = [_term(term, kind, about[term], sorted(below[term])) for term, kind in kinds.items()]
    return {term.iri: term for term in sorted(found, key=lambda term: (not term.own, term.iri.casefold()))}


def _kind(said: Mapping[str, Sequence[Node]]) -> str:
    types = {text_of(each) for each in said[iri("rdf:type").value]}
    for kind, name in _KINDS.items():
        if kind in types and (name != "relation" or iri("owl:ObjectProperty").value in types):
            return name
    return "reused" if iri("akg:ReusedTerm").value in types else ""


def _wider(said: Mapping[str, Sequence[Node]]) -> list[str]:
    both = (*said[iri("rdfs:subClassOf").value], *said[iri("rdfs:subPropertyOf").value])
    return sorted(text_of(each) for each in both)


def _term(term: str, kind: str, said: Mapping[str, Sequence[Node]], below: Sequence[str]) -> Term:
    def words(*names: str) -> Labels:
        values = next((said[iri(name).value] for name in names if said[iri(name).value]), ())
        texts = {(v.language or "").lower(): v.value for v in values if isinstance(v, Literal)}
        return Labels(texts.get("en", ""), texts.get("zh-hans", ""))

    def ends(name: str) -> tuple[str, ...]:
        return tuple(sorted(text_of(each) for each in said[iri(name).value]))

    if kind == "reused":
        kind = "class" if term[max(term.rfind("/"), term.rfind("#")) + 1].isupper() else "object"
    return Term(
        iri=term,
        kind=kind,
        own=text_of(next(iter(said[iri("rdfs:isDefinedBy").value]), None)) == _HOME,
        labels=words("rdfs:label"),
        definition=words("skos:definition", "skos:note"),
        note=words("skos:scopeNote"),
        inverse=words("akg:inverseLabel"),
        above=tuple(_wider(said)),
        below=tuple(below),
        domain=ends("schema:domainIncludes"),
        range=ends("schema:rangeIncludes"),
        matches=tuple((kind_, text_of(each)) for kind_ in MATCHES for each in said[kind_]),
    )


def constraints(triples: Iterable[Triple]) -> list[Constraint]:
    """Return what shapes ask, in the order of classes and properties."""
    about: dict[Node, dict[str, list[Node]]] = defaultdict(lambda: defaultdict(list))
    for triple in triples:
        about[triple.subject][triple.predicate.value].append(triple.object)
    found = {
        _constraint(text_of(target), about[asked])
        for said in list(about.values())
        for target in said[iri("sh:targetClass").value]
        for asked in said[iri("sh:property").value]
    }
    return sorted(found, key=lambda each: (each.target, each.path, each.message.en))


def _constraint(target: str, said: Mapping[str, Sequence[Node]]) -> Constraint:
    def first(name: str) -> Node | None:
        return next(iter(said[iri(name).value]), None)

    def number(name: str) -> int | None:
        value = first(name)
        return int(text_of(value)) if value is not None else None

    path = first("sh:path")
    texts = {
        (each.language or "").lower(): each.value
        for each in said[iri("sh:message").value]
        if isinstance(each, Literal)
    }
    return Constraint(
        target=target,
        path=text_of(path) if str(path).startswith("<") else "",
        message=Labels(texts.get("en", ""), texts.get("zh-hans", "")),
        points_to=text_of(first("sh:class")),
        least=number("sh:minCount"),
        most=number("sh:maxCount"),
    )
