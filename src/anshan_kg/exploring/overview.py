"""What a picture begins with where nobody says with which: the region in a glance, no hairball."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anshan_kg.exploring.values import Link

_ROOT = "akg:Place"
_SHOWN = ("akg:IndustrialBase", "akg:IndustrialCluster", "akg:ValorisationChain")
"""The classes that an overview of a region consists of, round its best connected place."""
_EACH = 10


def chosen(links: Mapping[str, Sequence[Link]], types: Mapping[str, str]) -> tuple[str, ...]:
    """
    Return the best connected place, bases, clusters and chains, and what joins each to the place.

    Args:
        links: Thing -> its relations.
        types: Thing -> its class.
    """
    ranked = sorted(links, key=lambda iri: (-len(links[iri]), iri))
    root = next((iri for iri in ranked if types[iri] == _ROOT), None)
    if root is None:
        return tuple(ranked[:_EACH])
    before = _tree(root, links)
    found = {root: None}
    for kind in _SHOWN:
        for iri in [each for each in ranked if types[each] == kind and each in before][:_EACH]:
            step: str | None = iri
            while step is not None:
                found.setdefault(step)
                step = before[step]
    return tuple(found)


def _tree(root: str, links: Mapping[str, Sequence[Link]]) -> dict[str, str | None]:
    """Return each thing that can be reached -> the thing before it on a shortest way."""
    before: dict[str, str | None] = {root: None}
    waiting = deque([root])
    while waiting:
        here = waiting.popleft()
        for link in links[here]:
            if link.other not in before:
                before[link.other] = here
                waiting.append(link.other)
    return before
