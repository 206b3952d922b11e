"""
What a query came to: one line in the log and a count in the metrics, for each.

A view that takes a query calls `started`; what runs it is wrapped by `watched`, and `problems`
leaves the error in `g.failure`. When the response is ready, all is known.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import sys
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import prometheus_client
import structlog
from flask import g, has_request_context, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from anshan_kg import __version__
from anshan_kg.errors import (
    AnswerTooLarge,
    NotAcceptable,
    Overloaded,
    ParameterError,
    QueryCancelled,
    QueryError,
    QueryMemory,
    QueryRefused,
    QueryTimeout,
    StoreError,
    Throttled,
    UserError,
    WorkerError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask, Response
    from prometheus_client.metrics_core import Metric

    from anshan_kg.config import Config
    from anshan_kg.execution import Outcome, Runner

OUTCOMES: tuple[tuple[type[Exception], str], ...] = (
    (QueryError, "syntax"),
    (QueryRefused, "refused"),
    (NotAcceptable, "not_acceptable"),
    (UserError, "bad_request"),
    (QueryTimeout, "timeout"),
    (QueryMemory, "memory"),
    (AnswerTooLarge, "too_large"),
    (Throttled, "throttled"),
    (QueryCancelled, "cancelled"),
    (Overloaded, "overloaded"),
    (WorkerError, "worker_died"),
    (StoreError, "store_failed"),
)
"""What a failure is called in log and metrics; the first class that fits counts."""

_BY_STATUS = {200: "ok", 304: "not_modified", 406: "not_acceptable", 503: "overloaded"}
_BAD_REQUEST, _FAULT = 400, 500

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_LONGEST = 10_000
"""Characters of a query that the log keeps, where it keeps any."""

_SHARED = "PROMETHEUS_MULTIPROC_DIR"


def started(text: str) -> None:
    """Note that this request asks a query; what comes of it is written when it is answered."""
    note(entry(text, request.environ, secrets.token_hex(8)), text, time.perf_counter())


def note(of_query: dict[str, Any], text: str, began: float) -> None:
    """Do as `started`, with an entry that is there."""
    g.query, g.query_text, g.query_began = of_query, text, began


def entry(text: str, environ: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what is known of a query when it arrives."""
    return {
        "id": name,
        "hash": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16],
        "client": environ.get("REMOTE_ADDR", ""),
    }


class Watched:
    """A runner that notes rows, time and cuts of what it runs for a request; else the runner it wraps."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def run(self, text: str, *arguments: Any, **options: Any) -> Outcome:  # noqa: ANN401 - as wrapped
        """Return the answer to a query; see `Runner.run`."""
        outcome = self._runner.run(text, *arguments, **options)
        if has_request_context() and "query" in g:
            g.query["rows"] = outcome.rows
            if outcome.truncated:
                g.query.setdefault("outcome", "truncated")
        return outcome

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """Return whatever else the runner has."""
        return getattr(self._runner, name)


def watched(runner: Runner) -> Runner:
    """Return a runner that notes what becomes of queries."""
    return cast("Runner", Watched(runner))


class Metrics:
    """The numbers of one service, for Prometheus."""

    def __init__(self, runner: Runner, version: Callable[[], str]) -> None:
        self._runner, self._version = runner, version
        self._shared = os.environ.get(_SHARED)
        self.registry = CollectorRegistry()
        self.queries = Counter(
            "anshan_kg_queries", "Queries by what came of them.", ["outcome"], registry=self.registry
        )
        self.seconds = Histogram(
            "anshan_kg_query_seconds",
            "Time from taking a query to having its answer.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.bytes = Counter("anshan_kg_answer_bytes", "Bytes of answers to queries.", registry=self.registry)
        self.requests = Counter(
            "anshan_kg_requests",
            "Requests by method and status.",
            ["method", "status"],
            registry=self.registry,
        )
        self.web = Gauge(
            "anshan_kg_web_processes",
            "Web processes that answer.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.web.set(1)
        for outcome in ("ok", "syntax", "refused", "timeout", "memory", "overloaded"):
            self.queries.labels(outcome)  # so that a rate is 0 and not absent before the first

    def text(self) -> bytes:
        """Return the numbers in the text format of Prometheus."""
        shown = CollectorRegistry()
        if self._shared:
            MultiProcessCollector(shown, path=self._shared)  # type: ignore[no-untyped-call]
        else:
            shown.register(cast("Any", self.registry))
        shown.register(cast("Any", self))
        prometheus_client.ProcessCollector(registry=shown)
        prometheus_client.GCCollector(registry=shown)
        return prometheus_client.generate_latest(shown)

    def collect(self) -> Iterator[Metric]:
        """Yield what the query workers say of themselves, and what is served."""
        build = GaugeMetricFamily(
            "anshan_kg_build", "Versions of software and dataset.", labels=["software", "dataset"]
        )
        build.add_metric([__version__, self._version()], 1)
        yield build
        said = statistics(self._runner)
        if said is None:
            return
        for name, help_ in _GAUGES.items():
            if name in said:
                yield GaugeMetricFamily(f"anshan_kg_query_{name}", help_, value=said[name])
        killed = CounterMetricFamily(
            "anshan_kg_query_workers_killed", "Query workers killed and replaced.", labels=["reason"]
        )
        for reason, number in sorted(said.get("killed", {}).items()):
            killed.add_metric([reason], number)
        yield killed


_GAUGES = {
    "workers": "Queries that can run at the same time.",
    "busy": "Queries that run now.",
    "queued": "Queries that wait for a worker.",
    "idle": "Processes that are ready for a query.",
}


def statistics(runner: Runner) -> dict[str, Any] | None:
    """Return what the query workers say of themselves; None where there are none."""
    asked = getattr(runner, "statistics", None)
    return asked() if asked else None


class Book:
    """
    Where requests and queries are counted and written down, whoever answers them.

    Args:
        config: Says what a line holds.
        metrics: The counts.

    Raises:
        ParameterError: there is no such level or format of a log.
    """

    def __init__(self, config: Config, metrics: Metrics) -> None:
        self.log = logger(config)
        self._metrics = metrics
        self._written = _LEVELS[config.log_level] <= logging.INFO
        self._render = _line_of(config.log_format)
        self._texts = config.log_queries

    def request(self, method: str, status: int) -> None:
        """Count a request that is answered."""
        _child(self._metrics.requests, (method, str(status))).inc()

    def query(self, known: dict[str, Any], text: str, seconds: float) -> None:
        """
        Count a query that is answered, and write its line.

        Args:
            known: What is known of it, by `_FIELDS`.
            text: The query.
            seconds: How long it took.
        """
        metrics = self._metrics
        _child(metrics.queries, (known["outcome"],)).inc()
        metrics.seconds.observe(seconds)
        metrics.bytes.inc(known["bytes"] or 0)
        if self._written:
            line = {name: known.get(name) for name in _FIELDS}
            if self._texts:
                line["query"] = text[:_LONGEST]
            _write(self._render(line))


@lru_cache(maxsize=1024)
def _child(counter: Counter, labels: tuple[str, ...]) -> Counter:
    return counter.labels(*labels)


def register(app: Flask, book: Book) -> None:
    """Write a line and count, for each query that is answered; faults go to the same log."""
    app.logger.handlers = [_Faults(book.log)]
    app.logger.setLevel(logging.WARNING)

    @app.after_request
    def told(response: Response) -> Response:
        book.request(request.method, response.status_code)
        if "query" not in g:
            return response
        entry = _entry(response)
        if "query_began" not in g:  # the view measured it
            seconds = float(entry.get("ms") or 0) / 1000
        else:
            seconds = time.perf_counter() - g.query_began
            entry.setdefault("ms", round(seconds * 1000, 2))
        book.query(entry, g.get("query_text", ""), seconds)
        return response


_FIELDS = ("id", "hash", "ms", "rows", "bytes", "outcome", "client")


def _entry(response: Response) -> dict[str, Any]:
    """Return what is known of the request's query, with bytes and outcome."""
    entry = dict(g.query)
    if entry.get("bytes") is None:
        entry["bytes"] = response.calculate_content_length() or response.content_length
    failure = g.get("failure")
    if failure is not None:
        entry["outcome"] = outcome_of(failure)
    elif not entry.get("outcome"):
        entry["outcome"] = of_status(response.status_code)
    return entry


def outcome_of(error: Exception) -> str:
    """Return what a failure is called in log and metrics."""
    return next((word for kind, word in OUTCOMES if isinstance(error, kind)), "error")


def of_status(status: int) -> str:
    """Return what an answer with a status is called in log and metrics."""
    return _BY_STATUS.get(status) or (
        "ok" if status < _BAD_REQUEST else "bad_request" if status < _FAULT else "error"
    )


def logger(config: Config) -> structlog.typing.FilteringBoundLogger:
    """
    Return the log of a service: lines on standard error.

    Raises:
        ParameterError: there is no such level or format.
    """
    if config.log_level not in _LEVELS:
        raise ParameterError(f"log_level is {config.log_level!r}; it can be {', '.join(_LEVELS)}")
    if config.log_format not in _RENDERERS:
        raise ParameterError(f"log_format is {config.log_format!r}; it can be {' or '.join(_RENDERERS)}")
    return cast(
        "structlog.typing.FilteringBoundLogger",
        structlog.wrap_logger(
            _StandardError(),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
                _RENDERERS[config.log_format],
            ],
            wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[config.log_level]),
            context_class=dict,
        ),
    )


class _StandardError:
    """Writes whole lines to whatever standard error is now; a line is one write."""

    def msg(self, message: str) -> None:
        _write(message)

    debug = info = warning = error = msg


def _write(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


_RENDERERS: dict[str, structlog.typing.Processor] = {
    "json": structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    "text": structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
}
_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


def _line_of(log_format: str) -> Callable[[dict[str, Any]], str]:
    """
    Return what makes the line of a query, as the log's own processors would in several times the time.

    The line is the same to the byte; a test compares them.
    """
    renderer = _RENDERERS[log_format]

    def line(fields: dict[str, Any]) -> str:
        now = datetime.now(UTC).replace(tzinfo=None).isoformat()
        fields |= {"event": "query", "level": "info", "timestamp": f"{now}Z"}
        return _encode(fields) if log_format == "json" else str(renderer(None, "info", fields))

    return line


class _Faults(logging.Handler):
    """Brings what the web framework logs into our log."""

    def __init__(self, log: structlog.typing.FilteringBoundLogger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.error("fault", message=record.getMessage(), exc_info=record.exc_info or None)
