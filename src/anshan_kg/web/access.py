"""Whether a request may write, and with what: the one door that /update and /data share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request

from anshan_kg.errors import ReadOnly
from anshan_kg.writing import Who

if TYPE_CHECKING:
    from anshan_kg.config import Config
    from anshan_kg.writing import Writer, Written
    from anshan_kg.writing.tokens import Doorkeeper

VERSION = "X-Dataset-Version"


class Access:
    """
    The way to write, where there is one.

    Args:
        config: The settings of the service.
        writer: What writes; None where the data cannot be written to.
        keeper: Who may.
    """

    def __init__(self, config: Config, writer: Writer | None, keeper: Doorkeeper | None) -> None:
        self._writer, self._keeper = writer, keeper
        self._longest = config.max_upload * 2**20
        self._reason = (
            f"this service reads from {config.store}; write there"
            if config.store
            else "this service keeps its data in memory, from files that are the truth; to write to a "
            "dataset of your own, start it with --data DIR"
        )

    @property
    def open(self) -> bool:
        """Whether somebody can write here now."""
        return self._writer is not None and self._keeper is not None and self._keeper.any

    def enter(self, scope: str = "update", shown: str = "") -> tuple[Writer, Who]:
        """
        Return what writes, and who asks, for the audit.

        Args:
            scope: What the token has to be good for.
            shown: A token that came in a form; else the one in the header counts.

        Raises:
            ReadOnly: nobody can write here.
            Unauthorised, Forbidden, Throttled: this client may not.
        """
        if self._writer is None or self._keeper is None:
            raise ReadOnly(f"nothing can be written here: {self._reason}")
        if not self._keeper.any:
            raise ReadOnly(
                "writing is off until there is a token; the one who runs the service makes one with "
                "'anshan-kg token create'"
            )
        client = request.remote_addr or ""
        header = f"Bearer {shown}" if shown else request.headers.get("Authorization")
        token = self._keeper.admit(header, scope, client)
        request.max_content_length = request.max_form_memory_size = self._longest
        return self._writer, Who(token.id, client)


def written(done: Written, status: int, location: str = "") -> Response:
    """Return the answer to a write: its status, and the version of the data from now on."""
    response = Response(status=status)
    del response.headers["Content-Type"]
    response.headers[VERSION] = done.version
    response.headers["Cache-Control"] = "no-store"
    if location:
        response.headers["Location"] = location
    return response
