"""The dataset described for programs, and the files that hold it: VoID, DCAT, dumps."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from base64 import b64encode
from dataclasses import dataclass
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, send_file
from werkzeug.exceptions import NotAcceptable

from anshan_kg import formats, locks, release
from anshan_kg.errors import DataError, UnknownName
from anshan_kg.web import operations, pages

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as Redirection

    from anshan_kg.execution import Runner
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.release import Dump, Partitions, Site

_KEPT = 3
"""Versions whose dumps are kept, so that a download survives a change."""

_FOREVER = "public, max-age=31536000, immutable"
_SHORTLY = "public, max-age=300"
_GZIP = "application/gzip"


@dataclass(frozen=True, slots=True)
class Edition:
    """
    One version of the dataset, as it is published.

    Attributes:
        version: Which.
        folder: Where its files lie.
        dumps: The files that hold it; none where the data lies in a store elsewhere.
        partitions: What is counted in it.
    """

    version: str
    folder: Path
    dumps: tuple[Dump, ...]
    partitions: Partitions


class Publication:
    """
    Makes the dumps and counts of each version once, when they are first asked for.

    Dumps are files, and are sent from the disk. They lie in the folder of the setting `cache`,
    where several processes share them, or in a temporary one where that cannot be written to.
    """

    def __init__(self, kg: KnowledgeGraph, runner: Runner) -> None:
        self._kg, self._runner = kg, runner
        self._made: Edition | None = None
        self._lock = threading.Lock()
        self._folder: Path | None = None

    def current(self) -> Edition:
        """
        Return what is published of the version that queries see.

        Raises:
            DataError: the dumps cannot be written.
        """
        version = operations.version(self._kg, self._runner)
        with self._lock:
            if self._made is None or self._made.version != version:
                with self._kg.standing_still() as still:
                    self._made = self._make(still)
            return self._made

    def file(self, version: str, name: str) -> tuple[Path, Dump | None]:
        """
        Return a file of a version that is still kept, and what it is of a dump.

        Raises:
            UnknownName: there is no such version or file any more.
        """
        edition = self.current()
        known = {dump.name: dump for dump in edition.dumps}
        names = [*known, release.SUMS] if known else []
        if name not in names:
            raise UnknownName("dump", name, names)
        if version == edition.version:
            return edition.folder / name, known.get(name)
        older = next((place for place in _editions(self._root()) if place.name == version), None)
        if older is None:
            raise UnknownName("version", version, [edition.version])
        found = {dump.name: dump for dump in release.read_dumps(older)}
        return older / name, found.get(name)

    def _root(self) -> Path:
        if self._folder is None and self._kg.config.cache:
            self._folder = _writable(Path(self._kg.config.cache) / "dumps")
        if self._folder is None:
            try:
                self._folder = Path(tempfile.mkdtemp(prefix="anshan-kg-dumps-"))
            except OSError as error:
                reason = "there is no folder for dumps; name one that can be written to with ANSHAN_KG_CACHE"
                raise DataError("dumps", reason) from error
            # Goes with this object or with this process, also with one that the web server forked off.
            Finalize(self, shutil.rmtree, (self._folder, True), exitpriority=0)
        return self._folder

    def _make(self, kg: KnowledgeGraph) -> Edition:
        version, partitions = kg.version, kg.partitions()
        if not kg.holds_data:
            return Edition(version, Path(), (), partitions)
        root = self._root()
        try:
            root.mkdir(parents=True, exist_ok=True)
            with (root / ".lock").open("w") as lock:
                locks.lock(lock.fileno())
                dumps = kg.dumps(root / version)
                (root / version).touch()
                _drop_old(root)
        except OSError as error:
            raise DataError(root, f"dumps cannot be written here: {error.strerror}") from error
        return Edition(version, root / version, dumps, partitions)


def _writable(folder: Path) -> Path | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def _drop_old(root: Path) -> None:
    """Remove all but the versions used last."""
    for place in sorted(_editions(root), key=lambda each: each.stat().st_mtime)[:-_KEPT]:
        shutil.rmtree(place, ignore_errors=True)


def _editions(root: Path) -> list[Path]:
    return [place for place in root.iterdir() if place.is_dir() and not place.name.startswith(".")]


def blueprint(kg: KnowledgeGraph, runner: Runner) -> Blueprint:
    """Return the routes /.well-known/void, /void.ttl and its like, and /dumps/..."""
    routes = Blueprint("void", __name__)
    published = Publication(kg, runner)

    @routes.route("/.well-known/void")
    def well_known() -> Response:
        form = formats.negotiate(request.headers.get("Accept"), formats.DOCUMENTS)
        if form is None:
            kinds = ", ".join(each.media_type for each in formats.DOCUMENTS)
            raise NotAcceptable(f"the description comes as one of: {kinds}")
        response = _described(published.current(), form)
        response.headers["Vary"] = "Accept"
        response.headers["Content-Location"] = f"{request.script_root}/void.{form.extension}"
        return response

    @routes.route("/void.<ending>")
    def described(ending: str) -> Response:
        return _described(published.current(), formats.by_name(ending, formats.DOCUMENTS))

    @routes.route("/dumps/")
    def index() -> Response:
        return _index(published.current())

    @routes.route("/dumps/<name>")
    def newest(name: str) -> Redirection:
        edition = published.current()
        published.file(edition.version, name)
        response = redirect(f"{request.script_root}/dumps/{edition.version}/{name}", 302)
        response.headers["Cache-Control"] = "no-cache"
        return response

    @routes.route("/dumps/<version>/<name>")
    def dump(version: str, name: str) -> Response:
        return _file(*published.file(version, name))

    return routes


def site(edition: Edition) -> Site:
    """Return this service as the description speaks of it: by the address it was asked at."""
    root = request.url_root.rstrip("/")
    return release.Site(
        root, lambda dump: f"{root}/dumps/{edition.version}/{dump.name}", f"{root}/.well-known/void"
    )


def _described(edition: Edition, form: formats.Format) -> Response:
    triples = release.describe(edition.version, edition.partitions, edition.dumps, site(edition))
    body = release.turtle(triples) if form.name == "ttl" else formats.write_graph(triples, form)
    response = Response(body, content_type=form.media_type)
    response.headers["Cache-Control"] = _SHORTLY
    response.add_etag()
    response.make_conditional(request)
    return response


def _index(edition: Edition) -> Response:
    offered = ["text/html", "application/json"]
    if request.accept_mimetypes.best_match(offered, "text/html") == "text/html":
        body = render_template(
            "dumps.html", edition=edition, licence=release.LICENCE.value, sums=release.SUMS
        )
        return pages.secured(make_response(body))
    about = site(edition)
    dumps = [
        {
            "name": dump.name, "address": about.dump(dump), "mediaType": dump.media_type, "bytes": dump.size,
            "sha256": dump.sha256, "holds": dict(dump.holds),
        }
        for dump in edition.dumps
    ]  # fmt: skip
    response = jsonify({"version": edition.version, "licence": release.LICENCE.value, "dumps": dumps})
    response.headers["Vary"] = "Accept"
    return response


def _file(path: Path, dump: Dump | None) -> Response:
    """Return a file from the disk, whole or in ranges (RFC 9110, section 14)."""
    if dump is None:
        return send_file(path, mimetype="text/plain", max_age=0)
    if not request.headers.get("Range", "bytes=").startswith("bytes="):
        request.environ.pop("HTTP_RANGE")  # a unit nobody knows is to be passed over, not refused
    response = send_file(
        path, mimetype=_GZIP, as_attachment=True, download_name=dump.name, etag=dump.sha256, conditional=True
    )
    response.headers["Cache-Control"] = _FOREVER
    response.headers["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(dump.sha256)).decode()}:"
    return response
