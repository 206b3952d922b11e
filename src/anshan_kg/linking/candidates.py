"""Candidates: which of many names share rare characters, pairs of characters or sounds with another."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from pypinyin.constants import PINYIN_DICT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_BREAK = 10
"""The character between names."""


_NOTHING = np.empty(0, dtype=np.intp)


class Index:
    """
    An inverted index of the single characters, pairs and triples in many names.

    A name is a vector of its grams, weighed by how rare they are; `search` returns the nearest by
    cosine. It holds about 200 bytes a name.
    """

    def __init__(self, texts: Sequence[str], sizes: tuple[int, ...] = (1, 2, 3)) -> None:
        self.count = len(texts)
        self.sizes = sizes
        keys, owners = _grams(texts, sizes)
        order = np.argsort(keys, kind="stable")
        keys, self.owners = keys[order], owners[order]
        del order, owners
        first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else _NOTHING
        self.keys: NDArray[np.uint64] = keys[first]
        self.starts = np.append(first, len(keys))
        del keys
        held = np.diff(self.starts)
        self.rarity: NDArray[np.float32] = (np.log((1 + self.count) / (1 + held)) + 1).astype(np.float32)
        squares = np.bincount(self.owners, weights=np.repeat(self.rarity**2, held), minlength=self.count)
        self.norms: NDArray[np.float32] = np.sqrt(np.maximum(squares, 1e-9)).astype(np.float32)

    def search(
        self, text: str, limit: int, least: float = 0.1
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Return the numbers of the nearest names, best first, and their cosines."""
        keys, _ = _grams([text], self.sizes)
        keys = np.unique(keys)
        at = np.searchsorted(self.keys, keys)
        at = at[at < len(self.keys)]
        known = at[np.isin(self.keys[at], keys)]
        if not len(known):
            return _NOTHING, np.empty(0, dtype=np.float32)
        unknown = (len(keys) - len(known)) * (np.log(1 + self.count) + 1) ** 2
        norm = float(np.sqrt(np.sum(self.rarity[known].astype(np.float64) ** 2) + unknown))
        pieces = [self.owners[self.starts[key] : self.starts[key + 1]] for key in known]
        weights = np.repeat(self.rarity[known] ** 2, [len(piece) for piece in pieces])
        sums = np.bincount(np.concatenate(pieces), weights=weights, minlength=self.count)
        cosines = (sums / (self.norms * norm)).astype(np.float32)
        found = np.flatnonzero(cosines >= least)
        if len(found) > limit:
            found = found[np.argpartition(-cosines[found], limit - 1)[:limit]]
        order = np.lexsort((found, -cosines[found]))
        return found[order], cosines[found[order]]


def _grams(texts: Sequence[str], sizes: tuple[int, ...]) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Return the grams of many texts as numbers, each once a text, and whose they are."""
    joined = "\n".join(texts) + "\n"
    points = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    breaks = points == _BREAK
    owner = (np.cumsum(breaks) - breaks).astype(np.int32)
    keys = [np.empty(0, dtype=np.uint64)]
    owners = [np.empty(0, dtype=np.int32)]
    shift = np.uint64(21)  # no character has a longer number
    for size in sizes:
        if len(points) < size:
            continue
        end = len(points) - size + 1
        key = np.zeros(end, dtype=np.uint64)
        inside = np.ones(end, dtype=bool)
        for step in range(size):
            key = (key << shift) | points[step : step + end]
            inside &= ~breaks[step : step + end]
        keys.append(key[inside])
        owners.append(owner[:end][inside])
    if not keys:  # shorter than the shortest gram
        return np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int32)
    return np.concatenate(keys), np.concatenate(owners)


@cache
def _sounds() -> dict[int, str]:
    import unicodedata  # noqa: PLC0415 - only where sounds are asked for

    def bare(sound: str) -> str:
        apart = unicodedata.normalize("NFD", sound.split(",", maxsplit=1)[0])
        return "".join(char for char in apart if char.isascii())

    return {point: f" {bare(sound)} " for point, sound in PINYIN_DICT.items()}


def sound(text: str) -> str:
    """
    Return a text as it sounds: each character's first reading, without tones and spaces.

    A table look-up, not a reading in context; good for finding, never for deciding.

    >>> sound("鞍山市 abc")
    'anshanshiabc'
    """
    return text.translate(_sounds()).replace(" ", "")
