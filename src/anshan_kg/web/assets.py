"""
The bundled scripts and styles of the pages: where they are, and how they are sent.

`client/build.mjs` makes them when the package is built. Their names carry a hash of their content, so
browsers keep them for ever; they are packed once, as well as gzip can.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from flask import Blueprint, Response, g, request
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from anshan_kg.errors import MissingAssets
from anshan_kg.web import language
from anshan_kg.web.transport import codings

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from flask import Flask

_FOR_EVER = "public, max-age=31536000, immutable"
_KINDS = {"js": "text/javascript", "css": "text/css", "txt": "text/plain", "json": "application/json"}
_BEST = 9


def _folder() -> Traversable:
    return files(__package__) / "static" / "built"


@cache
def manifest() -> dict[str, dict[str, str]]:
    """
    Return file name and integrity of each bundle, by its plain name: `site.js`, `site.css`.

    Raises:
        MissingAssets: nothing has been built.
    """
    try:
        found = json.loads((_folder() / "manifest.json").read_text(encoding="utf-8"))["files"]
    except FileNotFoundError as error:
        raise MissingAssets(
            "the scripts and styles of the pages are not built; in a checkout, run 'make' or "
            "'npm ci && node build.mjs' in client/"
        ) from error
    return dict(found)


@cache
def _content(name: str) -> tuple[bytes, bytes] | None:
    """Return a file as it is, and packed; None where there is none of that name."""
    known = {each["file"] for each in manifest().values()} | {"LICENSES.txt"}
    path = _folder() / name
    if (name not in known and not name.startswith("part-")) or "/" in name or not path.is_file():
        return None
    plain = path.read_bytes()
    return plain, gzip.compress(plain, _BEST, mtime=0)


def size(name: str) -> int:
    """Return the bytes that go over the wire for a bundle, by its plain name."""
    found = _content(manifest()[name]["file"])
    return len(found[1]) if found else 0


def text(name: str) -> str:
    """Return what a bundle holds, by its plain name."""
    found = _content(manifest()[name]["file"])
    return found[0].decode() if found else ""


def register(app: Flask) -> None:
    """
    Serve the bundles, and give templates `script(name)` and `styles()`.

    Raises:
        MissingAssets: nothing has been built.
    """
    manifest()
    routes = Blueprint("assets", __name__)

    @routes.route("/static/built/<name>")
    def bundle(name: str) -> Response:
        found = _content(name)
        if found is None:
            raise NotFound("there is no such file; its name changes with its content")
        gzipped, _ = codings(request.headers.get("Accept-Encoding", ""))
        response = Response(found[1] if gzipped else found[0], mimetype=_KINDS[name.rpartition(".")[2]])
        if gzipped:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Cache-Control"] = _FOR_EVER
        return response

    app.register_blueprint(routes)
    app.jinja_env.globals.update(script=script, styles=styles, script_words=words)


def styles() -> Markup:
    """Return the link to the style sheet."""
    return Markup('<link rel="stylesheet" href="{}" integrity="{}">').format(*_found("site.css"))


def script(name: str) -> Markup:
    """
    Return the element that loads a script, with the words it needs in the page's language before it.

    Args:
        name: Of its entry, `site`; a table `script` in `messages/<lang>/<name>.toml` holds its words.
    """
    held: dict[str, str] = g.setdefault("words", {})
    held.update(language.script_words(g.get("lang", "en"), name))
    return Markup('<script type="module" src="{}" integrity="{}"></script>').format(*_found(f"{name}.js"))


def words() -> Markup:
    """Return the words of all scripts of the page, as data that runs nothing."""
    held: dict[str, str] = g.get("words", {})
    if not held:
        return Markup()
    # As JSON within HTML: nothing in it can end the element.
    text = json.dumps(held, ensure_ascii=False).replace("<", "\\u003c")
    return Markup(f'<script type="application/json" id="words">{text}</script>')  # noqa: S704


def _found(name: str) -> tuple[str, str]:
    found = manifest()[name]
    return f"{request.script_root}/static/built/{found['file']}", found["integrity"]
