"""Security headers: what a browser may do with what we send. On every response, problems too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from anshan_kg.web.reply import Finished

if TYPE_CHECKING:
    from flask import Flask, Response

PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""A page shows its text, our style sheet and our pictures; it runs our bundles, and talks to us only."""

_DATA = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
"""Whatever is no page does nothing at all, should a browser take it for one."""

_REFUSED = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture",
    "encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid",
    "idle-detection", "magnetometer", "microphone", "midi", "payment",
    "picture-in-picture", "publickey-credentials-get", "screen-wake-lock", "serial", "usb",
    "xr-spatial-tracking",
)  # fmt: skip

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _REFUSED),
    # A window that opens ours, or that ours opens, gets no hold of it.
    "Cross-Origin-Opener-Policy": "same-origin",
    # Everybody may read everything (Access-Control-Allow-Origin: *), so everybody may embed it as data.
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""Headers of every response, beside Content-Security-Policy."""

_YEAR = 365 * 24 * 3600
_SECURE = "Strict-Transport-Security", f"max-age={_YEAR}"

_OF_DATA = (("Content-Security-Policy", _DATA), *HEADERS.items())


def of_data(environ: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the headers of the answer to a request, where it is no page."""
    # What is secure is only what a trusted proxy says, see `proxy`.
    return (*_OF_DATA, _SECURE) if environ["wsgi.url_scheme"] == "https" else _OF_DATA


def register(app: Flask) -> None:
    """Add the headers to every response that does not bring its own; call before other hooks."""

    @app.after_request
    def secure(response: Response) -> Response:
        if isinstance(response, Finished):
            return response
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Security-Policy", PAGE)
        for name, value in of_data(request.environ):
            response.headers.setdefault(name, value)
        return response
