"""
The data sets of others that things of ours are linked to: one module each.

A module has `TARGET`, what it tells of itself, and `records(path)`, which yields what a file of its
publisher holds, row by row. Where the data set has facts worth showing beside ours, it has
`facts(path, wanted)`. Adding a target is adding a module; nothing lists them. The matching, the judging
and the writing are the same for all, see `anshan_kg.curation`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol, cast

from anshan_kg import registry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from anshan_kg.linking.record import Record
    from anshan_kg.links._facts import Fact
    from anshan_kg.links._target import Target


class Module(Protocol):
    """What a module of this folder has."""

    TARGET: Target

    def records(self, path: Path) -> Iterator[Record]:
        """
        Yield the records of a file of the publisher, one at a time.

        Raises:
            DataError: the file is not one of its, or not whole.
        """

    def facts(self, path: Path, wanted: Collection[str]) -> Iterator[Fact]:
        """Yield what the file says of the records with the identifiers that are wanted."""


def names() -> list[str]:
    """Return the names of the targets, as people type them: `gem-plants`."""
    return [name.replace("_", "-") for name in registry.names(importlib.import_module(__name__))]


def load(name: str) -> Module:
    """
    Return one target.

    Raises:
        UnknownName: there is none of that name; the error lists those there are.
    """
    package = importlib.import_module(__name__)
    if name not in names():
        from anshan_kg.errors import UnknownName  # noqa: PLC0415 - names with hyphens are ours alone

        raise UnknownName("target", name, names())
    return cast("Module", registry.load(package, "target", name.replace("-", "_")))
