"""The web service: translates requests into calls of the facade, and answers into pages and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from anshan_kg import registry
from anshan_kg.execution import QueryPool
from anshan_kg.web import (
    access,
    answers,
    asking,
    assets,
    cancel,
    editor,
    exploring,
    geojson,
    graph_store,
    headers,
    judging,
    language,
    linked_data,
    observe,
    openapi,
    operations,
    pages,
    pictures,
    problems,
    proxy,
    reconcile,
    rest,
    soon,
    sparql,
    transport,
    update,
    validate,
    void,
)
from anshan_kg.web.cache import AnswerCache
from anshan_kg.web.endpoint import Endpoint

if TYPE_CHECKING:
    from anshan_kg.execution import Outcome, Runner
    from anshan_kg.execution.workers import Workers
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.writing import Writer
    from anshan_kg.writing.tokens import Doorkeeper

_ASKED_AT_ONCE = 2
"""Named questions that are answered at the same time, whatever fills the places for queries."""

_SHARE_OF_PAGES = 4
"""Pages that were made may take this part of what answers may take, beside it."""

_LONGEST_REQUEST = 16 * 2**20
"""Bytes of a request: the longest query, and three for each character where a form escapes them."""


def create_app(
    kg: KnowledgeGraph,
    runner: Runner,
    validator: Workers | None = None,
    writer: Writer | None = None,
    keeper: Doorkeeper | None = None,
) -> Flask:
    """
    Return the service as a WSGI application.

    Args:
        kg: The graph behind pages and look-ups; they ask only queries of our own.
        runner: What runs the queries of strangers, away from this process.
        validator: What validates what strangers send; None for no such service.
        writer: What changes the data; None where it cannot be changed.
        keeper: Who may change it.
    """
    app = Flask(__name__, static_folder="static", static_url_path="/static")
    app.config.update(MAX_CONTENT_LENGTH=_LONGEST_REQUEST, MAX_FORM_MEMORY_SIZE=_LONGEST_REQUEST)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Flask's provider has it
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    headers.register(app)
    assets.register(app)
    metrics = observe.Metrics(runner, lambda: operations.version(kg, runner))
    book = observe.Book(kg.config, metrics)
    observe.register(app, book)
    kept: AnswerCache[Outcome] = AnswerCache(kg.config.answer_cache * 2**20)
    endpoint = Endpoint(runner, kept, kg.config.max_rows)
    door = access.Access(kg.config, writer, keeper)
    app.register_blueprint(sparql.blueprint(endpoint, runner, updates=lambda: door.open))
    app.register_blueprint(editor.blueprint(kg, runner))
    pool, runner = runner, observe.watched(runner)
    problems.register(app)
    language.register(app, kg)
    app.jinja_env.globals["readable"] = lambda table: answers.readable(table, language.chosen(), kg.names)
    transport.register(app)
    app.register_blueprint(update.blueprint(door))
    app.register_blueprint(graph_store.blueprint(runner, door, kg.config.max_rows))
    app.register_blueprint(judging.blueprint(kg, door))
    app.config["JUDGING"] = lambda: door.open and not kg.tree.packaged
    app.register_blueprint(validate.blueprint(validator))
    pools: list[Runner | Workers] = [runner, *([validator] if validator else [])]
    app.register_blueprint(cancel.blueprint(lambda name: any(pool.cancel(name) for pool in pools)))
    app.register_blueprint(linked_data.blueprint(kg))
    app.register_blueprint(geojson.blueprint(kg))
    questions = pool.beside(_ASKED_AT_ONCE, kg.config.queue) if isinstance(pool, QueryPool) else runner
    served = asking.asking(kg, questions, kept)
    app.register_blueprint(rest.blueprint(served))
    app.register_blueprint(pictures.blueprint(kg))
    app.register_blueprint(exploring.blueprint(served))
    app.register_blueprint(reconcile.blueprint(kg))
    app.register_blueprint(void.blueprint(kg, runner))
    app.register_blueprint(openapi.blueprint(app, writes=writer is not None))
    app.register_blueprint(operations.blueprint(kg, runner, metrics))
    made: AnswerCache[pages.Made] = AnswerCache(kg.config.answer_cache * 2**20 // _SHARE_OF_PAGES)
    app.jinja_env.globals["ways"] = pages.ways
    for name in registry.names(pages):
        pages.add(app, served, registry.load(pages, "page", name), made)
    arrange = proxy.register(app, base_path=kg.config.base_path or "", trusted=kg.config.trusted_proxies)
    if isinstance(pool, QueryPool):
        app.extensions[soon.NAME] = soon.Soon(endpoint, pool, book, arrange)
    return app
