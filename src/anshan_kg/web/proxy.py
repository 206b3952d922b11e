"""Behind a proxy: the path the service lives under, and which forwarding headers to believe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

from anshan_kg.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Flask

_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")


def register(app: Flask, *, base_path: str, trusted: int) -> Callable[[WSGIEnvironment], None]:
    """
    Let the service live under a path, and believe as many proxies as are told.

    Args:
        app: The service, with all its routes.
        base_path: The path that visitors see before every address, such as `/kg`; "" for none.
        trusted: How many proxies, each the next one's client, add to X-Forwarded-For, -Proto and
            -Host. With 0 nobody is believed, since anybody can send those headers.

    Returns:
        What does that to the environment of a request, for who answers one without the application.

    Raises:
        ParameterError: the path is none, or begins like an address of the service.
    """
    if trusted < 0:
        raise ParameterError(f"trusted_proxies is {trusted}; it is the number of proxies in front, 0 or more")
    prefix = checked(base_path, (rule.rule for rule in app.url_map.iter_rules()))
    if prefix:
        app.config["SESSION_COOKIE_PATH"] = prefix
    arrange = _Arranged(prefix, trusted)
    if prefix or trusted:
        inner = app.wsgi_app

        def arranged(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            arrange(environ)
            return inner(environ, start_response)

        app.wsgi_app = arranged  # type: ignore[method-assign]  # Flask's way
    return arrange


def checked(base_path: str, rules: Iterable[str]) -> str:
    """
    Return a base path without a slash at its end.

    Raises:
        ParameterError: it is no path, or it begins like one of the rules, so that nobody could
            tell the two apart where a proxy takes the path off.
    """
    prefix = base_path.rstrip("/")
    if prefix and not _PATH.fullmatch(prefix):
        raise ParameterError(f"base_path is {base_path!r}; write it like /kg or /data/kg")
    first = prefix[1:].partition("/")[0]
    taken = {rule[1:].partition("/")[0] for rule in rules}
    if first in taken - {""}:
        raise ParameterError(f"base_path is {base_path!r}, but the service has addresses under /{first}")
    return prefix


class _Arranged:
    """
    Takes a path off the front of addresses and puts it before links, and believes proxies.

    A request without the path is taken too: there are proxies that take it off themselves, and
    checks of health that come past the proxy.
    """

    def __init__(self, prefix: str, trusted: int) -> None:
        self._prefix = prefix
        # Not -Prefix: the path is a setting here, and a proxy that leaves the header alone would
        # let a visitor choose where our links lead.
        self._believe = (
            ProxyFix(_nothing, x_for=trusted, x_proto=trusted, x_host=trusted, x_port=0, x_prefix=0)
            if trusted
            else None
        )

    def __call__(self, environ: WSGIEnvironment) -> None:
        if self._believe is not None:
            self._believe(environ, _nowhere)
        if self._prefix:
            path = environ.get("PATH_INFO", "")
            if path == self._prefix or path.startswith(f"{self._prefix}/"):
                path = path[len(self._prefix) :] or "/"
            environ["SCRIPT_NAME"], environ["PATH_INFO"] = self._prefix, path


def _nothing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Stand where an application would: only what is done to the environment before it is wanted."""
    del environ, start_response
    return ()


def _nowhere(
    status: str, headers: list[tuple[str, str]], exc_info: object = None
) -> Callable[[bytes], object]:
    """Stand where the server would take the answer; there is none."""
    raise AssertionError(status, headers, exc_info)
