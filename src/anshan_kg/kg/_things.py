"""One thing, and the reasons for what is said of it."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple

from anshan_kg import (
    dossier,
    files,
    queries,
    sssom,
    statements,
    vocabulary,
)
from anshan_kg.completion import Completion, Named, named
from anshan_kg.curation.desk import Desk
from anshan_kg.derived import derived
from anshan_kg.errors import UnknownName
from anshan_kg.evidence import locate
from anshan_kg.explain import Explainer
from anshan_kg.kg._base import Base
from anshan_kg.model import Entity, Evidence, Graph, Labels, Reference, Table, text_of
from anshan_kg.quantities import decimal
from anshan_kg.terms import BASE, PREFIXES, iri, path_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class Things(Base):
    """One thing, and the reasons for what is said of it."""

    def entity(self, thing: str) -> Entity:
        """
        Return a thing with what is said of it and by whom.

        Raises:
            UnknownName: nothing, or more than one thing, goes by that name.
        """
        node = NamedNode(self.resolve(thing))
        about, facts = self._lookup("claims_about", thing=node), self._lookup("thing", thing=node)
        mentions = self._lookup("mentions", thing=node)
        # Steps, flows and offices name their source themselves, so what they state rests on them.
        ends = {
            text_of(row["value"])
            for table in (facts, mentions)
            for row in table
            if isinstance(row["value"], NamedNode)
        }
        claims = {text_of(row["claim"]) for row in about}
        return statements.entity(
            node.value, facts, mentions, about, self._lookup("gaps_about", thing=node),
            self.evidence({node.value, *claims, *(end for end in ends if _carries_its_source(end))}),
        )  # fmt: skip

    @derived
    def _relations(self) -> dict[str, tuple[Labels, Labels]]:
        return dossier.relations(self._lookup("relations"))

    @derived
    def _units(self) -> dict[str, Labels]:
        return {text_of(row["unit"]): statements.labels(row, "written") for row in self._lookup("units")}

    @derived
    def records_elsewhere(self) -> dict[str, tuple[str, Labels]]:
        """Address of a record that is linked to -> its name, and the title of its data set."""
        return self.desk.named_elsewhere()

    @derived
    def headlines(self) -> tuple[Evidence, ...]:
        """Return the numbers that most else speaks of, one of each indicator, those read unsurely aside."""
        rows = self._lookup("headlines").texts()
        known = self.evidence(row["claim"] for row in rows)
        first: dict[str, Evidence] = {}
        for row in rows:
            claim = known.get(row["claim"])
            if claim and claim.confidence.en != "low":
                first.setdefault(row["indicator"], claim)
        return tuple(first.values())

    @derived
    def edition(self) -> dict[str, str]:
        """Return the version and date that the ontology and its data say of themselves."""
        return next(iter(self._lookup("edition").texts()), {"version": "", "issued": ""})

    def class_name(self, short: str) -> Labels:
        """Return what a class is called, by its short name (`akg:Mine`)."""
        term = iri(short).value
        return self.names.labels.get(term) or self._relations.get(term, (Labels(short, short),))[0]

    def about(self, thing: str, lang: str) -> str:
        """Return a query in SPARQL for everything that is said of a thing, to be read and changed."""
        query = queries.load("about", "prepared")
        return query.bind(
            thing=NamedNode(self.resolve(thing)), language=queries.literal(query.parameter("language"), lang)
        )

    def dossier(self, thing: str, only: str = "", start: int = 0) -> dossier.Dossier:
        """
        Return a thing as a page shows it: by property, what is long cut and counted.

        Args:
            thing: As in `resolve`.
            only, start: One part of it by itself, from an entry on; see `dossier.Dossiers.of`.

        Raises:
            UnknownName: nothing, or more than one thing, goes by that name; or it has no such part.
        """
        maker = dossier.Dossiers(self._lookup, self.evidence, self.names, self._relations, self._units)
        return maker.of(self.resolve(thing), only, start)

    def evidence(self, claims: Iterable[str]) -> dict[str, Evidence]:
        """Return claim IRI -> who says it, how it is meant, and where it stands."""
        wanted = [NamedNode(claim) for claim in sorted(claims)]
        if not wanted:
            return {}
        rows = self._lookup("evidence", claim=wanted)
        stands = sorted({text_of(row["passage"]) for row in rows} - {""})
        found = (
            self._lookup("passages", passage=[NamedNode(each) for each in stands])
            if stands
            else Table((), ())
        )
        return statements.evidence(rows, statements.passages(found), self.names.labels)

    def describe(self, *things: str) -> Graph:
        """
        Return what is stated of things, with the claims about them and where they stand, as triples.

        Raises:
            UnknownName: nothing, or more than one thing, goes by one of the names.
        """
        nodes = [NamedNode(self.resolve(thing)) for thing in things]
        if not nodes:
            return Graph(frozenset())
        about = {text_of(row["claim"]) for row in self._lookup("claims_about", thing=nodes)}
        given = sorted({*about, *(node.value for node in nodes)})
        return self._graph("described", given=[NamedNode(each) for each in given])

    def ontology(self) -> Graph:
        """Return the ontology as triples."""
        return self._graph("ontology")

    def terms(self) -> Table:
        """Return the classes and properties of the ontology with names and definitions."""
        return self._lookup("terms")

    @derived
    def completion(self) -> Completion:
        """Return what a query can be written with: the classes, properties and values there are."""
        return Completion.of(self.partitions(), self._lookup)

    def named(self, things: Iterable[str]) -> dict[str, Named]:
        """Return IRI -> name and definition in both languages, of those things that have a name."""
        return named(things, self._lookup)

    def members(self, *kinds: str) -> tuple[Reference, ...]:
        """
        Return the things of some kinds, by their English names.

        Args:
            kinds: Classes (`akg:Mine`), or schemes whose concepts are meant (`scheme:modality`).
        """
        schemes = tuple(
            f"{BASE}scheme/{kind.removeprefix('scheme:')}/" for kind in kinds if kind[:7] == "scheme:"
        )
        found = (
            Reference(thing, self.names.labels[thing])
            for thing, kind in self.names.types.items()
            if kind in kinds or thing.startswith(schemes)
        )
        return tuple(sorted(found, key=lambda each: (each.labels.en, each.iri)))

    @derived
    def vocabulary(self) -> vocabulary.Vocabulary:
        """Return the ontology as a person reads it."""
        table = self.tree.root / "ontology/mappings.sssom.tsv"
        known = sssom.parse(self.tree.relative(table), files.read_text(table)) if table.exists() else None
        return vocabulary.Vocabulary(
            terms=vocabulary.terms(self.ontology()),
            constraints=vocabulary.constraints(each for shape in self.tree.shapes for each in shape.triples),
            uses=vocabulary.uses(self._lookup("examples")),
            schemes=vocabulary.schemes(self._lookup("schemes"), self._lookup("scheme_members")),
            elsewhere={known.expand(row.object_id).value: row.object_label for row in known.rows}
            if known
            else {},
            rules={query.name: query.title for query in self._titles("ontology/rules")},
            checks={query.name: query.title for query in self._titles("ontology/checks")},
        )

    def _titles(self, folder: str) -> Iterator[queries.Query]:
        for path, text in self.tree.queries(folder):
            yield queries.parse(Path(path).stem, text)

    # what is what elsewhere

    @cached_property
    def desk(self) -> Desk:
        """Where links to the data of others are suggested, judged, counted and shown."""
        return Desk(self.tree, self._table, self._fetch)

    def _fetch(self, address: str) -> Path:
        # The network door is opened only where a link is asked for from an address.
        from anshan_kg.links._door import Door  # noqa: PLC0415

        folder = Path(self.config.cache or tempfile.mkdtemp(prefix="anshan-kg-"))
        return Door((self.config.fetch_allow or "").split(), folder / "fetched").fetch(address)

    # why

    def why(self, subject: str, predicate: str, value: str) -> tuple[Evidence, ...]:
        """
        Return the claims and passages behind one statement.

        Args:
            subject, predicate: IRI, short name, slug or name in either language.
            value: The same, or a number for an indicator.

        Returns:
            The claims that say it; where a rule says it, the claims that the rule had it from.
            Where `--sources` names a folder that holds the text of a source, passages carry their
            words.

        Raises:
            UnknownName: no such thing, or nobody says so.
        """
        ends = NamedNode(self.resolve(subject)), NamedNode(self._property(predicate))
        triple = Triple(*ends, self._value(value))
        explainer = Explainer(self._lookup, self._table, self.evidence, self.dataset.rules)
        found = explainer.behind(triple)
        if not found:
            raise UnknownName("statement", f"{subject} {predicate} {value}")
        texts = tuple(files.texts_in(self.config.sources)) if self.config.sources else ()
        return tuple(_with_words(each, texts) for each in found)

    def _property(self, name: str) -> str:
        """Return the IRI of a property; one of a vocabulary of others may go by its short name."""
        prefix, _, local = name.partition(":")
        try:
            return self.resolve(name)
        except UnknownName:
            full = f"{PREFIXES[prefix]}{local}" if prefix in PREFIXES else name
            if not full.startswith(tuple(PREFIXES.values())):
                raise
            return full

    def _value(self, value: str) -> NamedNode | Literal:
        number = decimal(value.replace(",", ""))
        if number is not None and number.is_finite():
            return Literal(f"{number:f}", datatype=iri("xsd:decimal"))
        return NamedNode(self.resolve(value))


def _with_words(evidence: Evidence, texts: Sequence[str]) -> Evidence:
    return replace(evidence, passages=tuple(locate(passage, texts) for passage in evidence.passages))


def _carries_its_source(thing: str) -> bool:
    return (path_of(thing) or "").startswith(("id/step/", "id/flow/", "id/office/"))
