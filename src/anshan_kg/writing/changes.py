"""A request carried out on a store, and the triples that it touched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyoxigraph as ox

from anshan_kg import foreign
from anshan_kg.errors import ParameterError, QueryError, UnknownName
from anshan_kg.execution.faults import syntax_error
from anshan_kg.terms import PREFIXES
from anshan_kg.writing import updates

if TYPE_CHECKING:
    from collections.abc import Iterable

_TOUCHED = ox.NamedNode(updates.TOUCHED)
_AS_THEY_ARE = {PREFIXES["xsd"] + "string", PREFIXES["rdf"] + "langString"}

Graph = ox.NamedNode | ox.DefaultGraph


@dataclass(slots=True)
class Change:
    """
    What a request did to the store.

    Attributes:
        touched: The triples it added or took away, and maybe more; None where nobody looked.
        sent: Triple as the store keeps it -> triple as it was sent, where they differ.
        created: Whether a graph is there that was not.
    """

    touched: set[ox.Triple] | None = None
    sent: dict[ox.Triple, ox.Triple] = field(default_factory=dict)
    created: bool = False


class Unfinished(Exception):
    """A request failed when it may have changed something already; the store is to be thrown away."""

    def __init__(self, error: QueryError) -> None:
        self.error = error
        super().__init__(str(error))


class Puzzling(Exception):
    """The text of an update does not tell what it touches; run it whole, on a fresh store."""


def carry_out(store: ox.Store, text: str, base: str, *, look: bool) -> Change:
    """
    Carry out a SPARQL update.

    Args:
        store: What it changes.
        text: The update; it has neither LOAD nor SERVICE.
        base: What its relative addresses are relative to.
        look: Whether to note what it touches.

    Raises:
        QueryError: it is not SPARQL; nothing is changed.
        Unfinished: it failed while it ran.
        Puzzling: its operations could not be told apart; the store is to be thrown away.
    """
    updates.check_nesting(text)
    if not look:
        _run(store, text, base)
        return Change()
    check_syntax(text, base)
    try:
        touched: set[ox.Triple] = set()
        for operation in updates.operations(text):
            touched |= _gathered(store, updates.gathering(operation), base)
            store.update(operation.whole, base_iri=base)
    except SyntaxError:
        raise Puzzling from None
    except (RuntimeError, ValueError) as error:
        raise Unfinished(QueryError(f"the update failed while it ran: {error}")) from error
    return Change(touched, _sent(touched))


def _gathered(store: ox.Store, gathering: updates.Gathering, base: str) -> set[ox.Triple]:
    found: set[ox.Triple] = set()
    for query in gathering.queries:
        results = store.query(query, base_iri=base)
        assert isinstance(results, ox.QueryTriples)  # noqa: S101 - they are all CONSTRUCT
        found.update(results)
    for text in gathering.updates:
        store.update(text, base_iri=base)
        found |= {quad.triple for quad in store.quads_for_pattern(None, None, None, _TOUCHED)}
        store.remove_graph(_TOUCHED)
    return found


def check_syntax(text: str, base: str) -> None:
    """
    Return if a text is a SPARQL update; it is run on no data.

    Raises:
        QueryError: it is not.
    """
    updates.check_nesting(text)
    try:
        ox.Store().update(text, base_iri=base)
    except SyntaxError as error:
        raise not_an_update(error, text) from error
    except (RuntimeError, ValueError, OSError):
        return


def carry_out_whole(store: ox.Store, text: str, base: str, before: ox.Store) -> Change:
    """Carry out an update as `carry_out` does, and compare all of the store with what it was."""
    _run(store, text, base)
    old, new = set(before), set(store)
    return Change({quad.triple for quad in old ^ new})


def _run(store: ox.Store, text: str, base: str) -> None:
    try:
        store.update(text, base_iri=base)
    except SyntaxError as error:
        raise not_an_update(error, text) from error
    except (RuntimeError, ValueError) as error:
        raise Unfinished(QueryError(f"the update failed while it ran: {error}")) from error


def not_an_update(error: SyntaxError, text: str) -> QueryError:
    """Return the engine's syntax error as ours, with line and column."""
    found = syntax_error(error, text)
    reason = str(found).partition(": ")[2] if found.line is not None else str(found)
    return QueryError(reason.replace("not a SPARQL query", "not a SPARQL update"), found.line, found.column)


def put(store: ox.Store, graph: str | None, quads: Iterable[ox.Quad], *, look: bool) -> Change:
    """Let a graph hold these triples, and no others."""
    target, new = _target(graph), _placed(quads, graph)
    old = {quad.triple for quad in store.quads_for_pattern(None, None, None, target)} if look else set()
    created = not _exists(store, target)
    store.clear_graph(target) if not created else store.add_graph(target)
    store.extend(new)
    change = _change(new, look=look)
    change.created = created
    if change.touched is not None:
        change.touched |= old
    return change


def post(store: ox.Store, graph: str | None, quads: Iterable[ox.Quad], *, look: bool) -> Change:
    """Let a graph hold these triples too."""
    target, new = _target(graph), _placed(quads, graph)
    created = not _exists(store, target)
    if created:
        store.add_graph(target)
    store.extend(new)
    change = _change(new, look=look)
    change.created = created
    return change


def delete(store: ox.Store, graph: str | None, *, look: bool) -> Change:
    """
    Take a graph away.

    Raises:
        UnknownName: there is none of that name.
    """
    target = _target(graph)
    if not _exists(store, target):
        raise UnknownName("graph", graph or "")
    old = {quad.triple for quad in store.quads_for_pattern(None, None, None, target)} if look else None
    store.remove_graph(target)
    return Change(old)


def put_all(store: ox.Store, quads: Iterable[ox.Quad], *, look: bool) -> Change:
    """Let the dataset hold these quads, and no others."""
    new = list(quads)
    old = {quad.triple for quad in store} if look else set()
    store.clear()
    store.extend(new)
    change = _change(new, look=look)
    if change.touched is not None:
        change.touched |= old
    return change


def post_all(store: ox.Store, quads: Iterable[ox.Quad], *, look: bool) -> Change:
    """Let the dataset hold these quads too."""
    new = list(quads)
    store.extend(new)
    return _change(new, look=look)


def parse(documents: Iterable[tuple[bytes, str, str]], *, graphs: bool) -> list[ox.Quad]:
    """
    Return what documents state.

    Args:
        documents: Each with its media type and what its relative addresses are relative to.
        graphs: Whether they may name graphs.

    Raises:
        ParameterError: one is not of its format, or names a graph where it may not.
    """
    found: list[ox.Quad] = []
    for data, media_type, base in documents:
        quads = list(foreign.parse(data, media_type, "body", base, rename=True))
        if not graphs and any(quad.graph_name != ox.DefaultGraph() for quad in quads):
            raise ParameterError("the body names graphs of its own, but the request names the graph")
        found += quads
    return found


def _change(new: list[ox.Quad], *, look: bool) -> Change:
    if not look:
        return Change()
    touched = {quad.triple for quad in new}
    return Change(touched, _sent(touched))


def _sent(triples: Iterable[ox.Triple]) -> dict[ox.Triple, ox.Triple]:
    """Return triple as the store keeps it -> triple as it was sent, where the two differ."""
    found = {}
    scratch = ox.Store()
    for triple in triples:
        value = triple.object
        if isinstance(value, ox.Literal) and value.datatype.value not in _AS_THEY_ARE:
            scratch.add(ox.Quad(triple.subject, triple.predicate, value))
            (kept,) = scratch
            scratch.remove(kept)
            if kept.triple != triple:
                found[kept.triple] = triple
    return found


def _placed(quads: Iterable[ox.Quad], graph: str | None) -> list[ox.Quad]:
    target = _target(graph)
    return [ox.Quad(quad.subject, quad.predicate, quad.object, target) for quad in quads]


def _target(graph: str | None) -> Graph:
    return ox.DefaultGraph() if graph is None else ox.NamedNode(graph)


def _exists(store: ox.Store, target: Graph) -> bool:
    return isinstance(target, ox.DefaultGraph) or bool(store.contains_named_graph(target))
