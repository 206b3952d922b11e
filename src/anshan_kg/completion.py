"""What a query can be written with: classes, properties and values there are, named in both languages."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from anshan_kg.model import Labels, text_of
from anshan_kg.terms import PREFIXES, curie

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from anshan_kg.model import Table, Term
    from anshan_kg.release import Partitions

    Lookup = Callable[..., Table]


@dataclass(frozen=True, slots=True)
class Named:
    """
    What something is called and what it is.

    Attributes:
        labels: Its name in both languages.
        definition: What it is, in both languages; may be empty.
    """

    labels: Labels
    definition: Labels


@dataclass(frozen=True, slots=True)
class Class:
    """
    A class with things in it.

    Attributes:
        named: What it is called and means.
        count: How many things it has.
        properties: Property -> how many triples it has among them, most used first.
    """

    named: Named
    count: int
    properties: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Property:
    """
    A property that is used.

    Attributes:
        named: What it is called and means.
        count: How many triples it has.
        ends: The classes that its values are of, most frequent first.
        values: Its values, where they are few things; else empty.
    """

    named: Named
    count: int
    ends: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Completion:
    """
    What a query can be written with; short names throughout.

    Attributes:
        prefixes: Prefix -> namespace.
        classes: The classes that have things.
        properties: The properties that are used.
        values: Value of a property that has few -> what it is called.
    """

    prefixes: Mapping[str, str]
    classes: Mapping[str, Class]
    properties: Mapping[str, Property]
    values: Mapping[str, Labels]

    @classmethod
    def of(cls, counted: Partitions, lookup: Lookup) -> Completion:
        """
        Return the vocabulary of a graph.

        Args:
            counted: How much there is of each class and property.
            lookup: Answers look-ups by their name; see `queries`.
        """
        few: dict[str, list[str]] = defaultdict(list)
        for row in lookup("few_values"):
            few[text_of(row["property"])].append(text_of(row["value"]))
        terms = [text_of(row["class"]) for row in counted.classes]
        terms += [text_of(row["property"]) for row in counted.properties]
        called = named([*terms, *(value for values in few.values() for value in values)], lookup)
        used = _nested(counted.pairs, "class", "property")
        ends = _nested((row for row in counted.ends if row["endClass"] is not None), "property", "endClass")
        return cls(
            PREFIXES,
            {
                curie(term): Class(called[term], int(text_of(row["entities"])), _short(used[term]))
                for row in counted.classes
                if (term := text_of(row["class"])) in called
            },
            {
                curie(term): Property(
                    called[term],
                    int(text_of(row["triples"])),
                    tuple(_short(ends[term])),
                    tuple(curie(value) for value in few[term] if value in called),
                )
                for row in counted.properties
                if (term := text_of(row["property"])) in called
            },
            {
                curie(value): called[value].labels
                for values in few.values()
                for value in values
                if value in called
            },
        )


def named(things: Iterable[str], lookup: Lookup) -> dict[str, Named]:
    """
    Return what some things are called; those without a name, and what is no IRI, are left out.

    Args:
        things: Their IRIs.
        lookup: Answers look-ups by their name.
    """
    nodes = [node for thing in dict.fromkeys(things) if (node := _node(thing))]
    if not nodes:
        return {}
    found: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    for row in lookup("named", thing=nodes):
        text = row["text"]
        assert isinstance(text, Literal)  # noqa: S101 - the look-up filters by language
        language = "en" if text.language == "en" else "zh"
        found[text_of(row["thing"])][text_of(row["aspect"]), language] = text.value
    return {
        thing: Named(_labels(texts, "label"), _labels(texts, "definition"))
        for thing, texts in found.items()
        if any(aspect == "label" for aspect, _ in texts)
    }


def _labels(texts: Mapping[tuple[str, str], str], aspect: str) -> Labels:
    return Labels(texts.get((aspect, "en"), ""), texts.get((aspect, "zh"), ""))


def _node(thing: str) -> NamedNode | None:
    try:
        return NamedNode(thing)
    except ValueError:
        return None


def _nested(
    rows: Iterable[Mapping[str, Term | None]], outer: str, inner: str
) -> defaultdict[str, dict[str, int]]:
    """Return outer -> inner -> triples, added up over all else that tells rows apart."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        of, what = found[text_of(row[outer])], text_of(row[inner])
        of[what] = of.get(what, 0) + int(text_of(row["triples"]))
    return found


def _short(counts: Mapping[str, int]) -> dict[str, int]:
    """Return counts by short name, the largest first."""
    return {
        curie(term): count for term, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    }
