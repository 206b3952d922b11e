"""
Named questions as a service answers them: where strangers' queries run, and kept by version.

What a question costs depends on its parameters, which anybody chooses. So it has the same deadline,
memory, turn and budget as a query of a stranger's, and no page waits for the interpreter meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flask import has_request_context, request

from anshan_kg import formats
from anshan_kg.errors import ParameterError
from anshan_kg.model import Table
from anshan_kg.web import cancel
from anshan_kg.web.cache import is_volatile

if TYPE_CHECKING:
    from anshan_kg.execution import Outcome, Runner
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.web.cache import AnswerCache


class Asking:
    """
    The graph whose named questions a runner answers; else the graph it wraps.

    Args:
        kg: The graph.
        runner: What answers.
        cache: Keeps answers.
    """

    def __init__(self, kg: KnowledgeGraph, runner: Runner, cache: AnswerCache[Outcome]) -> None:
        self._kg, self._runner, self._cache = kg, runner, cache

    def ask(self, name: str, /, **given: Any) -> Table:  # noqa: ANN401 - as wrapped
        """
        Return the answer to a named question; see `KnowledgeGraph.ask`.

        Raises:
            LimitError, WorkerError: see `QueryPool.run`.
        """
        text = self._kg.question(name, **given)
        version = "" if is_volatile(text) else self._runner.version
        key = ("question", text)
        outcome = self._cache.get(key, version) if version else None
        if outcome is None:
            client, gone = _client()
            outcome = self._runner.run(text, formats.RESULTS[0], None, client=client, gone=gone)
            if version and outcome.version:
                self._cache.put(key, text, outcome)
        answer = formats.read_table(outcome.body)
        if not isinstance(answer, Table):
            raise ParameterError("this question does not give a table")
        return answer

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """Return whatever else the graph has."""
        return getattr(self._kg, name)


def asking(kg: KnowledgeGraph, runner: Runner, cache: AnswerCache[Outcome]) -> KnowledgeGraph:
    """Return a graph whose named questions a runner answers; see `Asking`."""
    return cast("KnowledgeGraph", Asking(kg, runner, cache))


def _client() -> tuple[str, Any]:
    """Return who asks, and what tells whether they have gone."""
    if not has_request_context():
        return "", None
    return request.remote_addr or "", request.environ.get(cancel.GONE)
