"""A query to an answer, in this process."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from anshan_kg import formats
from anshan_kg.errors import AnswerTooLarge, NotAcceptable, QueryError
from anshan_kg.model import Answer, Graph, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLACE = re.compile(r"error at (\d+):(\d+): ?(.*)")
_LONGEST_REASON = 200
_CONTEXT = 20

Results = ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean


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
            return Graph(frozenset(results))
        columns = tuple(variable.value for variable in results.variables)
        return Table(columns, tuple(tuple(row[name] for name in columns) for row in results))
    except (OSError, RuntimeError) as error:
        raise QueryError(f"the query failed while it ran: {error}") from error


def write(
    store: ox.Store,
    text: str,
    result_format: formats.Format | None,
    graph_format: formats.Format | None,
    longest: int,
    default_graphs: Sequence[str] | None = None,
    named_graphs: Sequence[str] | None = None,
) -> tuple[bytes, str]:
    """
    Return the answer to a query as bytes, with the name of the format they are in.

    Args:
        store: What is queried.
        text: The query.
        result_format: For tables and truth values; None where the client takes none.
        graph_format: For triples; None where the client takes none.
        longest: Bytes the answer may have.
        default_graphs, named_graphs: The dataset of the protocol, which wins over FROM.

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
    output = _Bounded(longest)
    try:
        if isinstance(results, ox.QueryTriples):
            output.write(formats.write_graph(set(results), chosen))
        else:
            results.serialize(output, format=chosen.engine)  # type: ignore[arg-type]  # results format
    except (OSError, RuntimeError) as error:
        raise QueryError(f"the query failed while it ran: {error}") from error
    return output.getvalue(), chosen.name


class _Bounded(io.BytesIO):
    """A buffer that refuses to grow past a bound."""

    def __init__(self, longest: int) -> None:
        super().__init__()
        self._longest = longest

    def write(self, data: bytes) -> int:  # type: ignore[override]  # bytes are all that is written
        if self.tell() + len(data) > self._longest:
            raise AnswerTooLarge(self._longest // 2**20)
        return super().write(data)


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
