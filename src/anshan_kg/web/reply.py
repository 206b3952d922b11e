"""A reply before any framework: status, headers, body."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response


@dataclass(frozen=True, slots=True)
class Reply:
    """
    What a client is sent.

    Attributes:
        status: The status.
        headers: The headers, in their order; without Content-Length, which the body tells.
        body: The whole body, also for HEAD.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


class Finished(Response):
    """A reply that has all its headers: the hooks that add them leave it alone."""

    default_mimetype = None

    @classmethod
    def of(cls, reply: Reply) -> Finished:
        """Return a reply as the framework has it."""
        return cls(reply.body, reply.status, headers=list(reply.headers))
