"""Opening a graph, asking it, and finding things by their names."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode

from anshan_kg import (
    cache,
    dataset,
    files,
    queries,
    release,
)
from anshan_kg.config import Config
from anshan_kg.derived import Deriving, derived
from anshan_kg.errors import ParameterError
from anshan_kg.execution import engine, gate
from anshan_kg.model import Found, Graph, Hit, Table
from anshan_kg.reconciling import Reconciliation
from anshan_kg.search import NameIndex
from anshan_kg.stores.disk import DataDirectory, DiskStore
from anshan_kg.stores.embedded import EmbeddedStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Self

    from anshan_kg.model import Answer
    from anshan_kg.stores import Store


class Base(Deriving):
    """Opening a graph, asking it, and finding things by their names."""

    def __init__(self, config: Config, tree: files.Tree, store: Store | None = None) -> None:
        super().__init__()
        self.config, self.tree = config, tree
        self._store = store

    @classmethod
    def open(cls, config: Config | None = None, **settings: Any) -> Self:  # noqa: ANN401
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
    def standing_still(self) -> Iterator[Self]:
        """Give the graph as it is now: what is written meanwhile is not seen, so that counts agree."""
        if not isinstance(self._store, DiskStore):
            yield self
            return
        with self._store.reading() as (snapshot, engine):
            still = type(self)(self.config, self.tree)
            still.dataset = dataset.Dataset(engine, self.tree, known_version=snapshot.version)
            yield still

    # things by their names

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


_PATIENCE = 10.0
"""Seconds to wait for the process that still holds a data folder, as one that is just being stopped."""
