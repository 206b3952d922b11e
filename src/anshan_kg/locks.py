"""Locks of open files, between processes; the one place that knows what the platform has of them."""

from __future__ import annotations

import contextlib

with contextlib.suppress(ImportError):  # Windows has none
    import fcntl


def possible() -> bool:
    """Whether this platform has locks that end with the process that holds them, however it ends."""
    return "fcntl" in globals()


def lock(handle: int, *, shared: bool = False, wait: bool = True) -> bool:
    """
    Lock an open file until it is closed, and return whether it is locked now.

    Where the platform has no such locks it says yes: who must not go on without asks `possible`.

    Args:
        handle: The file.
        shared: Let others have a shared lock at the same time.
        wait: Wait for who holds it now.
    """
    if not possible():
        return True
    kind = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    try:
        fcntl.flock(handle, kind)
    except BlockingIOError:
        return False
    return True
