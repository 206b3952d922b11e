"""Formats of answers: which is sent, and that each says the same."""

from __future__ import annotations

import io

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anshan_kg import formats
from anshan_kg.errors import UnknownName
from anshan_kg.model import Table, Term, text_of

# Accept, what is chosen for a table, what is chosen for triples; by RFC 9110, section 12.5.1.
ACCEPT = [
    (None, "json", "ttl"),
    ("", "json", "ttl"),
    ("*/*", "json", "ttl"),
    ("text/csv", "csv", None),
    ("TEXT/CSV", "csv", None),
    ("text/csv; charset=utf-8", "csv", None),
    ("text/tab-separated-values", "tsv", None),
    ("application/sparql-results+json", "json", None),
    ("application/sparql-results+xml", "xml", None),
    ("application/json", "json", "jsonld"),
    ("application/xml", "xml", "rdfxml"),
    ("text/xml", "xml", "rdfxml"),
    ("text/turtle", None, "ttl"),
    ("application/n-triples", None, "nt"),
    ("text/plain", None, "nt"),
    ("application/rdf+xml", None, "rdfxml"),
    ("application/ld+json", None, "jsonld"),
    ("application/n-quads", None, "nq"),
    ("application/trig", None, "trig"),
    ("text/*", "csv", "ttl"),
    ("application/*", "json", "nt"),
    ("text/csv;q=0.5, application/sparql-results+xml;q=0.8", "xml", None),
    ("application/sparql-results+xml;q=0.8, text/csv;q=0.9", "csv", None),
    ("text/csv;q=0, */*;q=0.1", "json", "ttl"),
    ("application/sparql-results+json;q=0, application/json;q=0, */*;q=0.1", "xml", "ttl"),
    ("*/*;q=0.1, text/turtle", "json", "ttl"),
    ("text/*;q=0.9, text/csv;q=0.1", "tsv", "ttl"),
    ("image/png", None, None),
    ("text/csv;q=0", None, None),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "xml", "rdfxml"),
]


@pytest.mark.parametrize(("accept", "table", "graph"), ACCEPT)
def test_the_format_a_client_prefers_is_chosen(accept: str | None, table: str | None, graph: str | None):
    results, graphs = formats.negotiate(accept, formats.RESULTS), formats.negotiate(accept, formats.GRAPHS)
    assert (results and results.name, graphs and graphs.name) == (table, graph)


@given(st.text(max_size=80))
def test_no_accept_header_is_an_error(accept: str):
    formats.negotiate(accept, formats.RESULTS)


def test_an_unknown_format_names_those_there_are():
    with pytest.raises(UnknownName, match="no format is called 'pdf'; there are: json, xml, csv, tsv, ttl"):
        formats.by_name("pdf")


TERMS: list[Term | None] = [
    ox.NamedNode("http://example.org/鞍山"),
    ox.BlankNode("b1"),
    ox.Literal('a "quoted"\n, comma\tand 鞍山 \\ <&>'),
    ox.Literal("鞍山", language="zh-hans"),
    ox.Literal("1.5", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal")),
    None,
]
TABLE = Table(("a", "b"), tuple((term, ox.Literal(str(n))) for n, term in enumerate(TERMS)))


@pytest.mark.parametrize(
    "form", [form for form in formats.RESULTS if form.name != "csv"], ids=lambda form: form.name
)
def test_a_table_survives_every_format_that_keeps_types(form: formats.Format):
    data = formats.write_table(TABLE, form)
    assert isinstance(form.engine, ox.QueryResultsFormat)
    back = ox.parse_query_results(io.BytesIO(data), format=form.engine)
    assert isinstance(back, ox.QuerySolutions)
    assert [variable.value for variable in back.variables] == ["a", "b"]
    rows = [(row["a"], text_of(row["b"])) for row in back]
    assert [row[1] for row in rows] == [str(n) for n in range(len(TERMS))]
    for (found, _), term in zip(rows, TERMS, strict=True):
        assert found == term or isinstance(term, ox.BlankNode)


def test_csv_is_what_the_engine_writes():
    """The bytes are those of https://www.w3.org/TR/sparql11-results-csv-tsv/, whoever writes them."""
    engine = ox.Store().query('SELECT * { VALUES (?a ?b) { ("x,\\"y" "鞍山"@zh) (UNDEF 1.5) } }')
    assert isinstance(engine, ox.QuerySolutions)
    output = io.BytesIO()
    engine.serialize(output, format=ox.QueryResultsFormat.CSV)
    again = ox.Store().query('SELECT * { VALUES (?a ?b) { ("x,\\"y" "鞍山"@zh) (UNDEF 1.5) } }')
    assert isinstance(again, ox.QuerySolutions)
    table = Table(("a", "b"), tuple((row["a"], row["b"]) for row in again))
    assert formats.write_table(table, formats.by_name("csv")) == output.getvalue()


@pytest.mark.parametrize("form", formats.RESULTS[:2], ids=lambda form: form.name)
@pytest.mark.parametrize("truth", [True, False])
def test_a_truth_value_survives(form: formats.Format, truth: bool):
    assert isinstance(form.engine, ox.QueryResultsFormat)
    back = ox.parse_query_results(formats.write_table(truth, form), format=form.engine)
    assert isinstance(back, ox.QueryBoolean)
    assert bool(back) is truth


@pytest.mark.parametrize("form", formats.GRAPHS, ids=lambda form: form.name)
def test_triples_survive_every_format(form: formats.Format):
    subject, predicate = ox.NamedNode("http://example.org/s"), ox.NamedNode("http://example.org/p")
    triples = {
        ox.Triple(subject, predicate, term) for term in TERMS if term and not isinstance(term, ox.BlankNode)
    }
    data = formats.write_graph(triples, form)
    assert isinstance(form.engine, ox.RdfFormat)
    assert {quad.triple for quad in ox.parse(data, form.engine)} == triples
    assert formats.write_graph(set(triples), form) == data


def test_a_table_is_not_written_as_triples():
    with pytest.raises(UnknownName, match="no format for tables is called 'ttl'"):
        formats.write_table(TABLE, formats.by_name("ttl"))
