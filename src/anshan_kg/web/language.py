"""Which language a page is in, and its words."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import g, request
from markupsafe import Markup
from pyoxigraph import Literal, NamedNode

from anshan_kg import __version__
from anshan_kg.flows import units
from anshan_kg.model import Labels, text_of
from anshan_kg.quantities import decimal, spell, with_unit
from anshan_kg.terms import curie, iri, path_of

if TYPE_CHECKING:
    from flask import Flask, Response

    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Term

TAGS = {"en": "en", "zh": "zh-Hans"}
"""The languages of the pages: short name, as in `?lang=`, and language tag."""

_FOR_PROGRAMS = {"sparql.endpoint", "rest.healthz"}
"""Who seldom need a language, and choose it themselves then: finding it out takes its time."""

_COOKIE, _YEAR = "lang", 365 * 24 * 3600
_SCRIPT = "script"
_MEDIA_TYPES = {"json": "application/json", "csv": "text/csv", "ttl": "text/turtle"}
_DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@cache
def catalogue(lang: str) -> dict[str, Any]:
    """
    Return the words of the pages in a language: those of all files of `messages/<lang>/` together.

    Raises:
        ValueError: two files have the same word.
    """
    found: dict[str, Any] = {}
    for name, held in _files(lang).items():
        for word, value in held.items():
            if word == _SCRIPT:
                continue
            if word in found:
                raise ValueError(f"messages/{lang}/{name}.toml: {word} is in another file of the folder too")
            found[word] = value
    return found


@cache
def _files(lang: str) -> dict[str, dict[str, Any]]:
    folder = files(__package__) / "messages" / lang
    paths = sorted(
        (path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name
    )
    return {
        path.name.removesuffix(".toml"): tomllib.loads(path.read_text(encoding="utf-8")) for path in paths
    }


def script_words(lang: str, script: str) -> dict[str, str]:
    """Return the words that a script of the pages needs: the table `script` of the file of its name."""
    return dict(_files(lang).get(script, {}).get(_SCRIPT, {}))


def words(lang: str, table: str) -> dict[str, str]:
    """Return one table of words of a language: "columns" or "values"."""
    found = catalogue(lang)[table]
    return found if isinstance(found, dict) else {}


def chosen() -> str:
    """Return the language of this request: asked for, remembered, preferred, or English."""
    environ = request.environ
    if "lang=" not in environ["QUERY_STRING"] and "HTTP_COOKIE" not in environ:
        if "HTTP_ACCEPT_LANGUAGE" not in environ:
            return "en"  # as programs ask, which are not to wait for the rest
    else:
        for wanted in (request.args.get("lang"), request.cookies.get(_COOKIE)):
            if wanted in TAGS:
                return wanted
    best = request.accept_languages.best_match(["en", "zh", "zh-CN", "zh-Hans"])
    return "zh" if best and best.startswith("zh") else "en"


def register(app: Flask, kg: KnowledgeGraph) -> None:
    """Give templates the words, names and addresses of the request's language."""

    @app.before_request
    def choose() -> None:
        if request.endpoint not in _FOR_PROGRAMS:
            g.lang = chosen()

    @app.after_request
    def remember(response: Response) -> Response:
        if b"lang=" in request.query_string and "lang" in g and request.args.get("lang") in TAGS:
            response.set_cookie(
                _COOKIE, g.lang, max_age=_YEAR, path=request.script_root or "/", samesite="Lax", httponly=True
            )
        return response

    @app.context_processor
    def context() -> dict[str, Any]:
        lang = g.get("lang", "en")
        return {
            "lang": lang,
            "root": request.script_root,
            "tag": TAGS[lang],
            "t": catalogue(lang).__getitem__,
            "name": lambda labels: labels.best(lang),
            "other": lambda labels: _other(labels, lang),
            "address": address,
            "explored": lambda thing: explored(curie(thing)),
            "thing_address": lambda short: address(iri(short).value),
            "short": lambda value: curie(value if isinstance(value, str) else text_of(value)),
            "shown": lambda term, labels: shown(term, labels, lang),
            "number": lambda text, unit="": with_unit(_spelt(text, lang), unit, lang),
            "outcome": lambda text: _outcome(text, lang),
            "rounded": lambda text: units.rounded(Decimal(text)),
            "value_word": lambda word: words(lang, "values").get(word, word),
            "date": lambda text: date(text, lang),
            "in_lang": in_lang,
            "languages": TAGS,
            "here": request.path,
            "media_types": _MEDIA_TYPES,
            "software": __version__,
            "dataset_version": kg.version,
        }


def date(text: str, lang: str) -> str:
    """
    Return a day, month or year of ISO 8601 in the words of a language; anything else as it is.

    >>> date("2024-05-29", "en"), date("2024-05", "zh"), date("2024", "zh"), date("about 2024", "en")
    ('29 May 2024', '2024年5月', '2024年', 'about 2024')
    """
    found = _DATE.fullmatch(text)
    if not found or not 1 <= int(found["month"] or 1) <= len(_MONTHS):
        return text
    year, month, day = found["year"], int(found["month"] or 0), int(found["day"] or 0)
    if lang == "zh":
        return f"{year}年" + (f"{month}月" if month else "") + (f"{day}日" if day else "")
    return " ".join(part for part in (str(day or ""), _MONTHS[month - 1] if month else "", year) if part)


def _spelt(text: str, lang: str) -> str:
    """Return a number in the words of a language, a text as it is."""
    value = decimal(text)
    return text if value is None else spell(value, lang)


def _outcome(text: str, lang: str) -> str:
    """Return an outcome of the question `progress`, `2023: 4`, in the words of a language."""
    year, colon, rest = text.rpartition(": ")
    said = words(lang, "values").get(rest) or _spelt(rest, lang)
    return f"{year}{'：' if lang == 'zh' else ': '}{said}" if colon else said


def _other(labels: Labels, lang: str) -> str:
    return labels.en if lang == "zh" else labels.zh


def address(thing: str) -> str:
    """Return where a thing is shown on this site, with the base path; a foreign thing at its own address."""
    path = path_of(thing)
    if path is None:
        return thing if thing.startswith(("http://", "https://")) else ""
    if path.startswith("ref/"):  # a record elsewhere that has no address of its own
        return f"{request.script_root}/{path}"
    return f"{request.script_root}/page/{path}"


def explored(thing: str) -> str:
    """Return where a thing, by its short name or IRI, is shown in the graph with its neighbours."""
    return f"{request.script_root}/graph?{urlencode({'focus': thing})}"


def shown(term: Term, labels: Labels, lang: str) -> Markup:
    """Return the other end of a statement as HTML: a link with a name, or a literal."""
    if isinstance(term, NamedNode):
        text = labels.best(lang) or curie(term.value)
        foreign = "" if path_of(term.value) else Markup(' rel="external"')
        return Markup('<a href="{}"{}>{}</a>').format(address(term.value), foreign, text)
    if isinstance(term, Literal) and term.language:
        return Markup('<span lang="{}">{}</span>').format(term.language, term.value)
    return Markup("{}").format(text_of(term))


def in_lang(lang: str) -> str:
    """Return the address of this page in another language."""
    others = [(key, value) for key, value in request.args.items(multi=True) if key != "lang"]
    return f"{request.script_root}{request.path}?{urlencode([*others, ('lang', lang)])}"
