"""What schemathesis cannot know by itself: SPARQL and RDF as texts, and how they are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import strategies as st

if TYPE_CHECKING:
    from schemathesis import SerializationContext

TEXTS = {
    "sparql-query": [
        "ASK {}",
        "ASK { ?s ?p ?o }",
        "SELECT * { ?s ?p ?o } LIMIT 3",
        "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g LIMIT 2",
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 2",
        "DESCRIBE <https://w3id.org/anshan-kg/id/place/anshan>",
        "SELECT (1 AS ?one) ('鞍山'@zh AS ?two) {}",
    ],
    "sparql-update": [
        "INSERT DATA { <x:a> <x:b> 1 }",
        "DELETE WHERE { <x:a> ?p ?o }",
        "INSERT { ?s <x:c> ?o } WHERE { ?s <x:b> ?o }",
        "DROP SILENT GRAPH <http://example.org/none>",
        "CLEAR DEFAULT",
    ],
    "ttl": ["<x:a> <x:b> 1 .", "[] <x:b> '鞍山'@zh ; a <x:C> .", "@prefix a: <x:> . a:a a:b (1 2.5 true) ."],
    "nt": ["<x:a> <x:b> <x:c> .\n", '_:a <x:b> "1"@en .\n'],
    "nq": ["<x:a> <x:b> <x:c> <x:g> .\n", "<x:a> <x:b> <x:c> .\n"],
    "trig": ["<x:g> { <x:a> <x:b> 1 }", "<x:a> <x:b> 1 ."],
    "rdfxml": [
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="http://example.org/">'
        '<rdf:Description rdf:about="http://example.org/a"><x:b>1</x:b></rdf:Description></rdf:RDF>',
    ],
    "csv": ["thing,value\na,1\n", "a\n"],
    "tsv": ["thing\tvalue\na\t1\n"],
    "ndjson": ['{"thing": "a"}\n'],
}
"""Texts of each format that `/openapi.json` names."""

for name, texts in TEXTS.items():
    schemathesis.openapi.format(name, st.sampled_from(texts))


@schemathesis.serializer(
    "application/sparql-query", "application/sparql-update", "text/turtle", "application/n-triples",
    "application/n-quads", "application/trig", "application/rdf+xml", "text/csv",
    "text/tab-separated-values", "application/x-ndjson",
)  # fmt: skip
def as_it_is(context: SerializationContext, value: Any) -> bytes:
    """Send a text as it is, and what is none as what it looks like."""
    del context
    raw = getattr(value, "data", value)
    return raw if isinstance(raw, bytes) else str(raw).encode("utf-8", "surrogatepass")
