"""The one facade: everything the project does, for command line, web and Python alike."""

from __future__ import annotations

import difflib
import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Triple

from anshan_kg import (
    cache,
    dataset,
    dossier,
    exports,
    federation,
    files,
    foreign,
    queries,
    release,
    shacl,
    sssom,
    statements,
    validate,
    vocabulary,
)
from anshan_kg.completion import Completion, Named, named
from anshan_kg.config import Config
from anshan_kg.curation.desk import Desk
from anshan_kg.derived import Deriving, derived
from anshan_kg.errors import DataError, InvalidGraph, ParameterError, UnknownName
from anshan_kg.evidence import locate
from anshan_kg.execution import engine, gate
from anshan_kg.explain import Explainer
from anshan_kg.flows import chains
from anshan_kg.flows.calculator import Calculator
from anshan_kg.importing import table
from anshan_kg.importing.journal import Journal
from anshan_kg.model import Entity, Evidence, Finding, Found, Graph, Hit, Labels, Reference, Table, text_of
from anshan_kg.overviews import disputes, positions, promises, sources
from anshan_kg.quantities import decimal
from anshan_kg.reconciling import Reconciliation
from anshan_kg.reconciling.example import invented_rows
from anshan_kg.search import NameIndex
from anshan_kg.stores.disk import DataDirectory, DiskStore
from anshan_kg.stores.embedded import EmbeddedStore
from anshan_kg.terms import BASE, PREFIXES, curie, iri, path_of, placed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    import networkx as nx

    from anshan_kg.dataset import Dataset
    from anshan_kg.exploring import Explorer
    from anshan_kg.flows.answer import Potential
    from anshan_kg.flows.factors import Conversion
    from anshan_kg.importing.journal import Entry
    from anshan_kg.model import Answer, ImportReport, Term
    from anshan_kg.overviews.disputes import Dispute
    from anshan_kg.overviews.positions import Position
    from anshan_kg.overviews.promises import Promise
    from anshan_kg.overviews.sources import Resting, Source
    from anshan_kg.stores import Store


class KnowledgeGraph(Deriving):
    """
    The graph: ask it, search it, look at things in it, draw it, check it.

    Open one with `KnowledgeGraph.open()`. It is safe to use from several threads.
    """

    def __init__(self, config: Config, tree: files.Tree, store: Store | None = None) -> None:
        super().__init__()
        self.config, self.tree = config, tree
        self._store = store

    @classmethod
    def open(cls, config: Config | None = None, **settings: Any) -> KnowledgeGraph:  # noqa: ANN401
        """
        Return the packaged graph, or the one that the settings name.

        Args:
            config: All settings; read from the environment where not given.
            settings: Single settings that win over the environment, such as `root="..."` for a
                working tree or `store="http://..."` for a SPARQL endpoint.

        Raises:
            DataError: there is no graph at the root, or a file of it is not well-formed.
            ParameterError: no setting has that name, or a value is of the wrong type.
        """
        chosen = config or Config.from_environment(os.environ, **settings)
        if chosen.store is not None and chosen.data is not None:
            raise ParameterError("--store and --data exclude each other: the data lies there, or here")
        tree = files.Tree.find(chosen.root)
        if chosen.store is None and chosen.data is not None:
            return cls(chosen, tree, DiskStore(DataDirectory(chosen.data)))
        if chosen.store is None:
            graph = cls(chosen, tree)
            _ = graph.store  # so that a broken file is told here, not at the first question
            return graph
        from anshan_kg.stores.remote import RemoteStore  # noqa: PLC0415 - only where one is used

        return cls(chosen, tree, RemoteStore(chosen.store))

    @cached_property
    def dataset(self) -> dataset.Dataset:
        """The dataset assembled from the text files, whichever store is queried."""
        return cache.dataset(self.tree, self.config.cache)

    @cached_property
    def store(self) -> Store:
        """The store that answers."""
        return self._store or EmbeddedStore(self.dataset.store)

    @property
    def version(self) -> str:
        """Version of the dataset: a hash of its content, or what a store that changes calls it."""
        return self.store.version if isinstance(self.store, DiskStore) else self.dataset.version

    def prepare(self, *, empty: bool = False) -> None:
        """
        See to it that there is a dataset in the data folder that the settings name, if they name one.

        A new folder starts with the packaged graph; from then on it is a dataset of its own.

        Args:
            empty: Start a new folder with nothing instead.

        Raises:
            DataError: the folder holds something else.
        """
        if not isinstance(self._store, DiskStore):
            if empty:
                raise ParameterError("--empty is for a new data folder; name one with --data DIR")
            return
        directory = self._store.directory
        with directory.locked(_PATIENCE):
            if directory.exists:
                return
            if empty:
                directory.create((), hashlib.sha256(b"").hexdigest())
            else:
                directory.create(self.dataset.store, self.dataset.version)

    # asking

    def sparql(self, text: str) -> Answer:
        """
        Return the answer to any SPARQL query.

        Raises:
            QueryError: the text is not SPARQL; the error knows line and column.
            QueryRefused: the query would leave this graph (SERVICE, FROM on this machine).
        """
        gate.check_nesting(text)
        gate.check(text, engine.parse)
        return self.store.query(text)

    def questions(self) -> tuple[queries.Query, ...]:
        """Return the named questions, by name."""
        return tuple(queries.load(name) for name in queries.names())

    def question(self, name: str, /, **given: str | NamedNode | Literal | None) -> str:
        """Return the SPARQL text of a named question with its parameters set; see `ask`."""
        query = queries.load(name.replace("_", "-"))
        return query.bind(**self._terms(query, given))

    def ask(self, name: str, /, **given: str | NamedNode | Literal | None) -> Table:
        """
        Return the answer to a named question.

        Args:
            name: The question, as `questions()` lists it.
            given: Its parameters. Things may be given by IRI, slug or name in either language;
                what is not given has its sample value.

        Raises:
            UnknownName: there is no such question, parameter or thing.
            ParameterError: a value is of the wrong kind.
        """
        return self._table(self.question(name, **given))

    def _terms(
        self, query: queries.Query, given: Mapping[str, str | NamedNode | Literal | None]
    ) -> dict[str, NamedNode | Literal]:
        terms: dict[str, NamedNode | Literal] = {}
        for name, value in given.items():
            parameter = query.parameter(name)
            if value is None or value == "":
                continue
            if isinstance(value, NamedNode | Literal):
                terms[name] = value
            elif parameter.kind == "iri":
                terms[name] = NamedNode(self.resolve(value))
            else:
                terms[name] = queries.literal(parameter, value)
        return terms

    def _table(self, text: str) -> Table:
        answer = self.store.query(text)
        if not isinstance(answer, Table):
            raise ParameterError("this question does not give a table")
        return answer

    def _lookup(self, name: str, **terms: NamedNode | Literal | Sequence[NamedNode | Literal]) -> Table:
        return self._table(queries.load(name, "lookups").bind(**terms))

    def _graph(self, name: str, **terms: NamedNode | Literal | Sequence[NamedNode | Literal]) -> Graph:
        answer = self.store.query(queries.load(name, "lookups").bind(**terms))
        return answer if isinstance(answer, Graph) else Graph(frozenset())

    # things

    @derived
    def names(self) -> NameIndex:
        """All names of all things."""
        return NameIndex.of(self._lookup("names"))

    def search(self, text: str, *, kind: str | None = None, limit: int = 20) -> list[Hit]:
        """
        Return the things whose names match, best first.

        Args:
            text: Chinese (two characters are enough), pinyin, English, a code, a former name.
            kind: A class as a short name (`akg:Mine`, or just `mine`) that hits have to be of.
            limit: How many at most.
        """
        return self.names.search(text, kind=kind, limit=limit)

    def find(self, text: str, *, kind: str | None = None, limit: int = 20, start: int = 0) -> Found:
        """
        Return what `search` does, with how many there are of each class, or what comes near.

        Args:
            text, kind, limit: As in `search`.
            start: How many of the best are left out.
        """
        return self.names.find(text, kind=kind, limit=limit, start=start)

    @derived
    def reconciliation(self) -> Reconciliation:
        """Return what names in a table mean: candidates with scores, suggestions, values of properties."""
        return Reconciliation(self._lookup, self.names)

    def resolve(self, thing: str) -> str:
        """
        Return the IRI of the thing that an IRI, a slug or a name means.

        Raises:
            UnknownName: nothing, or more than one thing, goes by it; the error suggests some.
        """
        return self.names.resolve(thing)

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

    def describe(self, thing: str) -> Graph:
        """
        Return what is stated of a thing, with the claims about it and where they stand, as triples.

        Raises:
            UnknownName: nothing, or more than one thing, goes by that name.
        """
        node = NamedNode(self.resolve(thing))
        about = {text_of(row["claim"]) for row in self._lookup("claims_about", thing=node)}
        return self._graph("described", given=[NamedNode(each) for each in sorted({node.value, *about})])

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

    # many things at a glance

    @derived
    def _promised(self) -> dict[str, Promise]:
        return promises.told(self._lookup("promises"), self.names.labels)

    def promises(self, judged: Table | None = None) -> tuple[Promise, ...]:
        """
        Return what was promised, with what came of it.

        Args:
            judged: An answer to the question `progress`, which decides that; the one on its sample
                values where not given.
        """
        return tuple(promises.judged(judged or self.ask("progress"), self._promised))

    @derived
    def disputes(self) -> tuple[Dispute, ...]:
        """Return the matters on which claims do not agree, with their sides."""
        exceeding = {text_of(row["conflict"]) for row in self._lookup("parts_over_wholes")}
        return disputes.disputes(self._lookup("disagreements"), exceeding, self.names.labels)

    @derived
    def sources(self) -> tuple[Source, ...]:
        """Return the sources, with how much rests on each."""
        return sources.sources(self._lookup("source_list"), self.names.labels)

    @derived
    def _shared(self) -> frozenset[str]:
        return frozenset(text_of(row["claim"]) for row in self._lookup("shared_claims"))

    def source(self, name: str) -> Resting:
        """
        Return a source with all that rests on it.

        Args:
            name: The source's slug.

        Raises:
            UnknownName: there is no such source; the error suggests some.
        """
        known = {each.slug: each for each in self.sources}
        if name not in known:
            raise UnknownName("source", name, difflib.get_close_matches(name, known), suggestions=True)
        node = NamedNode(known[name].iri)
        claims, gaps = self._lookup("source_claims", source=node), self._lookup("source_gaps", source=node)
        evidence = self.evidence({text_of(row["claim"]) for row in claims})
        return sources.resting(known[name], claims, gaps, self._shared, evidence, self.names.labels)

    @derived
    def positions(self) -> tuple[Position, ...]:
        """Return where things lie, by each record that says so."""
        return positions.positions(self._lookup("positions"), self.names.labels)

    @derived
    def unplaced(self) -> tuple[tuple[str, Reference], ...]:
        """Return the mines, plants and places for which no record gives a position, each with its kind."""
        return tuple(
            (text_of(row["kind"]), Reference(text_of(row["thing"]), self.names.labels[text_of(row["thing"])]))
            for row in self._lookup("unplaced")
        )

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

    # what a by-product could yield

    @derived
    def _calculator(self) -> Calculator:
        return Calculator(self._lookup, self.names)

    def potential(
        self, material: str, amount: str, *, given: Mapping[str, str] | None = None, to: str | None = None
    ) -> Potential:
        """
        Return what an amount of a material could yield along the chains, each factor cited.

        Args:
            material: The material, by IRI, slug or name in either language.
            amount: Number and unit: `"1 Mt"`, `"35万吨"`, `"4e8 Nm3"`; `"1 Mt/a"` for each year.
            given: Step, product or factor -> your own value, where you know better or no source
                says: `{"delayed-coking": "0.55..0.58"}`.
            to: The material to stop at; None for all that can be reached.

        Raises:
            UnknownName: no material, step or factor goes by a name.
            ParameterError: the amount or a value is impossible, or counts something else.
        """
        return self._calculator.potential(material, amount, given=given, to=to)

    def calculable(self) -> tuple[Reference, ...]:
        """Return the materials that a calculation can start from, by their English names."""
        return self._calculator.starts()

    def products(self) -> tuple[Reference, ...]:
        """Return the materials that a calculation can lead to, by their English names."""
        return self._calculator.ends()

    def conversions(self) -> tuple[Conversion, ...]:
        """Return how much of one material comes from another, as calculations take it, with the factors."""
        return self._calculator.conversions

    @derived
    def chains(self) -> chains.Chains:
        """Return the chains from by-product to product, with who makes, takes in or has their materials."""
        return chains.read(self._lookup, self.names.labels)

    def system(self, place: str | None = None) -> Table:
        """
        Return the bases and clusters of a place, as the source counts them, and the clusters' products.

        Args:
            place: The place; None for the one that the look-up is written for, which may not be there.
        """
        return self._lookup("system", **({"place": NamedNode(self.resolve(place))} if place else {}))

    # drawing and taking away

    def views(self) -> tuple[str, ...]:
        """Return the names of the views that can be drawn and exported."""
        return queries.names("views")

    def network(
        self, view: str = "everything", *, thing: str | None = None, hops: int = 1
    ) -> nx.MultiDiGraph[str]:
        """
        Return a view of the graph as a networkx graph: things as nodes, relations as edges.

        Args:
            view: One of `views()`.
            thing: Leave out what is farther from this thing than `hops` relations.
            hops: How far, where `thing` is given.

        Raises:
            UnknownName: no such view or thing.
        """
        # networkx takes a sixth of a second to import, and only drawing needs it.
        from anshan_kg import network  # noqa: PLC0415

        edges = self._table(queries.load(view, "views").text)
        drawn = network.build(edges, self._lookup("nodes"))
        return drawn if thing is None else network.neighbourhood(drawn, self.resolve(thing), hops)

    @derived
    def _everything(self) -> nx.MultiDiGraph[str]:
        """Return the view "everything", kept for those that ask for parts of it again and again."""
        return self.network()

    @derived
    def explorer(self) -> Explorer:
        """Return the things and relations of the view "everything", to be explored from thing to thing."""
        from anshan_kg.exploring import Explorer  # noqa: PLC0415 - for networkx, as above

        names = self.names
        types = {
            curie(row["term"]): Labels(row["labelEn"], row["labelZh"])
            for row in self.terms().texts()
            if row["kind"] == "class"
        }
        return Explorer(
            self._everything, types, lambda iri: (names.types.get(iri, ""), names.labels.get(iri, Labels()))
        )

    def export(
        self, form: str, view: str = "everything", *, thing: str | None = None, hops: int = 1
    ) -> bytes:
        """
        Return a view of the graph as a file of a format; the same graph gives the same bytes.

        Args:
            form: One of `exports.names()`.
            view, thing, hops: See `network`.

        Raises:
            UnknownName: no such format, view or thing.
        """
        writer = exports.load(form)
        if writer.TAKES == "unlinked":
            return writer.write(self._unlinked(view, thing, hops))
        if writer.TAKES == "network":
            return writer.write(self.network(view, thing=thing, hops=hops))
        if view == "everything" and thing is None:
            queries.load(view, "views")
            return writer.write(self._all_quads(named=form in {"nq", "trig"}))
        drawn = self.network(view, thing=thing, hops=hops)
        wanted = {*drawn.nodes, *(data["claim"] for _, _, data in drawn.edges(data=True))} - {""}
        described = self._graph("described", given=[NamedNode(one) for one in sorted(wanted)])
        return writer.write(placed(triple) for triple in described)

    def export_things(self, form: str, things: Collection[str], without: Collection[str] = ()) -> bytes:
        """
        Return some things and the relations between them as a file of a format that draws.

        Args:
            form: One of `exports.names()` that takes a network.
            things: By IRI; what the view "everything" does not hold is left out.
            without: Relations, as short names, to leave out.

        Raises:
            UnknownName: no such format.
        """
        writer = exports.load(form)
        from anshan_kg import network  # noqa: PLC0415 - as above

        return writer.write(network.part(self._everything, things, without))

    def _unlinked(self, view: str, thing: str | None, hops: int) -> Table:
        """Return what is not linked to Wikidata, of the whole graph or of what is drawn."""
        queries.load(view, "views")
        found = self._lookup("not_in_wikidata")
        if view == "everything" and thing is None:
            return found
        drawn = set(self.network(view, thing=thing, hops=hops).nodes)
        at = found.columns.index("thing")
        return Table(found.columns, tuple(row for row in found.rows if text_of(row[at]) in drawn))

    def federated(self, name: str) -> federation.Federated:
        """
        Return a query to run at an endpoint of others, with things of the graph in it.

        Raises:
            UnknownName: there is no such query.
        """
        return federation.fill(federation.load(name), self._lookup)

    def _all_quads(self, *, named: bool) -> list[Quad]:
        found = [placed(triple) for triple in self._graph("all_triples")]
        if named:
            found += [Quad(*_cells(row)) for row in self._lookup("all_quads")]
        return found

    # keeping

    def check(self, paths: Iterable[str | Path] = ()) -> list[Finding]:
        """
        Return the faults of the graph, by file and line; an empty list is a clean graph.

        Args:
            paths: Turtle files or folders to check as if they lay under graph/.

        Raises:
            DataError: a file is missing or not well-formed.
        """
        extra = [files.read_document(path) for path in files.turtle_files(paths)]
        return self._faults_with(extra) if extra else list(self._own_faults)

    @cached_property
    def _own_faults(self) -> tuple[Finding, ...]:
        """The faults of the graph as it was opened, which does not change while it is open."""
        return tuple(self._findings(self.dataset))

    def _findings(self, data: Dataset, only: Collection[NamedNode] | None = None) -> list[Finding]:
        checks = [validate.parse_check(path, text) for path, text in self.tree.queries("ontology/checks")]

        def place(thing: str) -> tuple[str, int | None]:
            document = data.places.get(thing)
            return (document.path, document.line_of(thing)) if document else ("", None)

        return validate.findings(data.written, data.store, self.tree.shapes, checks, place, only)

    def mappings(self) -> tuple[tuple[str, str, str], ...]:
        """Return name and title, in English and Chinese, of each mapping that `import_table` knows."""
        found = (table.find_mapping(self.tree, name) for name in self.tree.tables())
        return tuple((Path(each.name).stem, each.title, each.title_zh) for each in found)

    def import_table(
        self,
        path: str | Path,
        mapping: str,
        *,
        source: str | None = None,
        data: bytes | None = None,
        dry_run: bool = False,
        skip_refused: bool = False,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> ImportReport:
        """
        Add the rows of a table to the text files, as things and cited claims.

        Nothing is written if a row is refused, and importing the same table twice changes nothing.
        Open the graph again to ask it about what was added.

        Args:
            path: A `.csv`, `.tsv` or `.jsonl` file.
            mapping: Name of a mapping in `ontology/tables/`, or path of a mapping file.
            source: The source of rows that name none, by its slug.
            data: The bytes of the table, where it does not lie on disk.
            dry_run: Only say what would change.
            skip_refused: Write the good rows even if others are refused.
            progress: Called with what is being done, how much is done, and how much there is.

        Raises:
            UnknownName: there is no such mapping.
            DataError: the file is no table, or the text files are not to be written.
        """
        if self.tree.packaged and not dry_run:
            raise DataError(
                self.tree.root, "is the installed package; name a working tree to write to with --root DIR"
            )
        chosen = table.find_mapping(self.tree, mapping)
        given = {"source": source} if source else {}
        if source and "source" not in chosen.columns:
            raise ParameterError(f"the mapping {mapping} has no column source")
        run = table.TableImport(
            self.tree, chosen, given, self.resolve, self._faults_with, progress or (lambda *_: None)
        )
        return run.run(Path(path), data=data, dry_run=dry_run, skip_refused=skip_refused)

    def import_facts(
        self,
        target: str,
        *,
        data: str | Path | None = None,
        release: str | None = None,
        dry_run: bool = False,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> list[ImportReport]:
        """
        Add what a data set says of the things that are reviewed as linked to it, as cited claims.

        A number that contradicts another claim is refused until the two share a conflict set; a
        new claim joins the set that claims of the same thing and property are in.

        Args:
            target, data, release: As in `Desk.link`.
            dry_run: Only say what would change.
            progress: As in `import_table`.

        Raises:
            ParameterError: the data set has no facts, or nothing linked to it is reviewed.
            UnknownName, DataError: as in `Desk.link` and `import_table`.
        """
        if self.tree.packaged and not dry_run:
            raise DataError(
                self.tree.root, "is the installed package; name a working tree to write to with --root DIR"
            )
        reports: list[ImportReport] = []
        with tempfile.TemporaryDirectory() as place:  # so that all tables are written, or none
            for folder in ("ontology", "graph"):
                shutil.copytree(self.tree.root / folder, Path(place) / folder)
            for mapping, rows in self.desk.facts(target, data, release).items():
                beside = KnowledgeGraph.open(
                    replace(self.config, root=place, data=None, store=None, cache=None)
                )
                report = beside.import_table(f"{target}.csv", mapping, data=rows, progress=progress)
                reports.append(report)
                if report.refused:
                    break
            whole = not dry_run and not reports[-1].refused
            changed = sorted({path for report in reports for path in report.files if report.written})
            if whole and changed:
                contents = {path: (Path(place) / path).read_bytes() for path in changed}
                Journal(self.tree.root).begin(f"{target}.facts", "facts", contents)
                files.write_files(self.tree.root, contents)
        return [replace(report, written=whole) for report in reports]

    def invented_list(self, count: int, seed: int) -> list[tuple[str, ...]]:
        """Return rows of a list of enterprises with invented figures; see `synth.sheet`."""
        return invented_rows(self.reconciliation, count, seed)

    def imports(self) -> list[Entry]:
        """Return the imports into this tree that can be undone, the newest first."""
        return Journal(self.tree.root).entries()

    def undo_import(self, name: str) -> Entry:
        """
        Put the text files back to what they were before an import; see `Journal.undo`.

        Raises:
            UnknownName: there is no such import.
            DataError: a file was changed since; nothing is changed.
        """
        return Journal(self.tree.root).undo(name)

    def validate(
        self,
        data: bytes,
        media_type: str,
        shapes: bytes | None = None,
        shapes_type: str = "text/turtle",
    ) -> shacl.Report:
        """
        Return what SHACL shapes find in RDF from elsewhere; nothing is kept.

        Without shapes of its own, it is judged by the graph's, which then see what the graph says
        of the things that the data names.

        Args:
            data: The RDF.
            media_type: Its format.
            shapes: Shapes to use instead of the graph's.
            shapes_type: Their format.

        Raises:
            ParameterError: data or shapes cannot be read or used.
        """
        sent = [quad.triple for quad in foreign.parse(data, media_type)]
        if shapes is not None:
            return shacl.check(sent, [quad.triple for quad in foreign.parse(shapes, shapes_type, "shapes")])
        subjects = {triple.subject for triple in sent}
        named = {triple.object for triple in sent if isinstance(triple.object, NamedNode)} - subjects
        store = self.dataset.store
        context = [
            quad.triple
            for each in named
            for quad in store.quads_for_pattern(each, None, None, DefaultGraph())
        ]
        own = [triple for document in self.tree.shapes for triple in document.triples]
        return shacl.check(sent, own, context)

    def validate_table(self, data: bytes, name: str, mapping: str, source: str | None = None) -> shacl.Report:
        """
        Return why rows of a table cannot become part of the graph; nothing is kept.

        Args:
            data: The table.
            name: Its file name; the ending tells its format.
            mapping: Name of a mapping in `ontology/tables/`.
            source: The source of rows that name none, by its slug.

        Raises:
            UnknownName: there is no such mapping.
            DataError: the data is no table.
        """
        known = self.tree.tables()
        if mapping not in known:  # a path would be read from this machine
            raise UnknownName("mapping", mapping, known)
        report = self.import_table(name, mapping, source=source, data=data, dry_run=True)
        return shacl.of_refusals(
            (each.row, each.column, each.reason, each.reason_zh) for each in report.refused
        )

    def _faults_with(self, changed: Sequence[files.Document]) -> list[Finding]:
        """Return the faults the graph would have if files were as given."""
        made = dataset.assemble(self.tree, changed)
        paths = {document.path for document in changed}
        before = (triple for each in self.tree.documents if each.path in paths for triple in each.triples)
        after = (triple for each in changed for triple in each.triples)
        return self._findings(made, validate.affected(made.store, before, after))

    def build(self, out: str | Path) -> dict[str, int]:
        """
        Write the release to a folder and return its statistics.

        The folder appears whole or not at all; two builds of the same text files are byte-equal.

        Raises:
            InvalidGraph: the graph has faults; nothing is written.
            DataError: the folder exists and holds something else.
        """
        faults = [str(finding) for finding in self.check() if finding.severity == "violation"]
        if faults:
            raise InvalidGraph(self.tree.root, faults)
        numbers = release.statistics(self.dataset)
        with files.new_folder(out, release.NAMES) as folder:
            release.write(folder, self.dataset, numbers, self.partitions())
        return numbers

    def partitions(self) -> release.Partitions:
        """Return how much there is of each class and property, in all and within each other."""
        (totals,) = self._lookup("totals")
        counted = ("class_partitions", "property_partitions", "class_property_partitions", "partition_ends")
        return release.Partitions(totals, *(self._lookup(name) for name in counted))

    @property
    def holds_data(self) -> bool:
        """Whether the data that answers lies in this process or on its disk, not in a store elsewhere."""
        return self._store is None or isinstance(self._store, DiskStore)

    @contextmanager
    def standing_still(self) -> Iterator[KnowledgeGraph]:
        """Give the graph as it is now: what is written meanwhile is not seen, so that counts agree."""
        if not isinstance(self._store, DiskStore):
            yield self
            return
        with self._store.reading() as (snapshot, engine):
            still = KnowledgeGraph(self.config, self.tree)
            still.dataset = dataset.Dataset(engine, self.tree, known_version=snapshot.version)
            yield still

    def dumps(self, folder: str | Path) -> tuple[release.Dump, ...]:
        """
        Write the dataset as files for downloading, unless they lie in the folder already.

        The folder appears whole or not at all, so that several processes may share it. A store
        elsewhere is not dumped: it is larger than its answers, and not ours to publish.

        Raises:
            DataError: the folder cannot be written.
        """
        if not self.holds_data:
            return ()
        place = Path(folder)
        if not place.exists():
            with self.standing_still() as still, files.new_folder(place, release.NAMES) as made:
                release.write_dumps(still.dataset.store, made)
                release.write_sums(made)
        return release.read_dumps(place)


_PATIENCE = 10.0
"""Seconds to wait for the process that still holds a data folder, as one that is just being stopped."""


def _cells(row: Mapping[str, Term | None]) -> list[Any]:
    return [row[name] for name in ("subject", "property", "value", "graph")]


def _with_words(evidence: Evidence, texts: Sequence[str]) -> Evidence:
    return replace(evidence, passages=tuple(locate(passage, texts) for passage in evidence.passages))


def _carries_its_source(thing: str) -> bool:
    return (path_of(thing) or "").startswith(("id/step/", "id/flow/", "id/office/"))
