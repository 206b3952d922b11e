"""Matching: candidates by n-grams and pinyin, gates, scores with reasons, two thresholds, nothing as a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anshan_kg.linking.record import Match, Record


class Matcher:
    """
    Finds, among many records, those that are the same thing as another one.

    Building it costs time and memory by the number of records; `match` costs by the candidates.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        raise NotImplementedError

    def match(self, record: Record, limit: int = 5) -> Sequence[Match]:
        """
        Return the candidates for `record`, best first; an empty sequence says that there is none (NIL).

        Every candidate that was looked at closely and refused is among them as `reject`, up to `limit`.
        """
        raise NotImplementedError

    def match_many(self, records: Sequence[Record], limit: int = 5) -> Sequence[Sequence[Match]]:
        """Match a whole table at once; the same answers as one by one, at less cost a record."""
        raise NotImplementedError

    def judge(self, ours: Record, theirs: Record) -> Match:
        """Score one given pair, with its reasons."""
        raise NotImplementedError
