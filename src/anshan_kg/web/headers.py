"""Security headers: what a browser may do with what we send. On every response, problems too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

if TYPE_CHECKING:
    from flask import Flask, Response

_PAGE = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""A page shows its text, our style sheet and our pictures; it runs nothing and sends forms to us only."""

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


def register(app: Flask) -> None:
    """Add the headers to every response that does not bring its own; call before other hooks."""

    @app.after_request
    def secure(response: Response) -> Response:
        policy = _PAGE if response.mimetype == "text/html" else _DATA
        for name, value in ({"Content-Security-Policy": policy} | HEADERS).items():
            response.headers.setdefault(name, value)
        if request.is_secure:  # only what a trusted proxy says, see `proxy`
            response.headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR}")
        return response
