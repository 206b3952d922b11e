"""The one place for formats of answers: names, media types, endings, and which to send."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pyoxigraph as ox
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from anshan_kg.errors import UnknownName
from anshan_kg.model import Table
from anshan_kg.terms import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anshan_kg.model import Term


@dataclass(frozen=True, slots=True)
class Format:
    """
    One format of answers.

    Attributes:
        name: What people type.
        engine: What pyoxigraph calls it; knows the media type and the ending.
        also: Further media types that mean it.
    """

    name: str
    engine: ox.QueryResultsFormat | ox.RdfFormat
    also: tuple[str, ...] = ()

    @property
    def media_type(self) -> str:
        """Return its media type, without parameters."""
        return self.engine.media_type.partition(";")[0]

    @property
    def extension(self) -> str:
        """Return the ending of files, without a dot."""
        return "rdf" if self.name == "rdfxml" else self.name


RESULTS = (
    Format("json", ox.QueryResultsFormat.JSON, ("application/json", "text/json")),
    Format("xml", ox.QueryResultsFormat.XML, ("application/xml", "text/xml")),
    Format("csv", ox.QueryResultsFormat.CSV),
    Format("tsv", ox.QueryResultsFormat.TSV),
)
"""Formats of tables and truth values; the first is the default."""

GRAPHS = (
    Format("ttl", ox.RdfFormat.TURTLE, ("application/x-turtle",)),
    Format("nt", ox.RdfFormat.N_TRIPLES, ("text/plain",)),
    Format("rdfxml", ox.RdfFormat.RDF_XML, ("application/xml", "text/xml")),
    Format("jsonld", ox.RdfFormat.JSON_LD, ("application/json",)),
    Format("nq", ox.RdfFormat.N_QUADS),
    Format("trig", ox.RdfFormat.TRIG),
)
"""Formats of graphs; the first is the default."""

DOCUMENTS = tuple(form for form in GRAPHS if form.name in {"ttl", "nt", "rdfxml", "jsonld"})
"""Formats that one thing is described in."""

_EXACT = 3
_EXTENSIONS = {"srj": "json", "srx": "xml", "rdf": "rdfxml"}


def by_name(name: str, offered: Sequence[Format] = (*RESULTS, *GRAPHS)) -> Format:
    """
    Return the format of a name or file ending.

    Raises:
        UnknownName: none of those offered has it; the error lists them.
    """
    wanted = _EXTENSIONS.get(name, name)
    for form in offered:
        if form.name == wanted:
            return form
    raise UnknownName("format", name, [form.name for form in offered])


@dataclass(frozen=True, slots=True)
class Choice:
    """
    What a client takes.

    Attributes:
        results: For tables and truth values; None where it takes none.
        graphs: For triples; None where it takes none.
        page: Whether it would rather have a page for people.
    """

    results: Format | None
    graphs: Format | None
    page: bool = False


def choose(accept: str | None) -> Choice:
    """Return what a client takes by its Accept header; see `negotiate`."""
    return (_kept if len(accept or "") <= _LONGEST_KEPT else _choice)(accept)


def _choice(accept: str | None) -> Choice:
    ranges = parse_accept_header(accept, MIMEAccept)
    named = {kind.partition(";")[0].strip().lower(): quality for kind, quality in reversed(ranges)}
    machine = max((named.get(form.media_type, 0) for form in (*RESULTS, *GRAPHS)), default=0)
    page = max(named.get(kind, 0) for kind in ("text/html", "application/xhtml+xml")) > machine
    return Choice(negotiate(accept, RESULTS), negotiate(accept, GRAPHS), page)


_kept = lru_cache(maxsize=512)(_choice)


def by_name_or_type(name: str) -> Format:
    """
    Return the format of a name, a file ending, or a media type.

    Raises:
        UnknownName: there is none; the error lists the names.
    """
    for form in (*RESULTS, *GRAPHS):
        if name.lower() in {form.media_type, *form.also}:
            return form
    return by_name(name.lower())


def negotiate(accept: str | None, offered: Sequence[Format]) -> Format | None:
    """
    Return the format that an Accept header prefers, None where it refuses all that are offered.

    By RFC 9110, section 12.5.1: the most specific range that fits a media type gives its quality;
    the highest quality wins; among equals, the order of `offered` does. No header takes the first.
    Programs send the same few headers over and over, so what was found for short ones is kept.
    """
    if accept is None or not accept.strip():
        return offered[0]
    if len(accept) > _LONGEST_KEPT:
        return _negotiate(accept, tuple(offered))
    return _negotiated(accept, tuple(offered))


_LONGEST_KEPT = 200


def _negotiate(accept: str, offered: tuple[Format, ...]) -> Format | None:
    ranges = parse_accept_header(accept, MIMEAccept)
    if not ranges:  # nothing but commas
        return offered[0]
    best: tuple[float, Format] | None = None
    for form in offered:
        named = (_quality(ranges, kind, exactly=True) for kind in form.also)
        quality = max(_quality(ranges, form.media_type), *named, 0.0)
        if quality > 0 and (best is None or quality > best[0]):
            best = (quality, form)
    return best[1] if best else None


_negotiated = lru_cache(512)(_negotiate)


def _quality(ranges: MIMEAccept, media_type: str, *, exactly: bool = False) -> float:
    """Return the quality of the most specific range that fits, 0 where none does."""
    kind = media_type.partition("/")[0]
    fitting: dict[int, float] = {}
    for given, quality in ranges:
        bare = given.partition(";")[0].strip().lower()
        rank = {media_type: _EXACT, f"{kind}/*": 2, "*/*": 1}.get(bare)
        if rank is not None and (rank == _EXACT or not exactly):
            fitting[rank] = max(quality, fitting.get(rank, 0.0))
    return fitting[max(fitting)] if fitting else 0.0


def write_table(answer: Table | bool, form: Format) -> bytes:
    """Return a table or truth value in one of `RESULTS`."""
    if not isinstance(form.engine, ox.QueryResultsFormat):
        raise UnknownName("format for tables", form.name, [each.name for each in RESULTS])
    plain = _results_json(answer)
    if form.engine == ox.QueryResultsFormat.JSON:
        return plain
    results = ox.parse_query_results(plain, format=ox.QueryResultsFormat.JSON)
    output = io.BytesIO()
    results.serialize(output, format=form.engine)
    return output.getvalue()


def read_table(data: bytes, form: ox.QueryResultsFormat = ox.QueryResultsFormat.JSON) -> Table | bool:
    """
    Return the table or truth value that some bytes are.

    Raises:
        SyntaxError, ValueError: they are none.
    """
    return table_of(ox.parse_query_results(data, format=form))


def table_of(results: ox.QuerySolutions | ox.QueryBoolean) -> Table | bool:
    """Return what the engine gives or reads as a table or truth value of ours."""
    if isinstance(results, ox.QueryBoolean):
        return bool(results)
    columns = tuple(variable.value for variable in results.variables)
    return Table(columns, tuple(tuple(row[name] for name in columns) for row in results))


def write_graph(triples: Iterable[ox.Triple], form: Format) -> bytes:
    """Return triples in one of `GRAPHS`; the same triples give the same bytes."""
    if not isinstance(form.engine, ox.RdfFormat):
        raise UnknownName("format for triples", form.name, [each.name for each in GRAPHS])
    by_text = {str(triple): triple for triple in triples}
    lines = sorted(by_text)
    text = "".join(f"{line} .\n" for line in lines)
    if form.engine == ox.RdfFormat.N_TRIPLES:
        return text.encode()
    used = {name: space for name, space in PREFIXES.items() if f"<{space}" in text}
    return ox.serialize([by_text[line] for line in lines], format=form.engine, prefixes=used) or b""


def _results_json(answer: Table | bool) -> bytes:
    """Return the SPARQL 1.1 Query Results JSON Format, https://www.w3.org/TR/sparql11-results-json/."""
    if isinstance(answer, Table):
        rows = [
            {name: _cell(term) for name, term in zip(answer.columns, row, strict=True) if term is not None}
            for row in answer.rows
        ]
        document = {"head": {"vars": list(answer.columns)}, "results": {"bindings": rows}}
    else:
        document = {"head": {}, "boolean": answer}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _cell(term: Term) -> dict[str, object]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
        return {"type": "triple", "value": {name: _cell(part) for name, part in parts.items()}}
    cell: dict[str, object] = {"type": "literal", "value": term.value}
    if term.language:
        cell["xml:lang"] = term.language
    elif term.datatype.value != f"{PREFIXES['xsd']}string":
        cell["datatype"] = term.datatype.value
    return cell
