"""What the SPARQL service is: SPARQL 1.1 Service Description, said of what runs, not of what could."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from anshan_kg import formats, queries
from anshan_kg.errors import LimitError, SourceError
from anshan_kg.model import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anshan_kg.execution import Runner

SD = "http://www.w3.org/ns/sparql-service-description#"
_RDF_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_VOID_TRIPLES = ox.NamedNode("http://rdfs.org/ns/void#triples")
_SIMPLE = ox.NamedNode("http://www.w3.org/ns/entailment/Simple")
_INTEGER = ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")
_SECONDS = 10.0
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Sizes:
    """
    How many triples there are.

    Attributes:
        default: In the default graph.
        named: In each named one, by its name.
        version: In which data; empty where nobody knows.
    """

    default: int
    named: dict[str, int]
    version: str = ""


def measure(runner: Runner) -> Sizes | None:
    """Return the sizes of the graphs that queries see now, None where counting them takes too long."""
    for _ in range(_TRIES):
        try:
            (whole,), version = _rows(runner, "size")
            graphs, same = _rows(runner, "graph_sizes")
        except (LimitError, SourceError):
            return None
        if version == same:  # else something was written between the two
            sizes = {row["graph"]: int(row["triples"]) for row in graphs}
            return Sizes(int(whole["triples"]), sizes, version)
    return None


def _rows(runner: Runner, name: str) -> tuple[list[dict[str, str]], str]:
    text = queries.load(name, "lookups").text
    outcome = runner.run(text, formats.RESULTS[0], None, seconds=_SECONDS)
    found = formats.read_table(outcome.body)
    assert isinstance(found, Table)  # noqa: S101 - both are SELECT
    return found.texts(), outcome.version


def describe(endpoint: str, sizes: Sizes | None, *, federated: bool, updates: str | None) -> list[ox.Triple]:
    """
    Return the description of the service; see https://www.w3.org/TR/sparql11-service-description/.

    Args:
        endpoint: Its address as the client sees it.
        sizes: What its graphs hold; None leaves the dataset undescribed.
        federated: Whether SERVICE may be used, with the services that the operator lists.
        updates: Address of the update service, None where there is none.
    """
    return list(_described(endpoint, sizes, federated=federated, updates=updates))


def _described(
    endpoint: str, sizes: Sizes | None, *, federated: bool, updates: str | None
) -> Iterator[ox.Triple]:
    service = ox.NamedNode(f"{endpoint}#service")
    yield ox.Triple(service, _RDF_TYPE, _term("Service"))
    yield ox.Triple(service, _term("endpoint"), ox.NamedNode(endpoint))
    yield ox.Triple(service, _term("supportedLanguage"), _term("SPARQL11Query"))
    yield ox.Triple(service, _term("defaultEntailmentRegime"), _SIMPLE)
    for form in (*formats.RESULTS, *formats.GRAPHS):
        yield ox.Triple(service, _term("resultFormat"), ox.NamedNode(form.engine.iri))
    if federated:
        yield ox.Triple(service, _term("feature"), _term("BasicFederatedQuery"))
    if sizes is not None:
        yield from _dataset(endpoint, service, sizes)
    if updates is not None:
        other = ox.NamedNode(f"{updates}#service")
        yield ox.Triple(other, _RDF_TYPE, _term("Service"))
        yield ox.Triple(other, _term("endpoint"), ox.NamedNode(updates))
        yield ox.Triple(other, _term("supportedLanguage"), _term("SPARQL11Update"))


def _dataset(endpoint: str, service: ox.NamedNode, sizes: Sizes) -> Iterator[ox.Triple]:
    dataset, default = ox.NamedNode(f"{endpoint}#dataset"), ox.NamedNode(f"{endpoint}#default-graph")
    yield ox.Triple(service, _term("defaultDataset"), dataset)
    yield ox.Triple(dataset, _RDF_TYPE, _term("Dataset"))
    yield ox.Triple(dataset, _term("defaultGraph"), default)
    yield from _graph(default, sizes.default)
    for name, triples in sizes.named.items():
        digest = hashlib.sha256(name.encode()).hexdigest()[:16]
        named, graph = (ox.NamedNode(f"{endpoint}#{kind}-{digest}") for kind in ("named", "graph"))
        yield ox.Triple(dataset, _term("namedGraph"), named)
        yield ox.Triple(named, _RDF_TYPE, _term("NamedGraph"))
        yield ox.Triple(named, _term("name"), ox.NamedNode(name))
        yield ox.Triple(named, _term("graph"), graph)
        yield from _graph(graph, triples)


def _graph(node: ox.NamedNode, triples: int) -> Iterator[ox.Triple]:
    yield ox.Triple(node, _RDF_TYPE, _term("Graph"))
    yield ox.Triple(node, _VOID_TRIPLES, ox.Literal(str(triples), datatype=_INTEGER))


def _term(name: str) -> ox.NamedNode:
    return ox.NamedNode(SD + name)
