"""What a request to the SPARQL endpoint asks: SPARQL 1.1 Protocol, section 2.1, and nothing of Flask."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from werkzeug.exceptions import BadRequest, NotAcceptable, UnsupportedMediaType
from werkzeug.http import parse_options_header

from anshan_kg import formats
from anshan_kg.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable

FORM, QUERY, UPDATE = (
    "application/x-www-form-urlencoded",
    "application/sparql-query",
    "application/sparql-update",
)
_MOST_FIELDS = 1000
_ONLY = b"query="
_HALF = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ONCE = ("query", "format", "timeout")
UTF8 = {"utf-8", "utf8", "us-ascii", "ascii"}


@dataclass(frozen=True, slots=True)
class Asked:
    """
    A query and how it is to be answered.

    Attributes:
        text: The query; None where there is none, which asks for the service description.
        choice: The formats that the client takes.
        seconds: The deadline it asks for.
        default_graphs, named_graphs: The dataset it names; both None where it names none.
    """

    text: str | None
    choice: formats.Choice
    seconds: float | None
    default_graphs: tuple[str, ...] | None
    named_graphs: tuple[str, ...] | None


def read(environ: dict[str, Any], body: Callable[[], bytes]) -> Asked:
    """
    Return what a request asks.

    Args:
        environ: The request, by WSGI.
        body: Returns its body; called for POST only.

    Raises:
        BadRequest: a parameter is missing, given twice, or makes no sense.
        UnsupportedMediaType: the body is neither a form nor a query in UTF-8.
        NotAcceptable: the client takes none of the formats that answers come in.
    """
    posted = environ["REQUEST_METHOD"] == "POST"
    given = pairs(environ.get("QUERY_STRING", "").encode("latin-1"), "address")
    if posted:
        given += _posted(environ.get("CONTENT_TYPE", ""), body)
    values: dict[str, list[str]] = {}
    for name, value in given:
        values.setdefault(name, []).append(value)
    for name in _ONCE:
        if len(values.get(name, ())) > 1:
            raise BadRequest(f"{name} is given {len(values[name])} times; give it once")
    if "update" in values:
        raise BadRequest("this address only reads; updates are sent to /update, by POST")
    text = values["query"][0] if "query" in values else None
    if text is None and posted:
        raise BadRequest("the request has no query; send one as query= or as application/sparql-query")
    default, named = values.get("default-graph-uri"), values.get("named-graph-uri")
    chosen = default is not None or named is not None
    return Asked(
        text,
        _choice(values, environ.get("HTTP_ACCEPT")),
        _seconds(values["timeout"][0]) if "timeout" in values else None,
        tuple(default or ()) if chosen else None,
        tuple(named or ()) if chosen else None,
    )


def _posted(content_type: str, body: Callable[[], bytes]) -> list[tuple[str, str]]:
    kind, options = parse_options_header(content_type)
    kind = kind.lower()
    if kind not in {FORM, QUERY}:
        what = f"not as {kind}" if kind else "and say which in Content-Type"
        hint = "; updates are sent to /update" if kind == UPDATE else ""
        raise UnsupportedMediaType(f"send the query as {FORM} or {QUERY}, {what}{hint}")
    charset = options.get("charset", "utf-8").lower()
    if charset not in UTF8:
        raise UnsupportedMediaType(f"the query is in {charset}; send it in UTF-8")
    return pairs(body(), "body") if kind == FORM else [("query", decoded(body(), "query"))]


def pairs(data: bytes, where: str) -> list[tuple[str, str]]:
    """Return the parameters in an address or a form; BadRequest where they cannot be read."""
    if data.startswith(_ONLY) and b"&" not in data and (text := _unescaped(data[len(_ONLY) :])) is not None:
        return [("query", text)]
    text = decoded(data, where)
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except UnicodeDecodeError as error:
        raise BadRequest(f"a parameter in the {where} is not percent-encoded UTF-8") from error
    except ValueError as error:
        raise BadRequest(f"the {where} has more than {_MOST_FIELDS} parameters") from error


def _unescaped(data: bytes) -> str | None:
    """
    Return a value as `parse_qsl` would, None where that has to look at it.

    What is nearly every request's only parameter is decoded in native code: quoted-printable is
    percent-encoding with another sign.
    """
    if _HALF.search(data) or b"\n" in data or b"\r" in data:
        return None
    plain = data.replace(b"+", b" ").replace(b"=", b"%3D").replace(b"%", b"=")
    try:
        return binascii.a2b_qp(plain).decode()
    except UnicodeDecodeError:
        return None


def decoded(data: bytes, where: str) -> str:
    """Return the text of an address or a body in UTF-8; BadRequest where it is in none."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise BadRequest(
            f"the {where} is not UTF-8: byte {error.start + 1} belongs to no character"
        ) from error


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError as error:
        raise BadRequest(f"timeout is {text!r}, but has to be a number of seconds") from error
    if not seconds > 0:
        raise BadRequest(f"timeout is {text!r}, but has to be above zero")
    return seconds


def _choice(values: dict[str, list[str]], accept: str | None) -> formats.Choice:
    """Return the formats the client takes for tables and for triples."""
    if "format" in values:
        try:
            chosen = formats.by_name_or_type(values["format"][0])
        except UnknownName as error:
            raise BadRequest(str(error)) from error
        return formats.Choice(chosen, None) if chosen in formats.RESULTS else formats.Choice(None, chosen)
    choice = formats.choose(accept)
    if choice.results is None and choice.graphs is None and not choice.page:
        kinds = ", ".join(form.media_type for form in (*formats.RESULTS, *formats.GRAPHS))
        raise NotAcceptable(f"answers come as one of: {kinds}")
    return choice
