"""A query to an answer, in this process."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pyoxigraph as ox

from anshan_kg import formats
from anshan_kg.errors import AnswerTooLarge, NotAcceptable, QueryError, QueryRefused
from anshan_kg.execution import gate, tables
from anshan_kg.execution.faults import syntax_error
from anshan_kg.model import Answer, Graph, Table
from anshan_kg.terms import BASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anshan_kg.model import Term

_COMMENTS = {
    "ttl": "# %s\n", "nt": "# %s\n", "nq": "# %s\n", "trig": "# %s\n", "rdfxml": "<!-- %s -->\n",
}  # fmt: skip
"""How a format of triples says something beside them; JSON-LD cannot."""

Kind = Literal["select", "ask", "graph"]
"""What a query asks for: a table, a truth value, or triples."""

Results = ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean


@dataclass(frozen=True, slots=True)
class Written:
    """
    An answer in bytes.

    Attributes:
        body: The bytes.
        format: Name of the format they are in.
        kind: What the query asked for.
        columns: The columns of a table, else empty.
        rows: Rows of a table, triples of a graph, 1 for a truth value.
        truncated: Whether there were more.
    """

    body: bytes
    format: str
    kind: Kind
    columns: tuple[str, ...]
    rows: int
    truncated: bool


def evaluate(store: ox.Store, text: str) -> Answer:
    """
    Return the answer to a query as values.

    Raises:
        QueryError: the text is not SPARQL, or uses a function the engine does not know.
        QueryRefused: it reads FROM an address on this machine that is no graph of the store.
    """
    results = _start(store, text)
    try:
        if isinstance(results, ox.QueryTriples):
            return Graph(frozenset(_steady(results)))
        return formats.table_of(results)
    except (OSError, RuntimeError) as error:
        raise QueryError(f"the query failed while it ran: {error}") from error


def parse(text: str) -> None:
    """
    Return if a text is a SPARQL query.

    The engine parses only what it also starts to run, so it is run on no data; what goes wrong
    then is no matter of syntax. SERVICE would be followed: call it where that cannot be.

    Raises:
        QueryError: it is not.
    """
    try:
        ox.Store().query(text, base_iri=BASE)
    except SyntaxError as error:
        raise _no_query(error, text) from error
    except (RuntimeError, ValueError, OSError):
        return


def write(
    store: ox.Store,
    text: str,
    result_format: formats.Format | None,
    graph_format: formats.Format | None,
    longest: int,
    default_graphs: Sequence[str] | None = None,
    named_graphs: Sequence[str] | None = None,
    *,
    rows: int | None = None,
) -> Written:
    """
    Return the answer to a query as bytes.

    Args:
        store: What is queried.
        text: The query.
        result_format: For tables and truth values; None where the client takes none.
        graph_format: For triples; None where the client takes none.
        longest: Bytes the answer may have.
        default_graphs, named_graphs: The dataset of the protocol, which wins over FROM.
        rows: Rows or triples the answer may have; it is cut after them. None for any number.

    Raises:
        QueryError: the text is not SPARQL, or fails while it runs.
        QueryRefused: it reads FROM an address on this machine that is no graph of the store.
        NotAcceptable: the client takes no format for this kind of answer.
        AnswerTooLarge: it has more bytes than it may.
    """
    results = _start(store, text, default_graphs, named_graphs)
    chosen = graph_format if isinstance(results, ox.QueryTriples) else result_format
    if chosen is None:
        offered = formats.GRAPHS if isinstance(results, ox.QueryTriples) else formats.RESULTS
        kinds = ", ".join(each.media_type for each in offered)
        raise NotAcceptable(
            f"this query's answer comes as one of: {kinds}; ask for one of them in Accept or format="
        )
    try:
        if isinstance(results, ox.QueryTriples):
            return _write_graph(results, chosen, longest, rows)
        if isinstance(results, ox.QuerySolutions) and gate.mentions(text, "BNODE"):
            results = _named_steadily(results)
        return _write_table(results, chosen, longest, rows)
    except (OSError, RuntimeError) as error:
        raise QueryError(f"the query failed while it ran: {error}") from error


def dump(store: ox.Store, form: formats.Format, longest: int, rows: int | None = None) -> Written:
    """
    Return all that a store holds, with the graphs it stands in, as bytes.

    Args:
        store: What is written.
        form: A format that names graphs.
        longest: Bytes it may have.
        rows: Quads it may have; of more, nothing is written, for half a dataset is none.

    Raises:
        AnswerTooLarge: it has more bytes than it may.
    """
    assert isinstance(form.engine, ox.RdfFormat)  # noqa: S101 - what names graphs is one
    size = len(store)
    if rows is not None and size > rows:
        return Written(b"", form.name, "graph", (), rows, truncated=True)
    output = tables.Bounded(longest)
    store.dump(output, form.engine)
    return Written(output.getvalue(), form.name, "graph", (), size, truncated=False)


def write_answer(answer: Answer, form: formats.Format, most: int | None = None) -> Written:
    """
    Return an answer that is there as values as bytes; see `write`.

    Args:
        answer: A table, a truth value, or triples.
        form: The format; of the kind for this answer.
        most: Rows or triples to keep.
    """
    if isinstance(answer, bool):
        return Written(formats.write_table(answer, form), form.name, "ask", (), 1, truncated=False)
    if isinstance(answer, Graph):
        found = len(answer.triples)
        kept = answer.triples if most is None or found <= most else sorted(answer.triples, key=str)[:most]
        body = formats.write_graph(kept, form)
        if len(kept) < found:
            body += _comment(form.name, f"truncated after {most} triples")
        return Written(body, form.name, "graph", (), len(kept), truncated=len(kept) < found)
    rows = answer.rows[:most]
    body = formats.write_table(Table(answer.columns, rows), form)
    if len(rows) < len(answer.rows):
        body = tables.marked(body, form.name, len(rows), len(answer.columns))
    cut = len(rows) < len(answer.rows)
    return Written(body, form.name, "select", answer.columns, len(rows), truncated=cut)


def _comment(name: str, text: str) -> bytes:
    return (_COMMENTS[name] % text).encode() if name in _COMMENTS else b""


def _write_table(
    results: ox.QuerySolutions | ox.QueryBoolean, form: formats.Format, longest: int, most: int | None
) -> Written:
    output = tables.Buffer(form.name, longest, most)
    stopped = False
    try:
        results.serialize(output, format=form.engine)  # type: ignore[arg-type]  # results format
    except tables.Enough:
        stopped = True
    body = output.getvalue()
    if isinstance(results, ox.QueryBoolean):
        return Written(body, form.name, "ask", (), 1, truncated=False)
    columns = tuple(variable.value for variable in results.variables)
    found = tables.count(body, form.name)
    if most is not None and (stopped or found > most):
        short = tables.marked(tables.cut(body, form.name, most), form.name, most, len(columns))
        return Written(short, form.name, "select", columns, most, truncated=True)
    return Written(body, form.name, "select", columns, found, truncated=False)


def _write_graph(results: ox.QueryTriples, form: formats.Format, longest: int, most: int | None) -> Written:
    triples = _steady(results if most is None else itertools.islice(results, most + 1))
    truncated = most is not None and len(triples) > most
    triples = triples[:most]
    body = formats.write_graph(triples, form)
    if truncated:
        body += _comment(form.name, f"truncated after {most} triples")
    if len(body) > longest:
        raise AnswerTooLarge(longest // 2**20)
    return Written(body, form.name, "graph", (), len(triples), truncated)


def _steady(results: Iterable[ox.Triple]) -> list[ox.Triple]:
    """
    Return each triple once, with blank nodes named in the order they come.

    The engine gives the blank nodes of a CONSTRUCT template other names each time, and the same
    query has to give the same bytes.
    """
    triples = list(dict.fromkeys(results))
    names = _Names()
    plain = (ox.NamedNode, ox.Literal)
    return [
        triple
        if isinstance(triple.object, plain) and isinstance(triple.subject, ox.NamedNode)
        else names.of_triple(triple)
        for triple in triples
    ]


def _named_steadily(results: ox.QuerySolutions) -> ox.QuerySolutions:
    """Return a table with blank nodes named in the order they come, as BNODE() names them by chance."""
    columns = tuple(variable.value for variable in results.variables)
    names = _Names()
    rows = tuple(
        tuple(None if row[name] is None else names.of(row[name]) for name in columns) for row in results
    )
    plain = formats.write_table(Table(columns, rows), formats.RESULTS[0])
    again = ox.parse_query_results(plain, format=ox.QueryResultsFormat.JSON)
    assert isinstance(again, ox.QuerySolutions)  # noqa: S101 - a table comes back as one
    return again


class _Names:
    """Names for blank nodes, in the order they come."""

    def __init__(self) -> None:
        self._names: dict[ox.BlankNode, ox.BlankNode] = {}

    def of(self, term: Term) -> Term:
        """Return a term with its blank nodes renamed."""
        if isinstance(term, ox.BlankNode):
            return self._names.setdefault(term, ox.BlankNode(f"b{len(self._names)}"))
        return self.of_triple(term) if isinstance(term, ox.Triple) else term

    def of_triple(self, triple: ox.Triple) -> ox.Triple:
        """Return a triple with its blank nodes renamed."""
        parts: tuple[Any, ...] = (self.of(triple.subject), triple.predicate, self.of(triple.object))
        return ox.Triple(*parts)


def _start(
    store: ox.Store,
    text: str,
    default_graphs: Sequence[str] | None = None,
    named_graphs: Sequence[str] | None = None,
) -> Results:
    given = default_graphs is not None or named_graphs is not None
    default, named = _graphs(default_graphs), _graphs(named_graphs)
    try:
        results = store.query(
            text,
            base_iri=BASE,
            default_graph=default if given else None,
            named_graphs=named if given else None,
        )
    except SyntaxError as error:
        raise _no_query(error, text) from error
    except (RuntimeError, ValueError, OSError) as error:
        raise QueryError(str(error)) from error
    for address in (*(each.value for each in (*default, *named)), *gate.sources(text)):
        if gate.is_local(address) and not _has_graph(store, address):
            raise QueryRefused(f"<{address}> names no graph of this dataset, and nothing is fetched for FROM")
    return results


def _graphs(addresses: Sequence[str] | None) -> list[Any]:
    try:
        return [ox.NamedNode(each) for each in addresses or ()]
    except ValueError as error:
        raise QueryError(f"a graph has to be named by an absolute IRI: {error}") from error


def _has_graph(store: ox.Store, address: str) -> bool:
    try:
        return store.contains_named_graph(ox.NamedNode(address))
    except ValueError:
        return False


def _no_query(error: SyntaxError, text: str) -> QueryError:
    if gate.is_update(text):
        return QueryError(f"{gate.form(text)} is an update; this is the query service, which only reads")
    return syntax_error(error, text)
