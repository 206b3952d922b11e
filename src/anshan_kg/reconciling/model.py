"""The nouns of reconciliation: what is asked, what is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anshan_kg.model import Labels

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Value:
    """
    One value of a property, as a client gives it.

    Attributes:
        text: A name, a number, a code; for a thing its name, which may be empty.
        id: The thing that it is, where the client has reconciled it already; else empty.
    """

    text: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A property that a query states of what it looks for, by its identifier, and the values."""

    property: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """
    One query of a batch.

    Attributes:
        text: The name looked for; empty where only properties are given.
        types: Classes, as the client writes them.
        strict: `any`: of one of the classes; `all`: of each of them; `should`: they are preferred.
        limit: Candidates at most.
        properties: What else is known of it.
    """

    text: str
    types: tuple[str, ...] = ()
    strict: str = "any"
    limit: int = 5
    properties: tuple[Given, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A thing that may be meant.

    Attributes:
        id: The thing, by IRI.
        score: 0 to 100.
        match: Whether it is sure: nothing else comes near, and nothing speaks against it.
        features: What the score is made of: name and number, or whether it holds.
        reasons: The same for people, in both languages.
    """

    id: str
    score: float
    match: bool
    features: tuple[tuple[str, float | bool], ...] = ()
    reasons: tuple[Labels, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A property whose values a client wants, with its settings by name."""

    property: str
    settings: Mapping[str, str | int | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Term:
    """
    A class or a property.

    Attributes:
        id: Its short name, as clients know it: `akg:Mine`, `indicator:new-mines`.
        iri: The same in full.
        labels, definition: What it is called and means, in both languages.
        broader: Short names of the classes right above it.
    """

    id: str
    iri: str
    labels: Labels
    definition: Labels = field(default_factory=Labels)
    broader: tuple[str, ...] = ()
