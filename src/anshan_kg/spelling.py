"""
Find texts that hold a piece of text, are spelt much like one, or sound like it.

Spelling is compared by short pieces first (two Chinese characters, three letters), so that only a few
hundred of many names are compared as wholes; `sounding` finds what a wrong character of the right
sound meant, which is how Chinese is mistyped.
"""

from __future__ import annotations

import bisect
import itertools
from array import array
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_READ = 20_000
"""So many places in the lists of pieces are read for one text; the rarest pieces come first."""

_MOST_COMPARED = 400
"""So many texts, those with most pieces in common, are compared as wholes."""

_SHORTEST_PART = {True: 3, False: 5}
"""From this length on (Chinese, other) a text may also be like a part of a longer one."""

_PART = 0.9
"""What likeness to a part counts beside likeness to the whole."""


class Lines:
    """Texts without line breaks, to be told which of them hold a piece of text."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._all = "\n".join(texts)
        self._starts = [0, *itertools.accumulate(len(text) + 1 for text in texts)][:-1]

    def holding(self, piece: str) -> Iterator[int]:
        """Yield the positions of the texts that hold a piece, in order."""
        at = self._all.find(piece)
        while at >= 0:
            position = bisect.bisect_right(self._starts, at) - 1
            yield position
            following = self._starts[position + 1] if position + 1 < len(self._starts) else len(self._all)
            at = self._all.find(piece, following)


class Sorted:
    """Texts in order, to be told which of them begin with a piece of text."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._order = sorted(range(len(texts)), key=texts.__getitem__)
        self._texts = [texts[position] for position in self._order]

    def beginning(self, piece: str) -> list[int]:
        """Return the positions of the texts that begin with a piece."""
        first = bisect.bisect_left(self._texts, piece)
        past = bisect.bisect_left(self._texts, piece + "\U0010ffff", first)
        return self._order[first:past]


class Spelling:
    """
    Texts to be compared with what people type.

    Args:
        closed: Names without spaces.
        sounds: For some of them, by position, the pinyin with a space between syllables.
    """

    def __init__(self, closed: Sequence[str], sounds: dict[int, str]) -> None:
        self._closed, self._sounds = closed, sounds

    def like(self, text: str, least: float) -> list[tuple[float, int]]:
        """
        Return (likeness from `least` to 1, position) of what is spelt much like a text.

        A longer name counts where a part of it is like the text.

        Args:
            text: A name without spaces.
            least: What is less like it is left out.
        """
        from rapidfuzz import fuzz  # noqa: PLC0415 - only misspelt texts come here

        parts = len(text) >= _SHORTEST_PART[is_chinese(text)]
        found = []
        for position in self._candidates(text):
            name = self._closed[position]
            alike = fuzz.ratio(text, name) / 100
            if parts and len(name) > len(text):
                alike = max(alike, _PART * fuzz.partial_ratio(text, name) / 100)
            if alike >= least:
                found.append((alike, position))
        return found

    def sounding(self, text: str) -> list[tuple[bool, int]]:
        """Return (whether the whole name, position) of what sounds like a text in Chinese characters."""
        sound = sound_of(text)
        if not sound:
            return []
        positions, lines = self._sounding
        wanted = f" {sound} "
        found = list(itertools.islice(lines.holding(wanted), _MOST_COMPARED))
        return [(self._sounds[positions[at]] == sound, positions[at]) for at in found]

    def _candidates(self, text: str) -> list[int]:
        counts: Counter[int] = Counter()
        read = 0
        for places in sorted((self._pieces.get(piece, ()) for piece in pieces(text)), key=len):
            if read and read + len(places) > _MOST_READ:
                break
            counts.update(places)
            read += len(places)
        return [position for position, _ in counts.most_common(_MOST_COMPARED)]

    @cached_property
    def _pieces(self) -> dict[str, array[int]]:
        found: dict[str, array[int]] = {}
        for position, name in enumerate(self._closed):
            for piece in pieces(name):
                found.setdefault(piece, array("I")).append(position)
        return found

    @cached_property
    def _sounding(self) -> tuple[list[int], Lines]:
        return list(self._sounds), Lines([f" {sound} " for sound in self._sounds.values()])


def pieces(text: str) -> set[str]:
    """
    Return the short pieces of a name by which candidates are found.

    >>> sorted(pieces("焦炉")), sorted(pieces("gas"))
    (['炉', '焦', '焦炉'], ['^ga', 'as$', 'gas'])
    """
    if is_chinese(text):
        return {text[at : at + 2] for at in range(len(text) - 1)} | set(text)
    framed = f"^{text}$"
    return {framed[at : at + 3] for at in range(len(framed) - 2)}


def sound_of(text: str) -> str:
    """
    Return Chinese characters in pinyin without tones, a space between syllables; "" for other text.

    >>> sound_of("焦炉媒气"), sound_of("gas")
    ('jiao lu mei qi', '')
    """
    if not is_chinese(text):
        return ""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - only misspelt texts come here

    syllables = lazy_pinyin(text, errors=list)  # type: ignore[arg-type] # what it cannot say, by characters
    return " ".join(syllables).replace("ü", "u").replace("v", "u")


def is_chinese(text: str) -> bool:
    """Return whether there is a Chinese character in a text."""
    return any("\u3400" <= character <= "\u9fff" for character in text)
