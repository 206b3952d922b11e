"""Answers kept in memory: the same query on the same version gives the same bytes."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from anshan_kg.execution import gate

if TYPE_CHECKING:
    from collections.abc import Hashable


_SHARE = 8
"""An answer of more than this part of the whole would push out too many others."""
_OVERHEAD = 1000


def is_volatile(text: str) -> bool:
    """
    Whether the answer to a query may be another one the next time, on the same data.

    It looks for letters, not for calls, and so keeps too little rather than too much.

    >>> is_volatile("ASK { FILTER(now () > ?day) }"), is_volatile("ASK { ?unknown a ?random }")
    (True, False)
    """
    if "\\u" in text or "\\U" in text:  # which may stand for any letter
        return True
    return gate.mentions(text, "RAND", "NOW", "UUID", "SERVICE") and _NAME.search(text) is not None


_NAME = re.compile("(?:RAND|NOW|UUID)(?![A-Za-z0-9_])|SERVICE", re.IGNORECASE)
"""Names of functions, ended where they end, so that `known` is none; one may begin anywhere: FILTERNOW()."""


class Keepable(Protocol):
    """What can be kept: bytes that were made from a version of the data."""

    @property
    def body(self) -> bytes:
        """The bytes."""

    @property
    def version(self) -> str:
        """What they were made from."""


K = TypeVar("K", bound=Keepable)


class AnswerCache(Generic[K]):
    """
    The answers that were asked for last, up to a number of bytes.

    Args:
        size: Bytes the answers may have together; 0 keeps none.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, tuple[K, int]] = OrderedDict()
        self._version = ""
        self._used = 0

    @property
    def used(self) -> int:
        """Return the bytes in use."""
        return self._used

    def get(self, key: Hashable, version: str) -> K | None:
        """Return what was kept under a key for a version of the data."""
        if not self._size:
            return None
        with self._lock:
            if version != self._version:
                return None
            found = self._answers.get(key)
            if found is None:
                return None
            self._answers.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, text: str, outcome: K) -> None:
        """Keep an answer, in place of those not asked for longest; one of a new version, of all."""
        size = len(outcome.body) + 4 * len(text) + _OVERHEAD
        if size > self._size // _SHARE:
            return
        with self._lock:
            if outcome.version != self._version:
                self._answers.clear()
                self._used, self._version = 0, outcome.version
            elif key in self._answers:
                self._used -= self._answers.pop(key)[1]
            self._answers[key] = outcome, size
            self._used += size
            while self._used > self._size:
                self._used -= self._answers.popitem(last=False)[1][1]
