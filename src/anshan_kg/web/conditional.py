"""Answers that a client has already: entity tags, 304, and what caches may do. By RFC 9110 and 9111."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from flask import Response, request

if TYPE_CHECKING:
    from collections.abc import Iterable

REVALIDATE = "public, no-cache"
"""Caches may keep an answer, and have to ask whether it still holds; that costs no query."""

NEVER = "no-store"

_TAG = re.compile(r'(?:W/)?"([^"]*)"')


def tag(*parts: object) -> str:
    """Return the entity tag of what is made of these parts."""
    return hashlib.sha256(repr(parts).encode(errors="surrogatepass")).hexdigest()[:32]


def wanted(environ: dict[str, Any]) -> str:
    """Return If-None-Match of a request, where it counts: empty for other methods than GET and HEAD."""
    return environ.get("HTTP_IF_NONE_MATCH", "") if environ["REQUEST_METHOD"] in {"GET", "HEAD"} else ""


def match(header: str, tags: Iterable[str]) -> str | None:
    """Return the first of some tags that a list of tags names; see RFC 9110, section 13.1.2."""
    given = set(_TAG.findall(header))
    return next((each for each in tags if each in given), None)


def not_modified(known: str, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """Return 304 for a client that has what goes by that tag."""
    response = Response(status=304, headers=[*headers, ("ETag", f'"{known}"')])
    del response.headers["Content-Type"]
    return response


def guarded(response: Response, known: str) -> Response:
    """Return a response with its tag; 304 instead where the client has it."""
    header = wanted(request.environ)
    response.headers["ETag"] = f'"{known}"'
    response.headers.setdefault("Cache-Control", REVALIDATE)
    if header.strip() == "*" or match(header, (known,)):
        kept = [
            pair for pair in response.headers if pair[0] in {"Cache-Control", "Vary", "X-Dataset-Version"}
        ]
        return not_modified(known, kept)
    return response
