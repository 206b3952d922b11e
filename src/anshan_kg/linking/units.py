"""Units of measurement: names in both languages brought to the same words; symbols compared as they are."""

from __future__ import annotations

from functools import cache, lru_cache

from anshan_kg.linking.folding import fold, is_chinese, plain, table
from anshan_kg.linking.trade import lemma


@cache
def _tables() -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    known = table("units")
    chinese = sorted(known["chinese"].items(), key=lambda pair: -len(pair[0]))
    return tuple(known["words"].items()), tuple(chinese)


@lru_cache(maxsize=20_000)
def spoken(name: str) -> str:
    """
    Return the name of a unit in the words of the trade.

    Ten thousand tonnes are no unit of their own anywhere and stay what they are: not a tonne.

    >>> spoken("百万吨/年"), spoken("million tonnes per year"), spoken("万吨"), spoken("Tonne (metric)")
    ('megatonne per year', 'megatonne per year', 'ten kilotonne', 'tonne')
    """
    same, chinese = _tables()
    text = plain(name)
    if is_chinese(text):
        for old, new in chinese:
            text = text.replace(old, f" {new}")
    text = f" {' '.join(map(lemma, fold(text.replace('/', ' per ')).split()))} "
    text = text.replace(" per per ", " per ")
    for old, new in same:
        if old not in new or f" {new} " not in text:
            text = text.replace(f" {old} ", f" {new} ")
    return " ".join(text.split())
