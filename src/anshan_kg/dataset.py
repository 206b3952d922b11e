"""
Assemble the dataset from its text files.

The default graph holds everything once, so that every query works without GRAPH. Beside it stand
named graphs: one per source with what it says, one for the ontology, one for the identity of
things, one per table of links to the data of others, and three for what is derived (plain triples
of relation claims, composed names, and inferences). Text files go in, a store and an account of
where each thing is stated come out.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, Triple

from anshan_kg import labels, rules
from anshan_kg.terms import iri, placed, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anshan_kg.files import Document, Tree
    from anshan_kg.rules import Rule

ONTOLOGY, ENTITIES, LABELS = iri("graph:ontology"), iri("graph:entities"), iri("graph:labels")
"""Named graphs of the ontology, of the identity of things, and of composed names."""

_SOURCE, _DOCUMENT = iri("prov:hadPrimarySource"), iri("akg:inDocument")
_TYPE, _SOURCE_DOCUMENT = iri("rdf:type"), iri("akg:SourceDocument")


@dataclass(frozen=True)
class Dataset:
    """
    The assembled graph.

    Attributes:
        store: It, as a pyoxigraph store; changing it is not meant.
        tree: The text files it was made from.
        extra: More files, as if they lay under graph/; one with the path of a file of the tree
            stands in its place.
        known_version: Its version, where it was worked out before.
    """

    store: Store
    tree: Tree
    extra: tuple[Document, ...] = ()
    known_version: str | None = None

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """The text files, read."""
        return documents_of(self.tree, self.extra)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that were run on it."""
        return tuple(rules.parse(path, text) for path, text in self.tree.queries("ontology/rules"))

    @cached_property
    def written(self) -> tuple[Triple, ...]:
        """What the text files state, as written: no literal is rewritten yet."""
        return tuple(triple for document in self.documents for triple in document.triples)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The dataset as N-Quads lines without line ends, sorted."""
        text = self.store.dump(format=RdfFormat.N_QUADS) or b""
        return tuple(sorted(text.decode().splitlines()))

    @cached_property
    def version(self) -> str:
        """SHA-256 of the sorted N-Quads, hex: the same content has the same version."""
        if self.known_version:
            return self.known_version
        return hashlib.sha256("".join(f"{line}\n" for line in self.lines).encode()).hexdigest()

    @cached_property
    def places(self) -> dict[str, Document]:
        """The file in which each thing is first a subject."""
        found: dict[str, Document] = {}
        for document in self.documents:
            for subject, _, _ in document.triples:
                if isinstance(subject, NamedNode):
                    found.setdefault(subject.value, document)
        return found


def documents_of(tree: Tree, extra: Sequence[Document] = ()) -> tuple[Document, ...]:
    """Return the files of a tree with more files added or put in their place."""
    instead = {document.path for document in extra}
    return (*(document for document in tree.documents if document.path not in instead), *extra)


def assemble(tree: Tree, extra: Sequence[Document] = ()) -> Dataset:
    """
    Return the dataset of a tree, with names composed and rules run.

    Args:
        tree: The text files.
        extra: As in `Dataset`.

    Raises:
        DataError: a file is not well-formed.
    """
    made = Dataset(Store(), tree, tuple(extra))
    made.store.bulk_extend(_placed(made.documents))
    names = list(labels.compose(triple for document in made.documents for triple in document.triples))
    made.store.bulk_extend(quad for name in names for quad in (placed(name), placed(name, LABELS)))
    rules.run(made.store, made.rules)
    return made


def _placed(documents: Iterable[Document]) -> Iterable[Quad]:
    """Yield each triple for the default graph and for the named graphs it belongs to."""
    homes: dict[object, list[NamedNode]] = defaultdict(list)
    for document in documents:
        for subject, predicate, value in document.triples:
            if predicate in {_SOURCE, _DOCUMENT} and isinstance(value, NamedNode):
                homes[subject].append(value)
            elif predicate == _TYPE and value == _SOURCE_DOCUMENT:
                homes[subject].append(subject)
    for document in documents:
        other = _home(document.path)
        for triple in document.triples:
            yield placed(triple)
            for home in homes.get(triple.subject, [other]):
                yield placed(triple, home)


def _home(path: str) -> NamedNode:
    """Return the named graph of what no source says: ontology, table of links, or identity of things."""
    if path.startswith("ontology/"):
        return ONTOLOGY
    if path.startswith("graph/links/"):
        return iri(f"graph:links-{slug_of(path).removesuffix('.sssom.tsv')}")
    return ENTITIES
