"""The one table from errors to exit codes."""

from __future__ import annotations

from anshan_kg.errors import AnshanError, InvalidGraph, LimitError, SourceError

FINE, FINDINGS, USAGE, OUTSIDE = 0, 1, 2, 3

_CODES: tuple[tuple[type[AnshanError], int], ...] = (
    (InvalidGraph, FINDINGS),
    (SourceError, OUTSIDE),
    (LimitError, OUTSIDE),
    (AnshanError, USAGE),
)


def code_of(error: AnshanError) -> int:
    """Return the exit code of an error."""
    return next(code for kind, code in _CODES if isinstance(error, kind))
