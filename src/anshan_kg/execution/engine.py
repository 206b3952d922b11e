"""A query to an answer, in this process."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pyoxigraph as ox

from anshan_kg import formats
from anshan_kg.errors import AnswerTooLarge, NotAcceptable, QueryError
from anshan_kg.execution import tables
from anshan_kg.model import Answer, Graph, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anshan_kg.model import Term

_PLACE = re.compile(r"error at (\d+):(\d+): ?(.*)")
_LONGEST_REASON = 200
_CONTEXT = 20

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
    """
    results = _start(store, text)
    try:
        if isinstance(results, ox.QueryBoolean):
            return bool(results)
        if isinstance(results, ox.QueryTriples):
            return Graph(frozenset(_steady(results)))
        columns = tuple(variable.value for variable in results.variables)
        return Table(columns, tuple(tuple(row[name] for name in columns) for row in results))
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
        ox.Store().query(text)
    except SyntaxError as error:
        raise _syntax_error(error, text) from error
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
        return _write_table(results, chosen, longest, rows)
    except (OSError, RuntimeError) as error:
        raise QueryError(f"the query failed while it ran: {error}") from error


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
        return Written(tables.cut(body, form.name, most), form.name, "select", columns, most, truncated=True)
    return Written(body, form.name, "select", columns, found, truncated=False)


def _write_graph(results: ox.QueryTriples, form: formats.Format, longest: int, most: int | None) -> Written:
    triples = _steady(results if most is None else itertools.islice(results, most + 1))
    truncated = most is not None and len(triples) > most
    triples = triples[:most]
    body = formats.write_graph(triples, form)
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
    names: dict[ox.BlankNode, ox.BlankNode] = {}

    def named(term: Term) -> Term:
        if isinstance(term, ox.BlankNode):
            return names.setdefault(term, ox.BlankNode(f"b{len(names)}"))
        if isinstance(term, ox.Triple):
            return renamed(term)
        return term

    def renamed(triple: ox.Triple) -> ox.Triple:
        parts: tuple[Any, ...] = (named(triple.subject), triple.predicate, named(triple.object))
        return ox.Triple(*parts)

    plain = (ox.NamedNode, ox.Literal)
    return [
        triple
        if isinstance(triple.object, plain) and isinstance(triple.subject, ox.NamedNode)
        else renamed(triple)
        for triple in triples
    ]


def _start(
    store: ox.Store,
    text: str,
    default_graphs: Sequence[str] | None = None,
    named_graphs: Sequence[str] | None = None,
) -> Results:
    given = default_graphs is not None or named_graphs is not None
    try:
        return store.query(
            text,
            default_graph=[ox.NamedNode(each) for each in default_graphs or ()] if given else None,
            named_graphs=[ox.NamedNode(each) for each in named_graphs or ()] if given else None,
        )
    except SyntaxError as error:
        raise _syntax_error(error, text) from error
    except (RuntimeError, ValueError, OSError) as error:
        raise QueryError(str(error)) from error


def _syntax_error(error: SyntaxError, text: str) -> QueryError:
    """Return the engine's syntax error with line, column, and what stands there."""
    found = _PLACE.search(str(error))
    if not found:
        return QueryError(f"not a SPARQL query: {str(error).splitlines()[0][:_LONGEST_REASON]}")
    line, column = int(found[1]), int(found[2])
    lines = text.splitlines()
    here = lines[line - 1] if line <= len(lines) else ""
    # The engine tells how far it could read, which may be just past the fault.
    near = here[max(0, column - 1 - _CONTEXT) : column - 1 + _CONTEXT].strip()
    there = f"something is wrong near {near!r}" if near else "the query ends too early"
    reason = found[3].strip()
    if not reason.startswith("expected"):  # the engine's own words, where they are not its grammar
        there = reason[:_LONGEST_REASON]
    return QueryError(f"not a SPARQL query: {there}", line, column)
