"""
The SPARQL endpoint for programs, without a framework.

A request is answered in three steps: `begin` tells what is known already or what has to be run,
somebody runs it, `end` makes the reply of what came of it. Between the steps lies all that takes
long, so threads and an event loop share everything but the waiting.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anshan_kg import __version__, formats
from anshan_kg.web import cancel, conditional, observe
from anshan_kg.web.cache import AnswerCache, is_volatile
from anshan_kg.web.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from anshan_kg.execution import Outcome, Runner
    from anshan_kg.web.protocol import Asked

_MOST_ON_A_PAGE = 4
"""Megabytes of an answer that is shown as a page; what is larger is for downloading."""
_FOR_PAGES = formats.Choice(formats.RESULTS[0], formats.GRAPHS[0], page=True)
CONTENT_TYPES = {
    form.name: f"{form.media_type}; charset=utf-8" if form.media_type.startswith("text/") else form.media_type
    for form in (*formats.RESULTS, *formats.GRAPHS)
}


@dataclass(slots=True)
class Question:
    """
    A query on its way to its answer.

    Attributes:
        asked: What the request asks.
        text: The query.
        choice: The formats it is answered in.
        volatile: Whether its answer may be another one the next time.
        version: Which data a kept answer would be of; "" where none may be kept.
        name: Under which it is cancelled.
        entry: What the log will say.
        began: When, by `time.perf_counter`.
        wanted: The tags of answers that the client has.
        kept: Its answer, where that is known already.
        failed: What it ended with, where it ran and has no answer.
        gone: Whether the client has gone.
    """

    asked: Asked
    text: str
    choice: formats.Choice
    volatile: bool
    version: str
    name: str
    entry: dict[str, Any]
    began: float
    wanted: str
    kept: Outcome | None
    gone: Callable[[], bool] | None
    failed: Exception | None = None


class Endpoint:
    """
    What a request for a query comes to.

    Args:
        runner: What runs the queries.
        cache: Keeps answers.
        rows: Rows an answer may have; 0 for any number.
    """

    def __init__(self, runner: Runner, cache: AnswerCache[Outcome], rows: int = 0) -> None:
        self._runner, self._cache, self._rows = runner, cache, rows or None

    def begin(self, asked: Asked, text: str, environ: dict[str, Any]) -> Reply | Question:
        """
        Return what is to be run, or the reply where the client has the answer.

        Args:
            asked: What the request asks.
            text: The query in it.
            environ: The request, by WSGI.

        Raises:
            BadRequest: the client chose an id that is none.
        """
        choice = _FOR_PAGES if asked.choice.page else asked.choice
        volatile = is_volatile(text)
        version = "" if volatile else self._runner.version
        wanted = conditional.wanted(environ)
        if wanted and version and not choice.page:
            tags = {
                self._tag(asked, text, form, version)
                for form in (choice.results, choice.graphs)
                if form is not None
            }
            if known := conditional.match(wanted, tags):
                return _not_modified(known, version)
        began = time.perf_counter()
        name = cancel.name_of_query(environ)
        return Question(
            asked, text, choice, volatile, version, name,
            entry=observe.entry(text, environ, name),
            began=began,
            wanted=wanted,
            kept=self._cache.get(_key(asked, choice), version) if version else None,
            gone=environ.get(cancel.GONE),
        )  # fmt: skip

    def options(self, question: Question) -> dict[str, Any]:
        """Return how a question is to be run: the arguments of `Runner.run` beside the text."""
        asked, choice = question.asked, question.choice
        return {
            "results": choice.results,
            "graphs": choice.graphs,
            "seconds": asked.seconds,
            "megabytes": _MOST_ON_A_PAGE if choice.page else None,
            "rows": self._rows,
            "default_graphs": asked.default_graphs,
            "named_graphs": asked.named_graphs,
            "client": question.entry["client"],
            "name": question.name,
            "gone": question.gone,
        }

    def end(self, question: Question, outcome: Outcome) -> Reply:
        """Return the reply for programs that an outcome is."""
        asked, said = question.asked, self.told(question, outcome)
        if question.volatile or not outcome.version:
            lasting: tuple[tuple[str, str], ...] = (("Vary", "Accept"), ("Cache-Control", conditional.NEVER))
        else:
            known = self._tag(asked, question.text, outcome.format, outcome.version)
            if question.wanted.strip() == "*":
                return _not_modified(known, outcome.version)
            lasting = (
                ("Vary", "Accept"), ("Cache-Control", conditional.REVALIDATE), ("ETag", f'"{known}"'),
            )  # fmt: skip
        kind = CONTENT_TYPES[outcome.format.name]
        return Reply(200, (("Content-Type", kind), *lasting, *said), outcome.body)

    def told(self, question: Question, outcome: Outcome) -> list[tuple[str, str]]:
        """Keep an outcome, note it for the log, and return the headers that tell of it."""
        if question.version and outcome.version and outcome is not question.kept:
            self._cache.put(_key(question.asked, question.choice), question.text, outcome)
        question.entry["rows"] = outcome.rows
        took = round((time.perf_counter() - question.began) * 1000, 2)
        timing = f"query;dur={took}" if question.kept is None else f"cache;desc=hit, query;dur={took}"
        said = [("Server-Timing", timing), (cancel.HEADER, question.name)]
        if outcome.version:
            said.append(("X-Dataset-Version", outcome.version))
        if outcome.rows is not None:
            said += [("X-Rows", str(outcome.rows)), ("X-Truncated", "true" if outcome.truncated else "false")]
        if outcome.truncated:
            question.entry["outcome"] = "truncated"
            said.append(("Anshan-Kg-Truncated", f"rows={outcome.rows}"))
        return said

    def _tag(self, asked: Asked, text: str, form: formats.Format, version: str) -> str:
        named = asked.default_graphs, asked.named_graphs
        return conditional.tag(__version__, version, text, named, form.name, self._rows)


def _key(asked: Asked, choice: formats.Choice) -> tuple[Any, ...]:
    return asked.text, choice, asked.default_graphs, asked.named_graphs


def _not_modified(known: str, version: str) -> Reply:
    return Reply(
        304,
        (
            ("Vary", "Accept"),
            ("Cache-Control", conditional.REVALIDATE),
            ("X-Dataset-Version", version),
            ("ETag", f'"{known}"'),
        ),
    )
