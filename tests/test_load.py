"""A short load, of the kind that `python -m tests.load` measures at length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anshan_kg.bench import shapes
from tests import load
from tests.service import running_in_memory

if TYPE_CHECKING:
    from pathlib import Path

    from anshan_kg import KnowledgeGraph
    from anshan_kg.bench.shapes import Shape


@pytest.fixture(scope="module")
def found(kg: KnowledgeGraph) -> tuple[Shape, ...]:
    return shapes.of(kg.dataset.store)


def test_many_clients_are_all_answered(tmp_path: Path, found: tuple[Shape, ...]):
    with running_in_memory(tmp_path, *load.options_for(64, overload=False)) as service:
        result = load.load(service.base, found, 64, 3)
        assert result.faults({200}) == []
        assert {each.shape for each in result.answers} == set(shapes.NAMES)
        assert load.answers(service.base)


@pytest.mark.parametrize("one_address", [False, True], ids=["many visitors", "one visitor"])
def test_more_clients_than_places_are_told_to_come_again(
    tmp_path: Path, found: tuple[Shape, ...], one_address: bool
):
    """Those that find no place get 503, those that used up their time 429, and nobody waits for ever."""
    options = load.options_for(24, overload=True, workers=3, queue=8, budget=1)
    with running_in_memory(tmp_path, *options) as service:
        result = load.load(service.base, found, 24, 3, one_address=one_address)
        assert result.faults({200, 429, 503}) == []
        assert result.statuses[200]
        assert result.statuses[429 if one_address else 503]
        assert load.answers(service.base) or one_address


def test_a_load_tells_what_may_not_be():
    """A status, a missing word on when to come again, a hang: each is named."""
    result = load.Found(1.0, [load.Told("entity", 500, 0.1, False), load.Told("entity", 503, 0.1, False)])
    result.unanswered = 2
    result.broken["EOFError"] += 1
    assert result.faults({200, 503}) == [
        "1 x status 500",
        "1 x no Retry-After",
        "1 x EOFError",
        "2 x no answer",
    ]
    assert load.Found().faults({200}) == ["nothing was answered"]
    assert "503: 1" in result.report()
