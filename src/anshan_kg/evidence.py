"""Find the words of a passage in the texts of sources, by range and digest."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anshan_kg.model import Passage


def locate(passage: Passage, texts: Iterable[str]) -> Passage:
    """
    Return a passage with its words, where one of the texts is the text it was taken from.

    The words are those at the passage's character range; they count only if their SHA-256 is the
    passage's, so that a text of another edition never lends its words.
    """
    if passage.start is None or passage.end is None:
        return passage
    for text in texts:
        words = text[passage.start : passage.end]
        if hashlib.sha256(words.encode()).hexdigest() == passage.digest:
            return replace(passage, text=words)
    return passage
