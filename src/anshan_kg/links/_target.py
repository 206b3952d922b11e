"""What a target tells of itself, and what its records may be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anshan_kg.linking.record import Kind
from anshan_kg.terms import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anshan_kg.model import Labels

REFERENCES = f"{BASE}ref/"
"""Where records live whose publisher gives them an identifier but no address of their own."""

EXACT, CLOSE, BROAD, NARROW, RELATED = (
    "skos:exactMatch", "skos:closeMatch", "skos:broadMatch", "skos:narrowMatch", "skos:relatedMatch",
)  # fmt: skip
SAME = "owl:sameAs"

ACTORS = frozenset({Kind.COMPANY, Kind.GROUP, Kind.BRANCH, Kind.ORGANIZATION})


@dataclass(frozen=True, slots=True)
class Target:
    """
    One data set of somebody else that things of ours are linked to.

    Attributes:
        title: Its name in both languages.
        publisher: Who publishes it.
        licence: Address of its licence.
        home: Where the whole of it is found.
        release: Release of the sample that comes with the graph, as its publisher writes it.
        sample: Name of that sample under `graph/open-data/`; empty where none comes along.
        ours: Names of the queries under `queries/ours/` that give what of ours is linked to it.
        prefix: Prefix of its identifiers in short names.
        space: What the prefix stands for.
        tail: What its addresses end in behind the identifier.
        check: Scheme of check digits that its identifiers end in (`lei`), if any.
        relations: Relation that the matcher found -> predicate that is written; a relation that is
            not there is never written.
        unlike: Kinds of ours that a record of this target is never the same as: the relation is
            then at most the one given.
        forms: What `--data` may be, for help and errors.
        attribution: What its licence asks to be said.
        speaker: The publisher as a thing of ours, where the data set has facts; else empty.
    """

    title: Labels
    publisher: str
    licence: str
    home: str
    release: str
    ours: tuple[str, ...]
    prefix: str
    space: str
    sample: str = ""
    tail: str = ""
    check: str = ""
    relations: Mapping[str, str] = field(
        default_factory=lambda: {"exact": EXACT, "close": CLOSE, "broad": BROAD, "narrow": NARROW}
    )
    unlike: Mapping[Kind, str] = field(default_factory=dict)
    forms: str = "CSV"
    attribution: str = ""
    speaker: str = ""

    def short(self, identifier: str) -> str:
        """Return the short name of one of its records: `gem:P100000120219`."""
        return f"{self.prefix}:{identifier}{self.tail}"


CC_BY = "https://creativecommons.org/licenses/by/4.0/"
