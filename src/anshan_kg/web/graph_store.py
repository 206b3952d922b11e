"""
Graphs as documents: SPARQL 1.1 Graph Store HTTP Protocol, https://www.w3.org/TR/sparql11-http-rdf-update/.

A graph is named by ?graph= or ?default, or is the address itself where that lies below /data/.
Without either, all of the dataset is meant, in a format that names graphs.
"""

from __future__ import annotations

import uuid
from email.parser import BytesParser
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pyoxigraph as ox
from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, NotAcceptable, RequestEntityTooLarge, UnsupportedMediaType

from anshan_kg import __version__, formats
from anshan_kg.errors import UnknownName
from anshan_kg.web import conditional
from anshan_kg.web.access import VERSION, written
from anshan_kg.web.protocol import UTF8

if TYPE_CHECKING:
    from anshan_kg.execution import Outcome, Runner
    from anshan_kg.web.access import Access

_METHODS = ["GET", "PUT", "POST", "DELETE"]
_WRITING = {"PUT", "POST", "DELETE"}
_DATASETS = tuple(formats.by_name(name) for name in ("nq", "trig"))
_WITH_GRAPHS = {form.media_type for form in _DATASETS}
_MULTIPART = "multipart/form-data"
_CREATED, _NO_CONTENT = 201, 204

Documents = list[tuple[bytes, str]]


def blueprint(runner: Runner, access: Access, rows: int = 0) -> Blueprint:
    """
    Return the routes of the graph store: /data, and what lies below it.

    Args:
        runner: What reads.
        access: What writes.
        rows: Triples that may be read at once; 0 for any number.
    """
    routes = Blueprint("graph_store", __name__)
    store = _GraphStore(runner, access, rows or None)

    @routes.route("/data", methods=_METHODS)
    def indirectly() -> Response:
        if request.method in _WRITING:
            access.enter()  # who may not write is told that before anything else
        return store.answer(_named_graph())

    @routes.route("/data/<path:name>", methods=_METHODS)
    def directly(name: str) -> Response:
        del name  # the address is the name of the graph, whole
        if request.method in _WRITING:
            access.enter()
        return store.answer(_Target(_iri(request.base_url)))

    return routes


class _Target:
    """Which graph is meant: one of a name, the default one, or all."""

    def __init__(self, graph: str | None, *, everything: bool = False) -> None:
        self.graph, self.everything = graph, everything

    @property
    def base(self) -> str:
        """What relative addresses in a document are relative to."""
        return self.graph or request.base_url


class _GraphStore:
    """The four methods; see `blueprint`."""

    def __init__(self, runner: Runner, access: Access, rows: int | None) -> None:
        self._runner, self._access, self._rows = runner, access, rows

    def answer(self, target: _Target) -> Response:
        methods = {"PUT": self._put, "POST": self._post, "DELETE": self._delete}
        return methods.get(request.method, self._get)(target)

    def _get(self, target: _Target) -> Response:
        form = _wanted(_DATASETS if target.everything else formats.GRAPHS)
        version = self._runner.version
        if target.everything:
            outcome = self._runner.dump(form, rows=self._rows, client=request.remote_addr or "")
            body = self._whole(outcome).body
        else:
            node = "" if target.graph is None else str(ox.NamedNode(target.graph))
            pattern = f"GRAPH {node} {{ ?s ?p ?o }}" if node else "?s ?p ?o"
            outcome = self._run(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}", None, form)
            if not outcome.rows and node and not self._exists(node):
                raise UnknownName("graph", target.graph or "")
            body = outcome.body
        kind = form.media_type
        response = Response(body, content_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        response.headers["Vary"] = "Accept"
        if version:
            response.headers[VERSION] = version
            known = conditional.tag(__version__, version, target.graph, target.everything, form.name)
            return conditional.guarded(response, known)
        return response

    def _put(self, target: _Target) -> Response:
        writer, who = self._access.enter("admin" if target.everything else "update")
        documents = _documents(everything=target.everything)
        done = writer.send(
            target.graph, documents, replace=True, base=target.base, whole=target.everything, who=who
        )
        return written(done, _CREATED if done.created else _NO_CONTENT, request.url if done.created else "")

    def _post(self, target: _Target) -> Response:
        writer, who = self._access.enter()
        whole = target.everything and request.mimetype in _WITH_GRAPHS
        documents = _documents(everything=whole)
        if target.everything and not whole:  # section 5.5: a new graph, of a name of ours
            target = _Target(f"{request.base_url.rstrip('/')}/{uuid.uuid4()}")
            done = writer.send(target.graph, documents, replace=False, base=target.base, who=who)
            return written(done, _CREATED, target.base)
        done = writer.send(target.graph, documents, replace=False, base=target.base, whole=whole, who=who)
        return written(done, _CREATED if done.created else _NO_CONTENT, request.url if done.created else "")

    def _delete(self, target: _Target) -> Response:
        writer, who = self._access.enter("admin" if target.everything else "update")
        return written(writer.delete(target.graph, whole=target.everything, who=who), _NO_CONTENT)

    def _run(self, text: str, results: formats.Format | None, graphs: formats.Format | None) -> Outcome:
        client = request.remote_addr or ""
        return self._whole(self._runner.run(text, results, graphs, rows=self._rows, client=client))

    @staticmethod
    def _whole(outcome: Outcome) -> Outcome:
        if outcome.truncated:  # half a graph, sent back, would take the other half away
            raise RequestEntityTooLarge(
                f"this has more than {outcome.rows} triples, which is the most an answer may have; "
                "query a part of it, or download a dump"
            )
        return outcome

    def _exists(self, node: str) -> bool:
        return b"true" in self._run(f"ASK {{ GRAPH {node} {{}} }}", formats.RESULTS[0], None).body


def _named_graph() -> _Target:
    """
    Return which graph the parameters name; section 4.2.

    Raises:
        BadRequest: they name two, or none that could be one.
    """
    default, named = "default" in request.args, request.args.getlist("graph")
    if any(request.args.getlist("default")):
        raise BadRequest("?default takes no value")
    if default and named:
        raise BadRequest("?default and ?graph= exclude each other")
    if len(named) > 1:
        raise BadRequest(f"?graph= is given {len(named)} times; give it once")
    if default or not named:
        return _Target(None, everything=not default)
    if not named[0]:
        raise BadRequest("?graph= names no graph")
    return _Target(_iri(named[0]))


def _iri(reference: str) -> str:
    """
    Return the IRI that a reference means in this request.

    Raises:
        BadRequest: it means none.
    """
    try:
        return ox.NamedNode(urljoin(request.base_url, reference)).value
    except ValueError as error:
        raise BadRequest(f"{reference!r} is no IRI, so no graph can have it as its name") from error


def _wanted(offered: tuple[formats.Format, ...]) -> formats.Format:
    name = request.args.get("format")
    if name is not None:
        return formats.by_name(name, offered)
    form = formats.negotiate(request.headers.get("Accept"), offered)
    if form is None:
        raise NotAcceptable(f"this comes as one of: {', '.join(each.media_type for each in offered)}")
    return form


def _documents(*, everything: bool) -> Documents:
    """
    Return what is sent: bytes and media type of each document.

    Raises:
        UnsupportedMediaType: a document is in no format of RDF, or in none that fits.
        BadRequest: the parts of the body cannot be told apart.
    """
    data = request.get_data()
    if request.mimetype == _MULTIPART:
        return [document for document in _parts(data) if document]
    if not data and not request.mimetype:
        return []
    return [(data, _checked(request.mimetype, request.mimetype_params.get("charset"), everything=everything))]


def _parts(data: bytes) -> Documents:
    message = BytesParser().parsebytes(
        b"Content-Type: " + request.headers["Content-Type"].encode("latin-1") + b"\r\n\r\n" + data
    )
    if not message.is_multipart() or not message.get_payload():
        raise BadRequest("the body has no parts; does Content-Type name their boundary?")
    found: Documents = []
    for part in message.get_payload():
        if isinstance(part, str):
            raise BadRequest("a part of the body cannot be read")
        content = part.get_payload(decode=True)
        given = part.get("Content-Type")
        kind = part.get_content_type() if given else _by_ending(part.get_filename() or "")
        charset = part.get_content_charset() if given else None
        if not isinstance(content, bytes):
            raise BadRequest("a part of the body has parts of its own")
        found.append((content, _checked(kind, charset, everything=False)))
    return found


def _by_ending(name: str) -> str:
    known = ox.RdfFormat.from_extension(name.rpartition(".")[2].lower()) if name else ox.RdfFormat.TURTLE
    return "" if known is None else known.media_type


def _checked(kind: str, charset: str | None, *, everything: bool) -> str:
    """Return a media type that RDF comes in."""
    form = ox.RdfFormat.from_media_type(kind) if kind else None
    if form is None:
        known = ", ".join(each.media_type for each in formats.GRAPHS)
        raise UnsupportedMediaType(f"send RDF as one of: {known}; not as {kind or 'nothing'}")
    if everything and not form.supports_datasets:
        raise UnsupportedMediaType(
            f"{kind} names no graphs; name one by ?graph= or ?default, or send "
            f"{' or '.join(each.media_type for each in _DATASETS)} to replace the whole dataset"
        )
    if charset is not None and charset.lower() not in UTF8:
        raise UnsupportedMediaType(f"the body is in {charset}; send it in UTF-8")
    return kind
