"""The values of exploring: things, relations, pictures and ways, as plain as they can be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anshan_kg.model import Labels

OUT, IN = "out", "in"
"""Directions of a relation, as seen from a thing: it is the subject, or the object."""


class Group(NamedTuple):
    """
    Some neighbours of a thing; a tuple, since a picture has thousands of them.

    Attributes:
        relation: By which relation, as a short name.
        direction: `OUT` or `IN`.
        type: The class of the neighbours, as a short name.
        number: How many there are.
    """

    relation: str
    direction: str
    type: str
    number: int


@dataclass(frozen=True, slots=True)
class Node:
    """
    A thing of a picture.

    Attributes:
        id: Its short name, `mine:dagushan`.
        iri: Its IRI.
        type: Its class, as a short name.
        labels: Its name in both languages.
        degree: How many relations it has in all, drawn or not.
        groups: The same by relation, direction and class of neighbour.
        step: The step that brought it; 0 is the beginning.
        parent: The thing from which it was reached, as a short name; "" where none.
    """

    id: str
    iri: str
    type: str
    labels: Labels
    degree: int
    groups: tuple[Group, ...] = ()
    step: int = 0
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """
    A relation between two things.

    Attributes:
        id: Source, relation and target in one text.
        source, relation, target: As short names.
        kind: "stated", "editorial" where only we say it, "inferred" where only a rule does.
        claims: How many claims say it.
        low: Whether our reading of each of these is unsure.
        disputed: Whether a claim contradicts it.
    """

    id: str
    source: str
    relation: str
    target: str
    kind: str
    claims: int
    low: bool = False
    disputed: bool = False


class Link(NamedTuple):
    """An edge as seen from one of its ends."""

    relation: str
    direction: str
    other: str
    edge: Edge


EACH = 40
"""Neighbours that a step adds where it says no number."""


@dataclass(frozen=True, slots=True)
class Step:
    """
    One step by which a picture grows.

    Attributes:
        thing: IRI of the thing that is added or, where `expands`, whose neighbours are.
        expands: Whether neighbours are added.
        direction, relation, type: Which of them; "" for all.
        limit: How many at most, the most connected first.
    """

    thing: str
    expands: bool = False
    direction: str = ""
    relation: str = ""
    type: str = ""
    limit: int = EACH


@dataclass(frozen=True, slots=True)
class Wish:
    """
    What a picture is to show.

    Attributes:
        things: IRIs of the things it begins with; none for the overview.
        whole: Whether it begins with everything.
        hops: How many relations around `things` it begins with.
        via: The relations that `hops` follow; none for all.
        steps: How it grows from there.
        drop: IRIs of things that are taken out again.
        hide: Relations and classes, as short names, that are not drawn.
        select: IRI of the thing that is looked at; "" for none.
    """

    things: tuple[str, ...] = ()
    whole: bool = False
    hops: int = 0
    via: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    drop: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    select: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a step brought: how many things it added, and how many such neighbours it left out."""

    thing: str
    added: int
    left: int


@dataclass(frozen=True, slots=True)
class Picture:
    """
    Things and the relations between them.

    Attributes:
        nodes, edges: In the order in which the steps brought them.
        steps: What each step brought, the beginning first.
        relations, types: Names of all relations and classes that the nodes have, drawn or not.
        total: How many things there are in all.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    steps: tuple[Taken, ...]
    relations: Mapping[str, Labels] = field(default_factory=dict)
    types: Mapping[str, Labels] = field(default_factory=dict)
    total: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """
    A way from one thing to another.

    Attributes:
        nodes: The things it passes, both ends among them.
        legs: The relations between each and the next; one of them at least.
    """

    nodes: tuple[Node, ...]
    legs: tuple[tuple[Edge, ...], ...]
