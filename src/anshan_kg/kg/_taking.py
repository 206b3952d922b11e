"""Drawing and taking away: networks, the explorer, exports, queries for elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Quad

from anshan_kg import (
    exports,
    federation,
    queries,
)
from anshan_kg.derived import derived
from anshan_kg.kg._overviews import Overviews
from anshan_kg.model import Labels, Table, text_of
from anshan_kg.terms import curie, placed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import networkx as nx

    from anshan_kg.exploring import Explorer
    from anshan_kg.model import Term


class Taking(Overviews):
    """Drawing and taking away: networks, the explorer, exports, queries for elsewhere."""

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


def _cells(row: Mapping[str, Term | None]) -> list[Any]:
    return [row[name] for name in ("subject", "property", "value", "graph")]
