"""What every answer has in common: who may read it, in which coding, and which headers it depends on."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import request
from werkzeug.exceptions import BadRequest, NotAcceptable

from anshan_kg.web.headers import of_data
from anshan_kg.web.problems import tell
from anshan_kg.web.reply import Finished, Reply

if TYPE_CHECKING:
    from flask import Flask, Response

EXPOSED = (
    "ETag, Location, Retry-After, Server-Timing, X-Dataset-Version, X-Rows, X-Truncated, "
    "Anshan-Kg-Truncated, X-Query-Id"
)
"""Headers of ours that scripts of other sites may read."""

_TAKEN = "Accept, Accept-Language, Authorization, Content-Type, If-Match, If-None-Match, X-Query-Id"
_DAY = "86400"
_SMALLEST = 256
"""Bytes from which compressing is worth it."""
_LEVEL = 1
_GZIP = 16 + zlib.MAX_WBITS
_PACKED = ("image/png", "image/jpeg", "image/webp", "font/", "application/gzip", "application/zip",
           "application/vnd.apache.parquet", "application/x-parquet")  # fmt: skip
_SUFFIX = "-gzip"
_PACKED_TAG = "anshan_kg.packed"
"""Where the environment says that the client's tags are of compressed answers."""
_NEITHER = "answers come as they are or in gzip; Accept-Encoding allows neither"
_FOR_ALL = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", EXPOSED))
"""Headers that let scripts of other sites read what everybody may read; never with credentials."""


def register(app: Flask) -> None:
    """Give every answer, errors too, what is the same for all."""
    app.before_request(_check_address)
    app.before_request(lambda: read_tags(request.environ))
    app.after_request(_finish)


def _check_address() -> None:
    """Refuse an address that is not UTF-8, and leave one that the page which tells so can read."""
    raw = request.query_string
    if raw.isascii():
        return
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        request.query_string = quote(raw, safe="=&%+").encode()
        raise BadRequest(
            f"the address is not UTF-8: byte {error.start + 1} of its query belongs to no character"
        ) from error


def read_tags(environ: dict[str, Any]) -> None:
    """Take the tags of compressed answers for those of the plain ones; see `_pack`."""
    for name in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"):
        given = environ.get(name)
        if given and _SUFFIX in given:
            environ[name] = given.replace(f'{_SUFFIX}"', '"')
            environ[_PACKED_TAG] = True


def finished(environ: dict[str, Any], reply: Reply) -> Reply:
    """
    Return a reply with all that every answer for programs has; compressed, if the client would have it so.

    Raises:
        NotAcceptable: the client takes it neither as it is nor in gzip.
    """
    accepted = environ.get("HTTP_ACCEPT_ENCODING")
    gzip, plain = codings(accepted) if accepted is not None else (False, True)
    if not gzip and not plain:
        raise NotAcceptable(_NEITHER)
    given, body = dict(reply.headers), reply.body
    given["Vary"] = _vary(given.get("Vary"))
    if gzip and reply.status == 304:  # noqa: PLR2004
        if environ.get(_PACKED_TAG):
            given["ETag"] = _retagged(given.get("ETag", ""))
    elif gzip and (len(body) >= _SMALLEST or (body and not plain)):
        body = packed(body)
        given["Content-Encoding"] = "gzip"
        if "ETag" in given:
            given["ETag"] = _retagged(given["ETag"])
    return Reply(reply.status, (*given.items(), *_FOR_ALL, *of_data(environ)), body)


def _vary(given: str | None) -> str:
    return f"{given}, Accept-Encoding" if given else "Accept-Encoding"


def _finish(response: Response) -> Response:
    if isinstance(response, Finished):
        return response
    environ, headers = request.environ, response.headers
    for name, value in _FOR_ALL:
        headers[name] = value
    headers["Vary"] = _vary(headers.get("Vary"))
    if environ["REQUEST_METHOD"] == "OPTIONS":
        asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        if "Allow" in headers:
            headers["Access-Control-Allow-Methods"] = headers["Allow"]
        headers["Access-Control-Allow-Headers"] = asked if asked.isprintable() and asked else _TAKEN
        headers["Access-Control-Max-Age"] = _DAY
        return response
    accepted = environ.get("HTTP_ACCEPT_ENCODING")
    if accepted is not None:
        gzip, plain = codings(accepted)
        if gzip:
            _pack(response, forced=not plain)
        elif not plain and response.status_code < 400:  # noqa: PLR2004 - errors are sent anyhow
            refusal = NotAcceptable(_NEITHER)
            refused = tell(406, refusal.name, refusal.description or "", {})
            for name in ("Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Vary"):
                refused.headers[name] = headers[name]
            return refused
    return response


@lru_cache(maxsize=256)
def codings(accepted: str) -> tuple[bool, bool]:
    """
    Return whether to send gzip, and whether sending no coding would be allowed.

    By RFC 9110, section 12.5.3; gzip is only sent where it is named, or where nothing else is left.
    """
    given: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    quality = min(1.0, max(0.0, float(parameter[2:])))
                except ValueError:
                    quality = 0.0
        if name:
            given[name] = quality
    others = given.get("*")
    identity = given.get("identity", 1.0 if others is None else others)
    gzip = given.get("gzip", given.get("x-gzip"))
    if gzip is None:
        return not identity and bool(others), identity > 0
    return gzip > 0 and gzip >= given.get("identity", 0.0), identity > 0


def _pack(response: Response, *, forced: bool) -> None:
    """Compress an answer; what goes by a tag then goes by another one, for the bytes differ."""
    headers = response.headers
    if response.status_code == 304:  # noqa: PLR2004
        if request.environ.get(_PACKED_TAG):
            _retag(response)
        return
    if (
        "Content-Encoding" in headers
        or "Content-Range" in headers
        or response.status_code in {204, 206}
        or headers.get("Content-Type", "").startswith(_PACKED)
    ):
        return
    if response.direct_passthrough:  # a file
        response.direct_passthrough = False
    elif response.is_streamed:
        return
    body = response.get_data()
    if len(body) < _SMALLEST and not (forced and body):
        return
    response.set_data(packed(body))  # sets Content-Length too
    headers["Content-Encoding"] = "gzip"
    _retag(response)


def _retag(response: Response) -> None:
    if known := response.headers.get("ETag"):
        response.headers["ETag"] = _retagged(known)


def _retagged(known: str) -> str:
    return f'{known[:-1]}{_SUFFIX}"' if known.endswith('"') and not known.startswith("W/") else known


def packed(body: bytes) -> bytes:
    """Return bytes in gzip; the same bytes give the same."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return packer.compress(body) + packer.flush()
