"""Choices that the address of a page makes: one of a few words, a number, a part of a long list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request

from anshan_kg.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SHOWN = 40


def choice(name: str, among: Iterable[str], default: str = "") -> str:
    """
    Return what a parameter of the request chooses, or a default where it is not given.

    Raises:
        ParameterError: it is none of the words there are; the error lists them.
    """
    given = request.args.get(name, "")
    if not given:
        return default
    known = list(among)
    if given not in known:
        raise ParameterError(f"{name} is {given[:_SHOWN]!r}; there are: {', '.join(known)}")
    return given


@dataclass(frozen=True, slots=True)
class Part:
    """
    A part of a long list.

    Attributes:
        rows: What is shown.
        start: Number of the first of them, from 0.
        size: How many are shown at most.
        total: How many there are.
    """

    rows: Sequence[Any]
    start: int
    size: int
    total: int


def part(rows: Sequence[Any], size: int) -> Part:
    """
    Return the part of a list that begins at `?start=`.

    Raises:
        ParameterError: it is no number.
    """
    text = request.args.get("start", "0") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - digits of any list
        raise ParameterError(f"start is {text[:20]!r}; it is the number of the first row, from 0")
    start = min(int(text), max(len(rows) - 1, 0))
    return Part(rows[start : start + size], start, size, len(rows))
