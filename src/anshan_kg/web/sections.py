"""Which part of a thing's page shows what: `sections.toml`, read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from anshan_kg.model import Labels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anshan_kg.dossier import Group

_REST = "more"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: its name in addresses, its title, the groups it shows in their order."""

    name: str
    title: Labels
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sections:
    """
    All parts of a page.

    Attributes:
        sections: The parts in their order.
        hidden: Keys of groups that are not shown.
        backwards: Property -> how it reads from its other end, where it does not say so itself.
        claims: Part that a thing plays in claims -> what the group of them is called.
    """

    sections: tuple[Section, ...]
    hidden: frozenset[str]
    backwards: dict[str, Labels]
    claims: dict[str, Labels]

    def title(self, group: Group) -> Labels:
        """Return what a group is called."""
        if group.key.startswith("claims:"):
            return self.claims[group.key.partition(":")[2]]
        return self.backwards.get(group.key, group.label)

    def arranged(self, groups: Iterable[Group]) -> list[tuple[Section, list[Group]]]:
        """Return the parts that have something to show, each with it."""
        left = {group.key: group for group in groups if group.key not in self.hidden}
        found = [
            (section, [left.pop(key) for key in section.groups if key in left]) for section in self.sections
        ]
        for section, shown in found:
            if section.name == _REST:
                shown.extend(left.values())
        return [(section, shown) for section, shown in found if shown]


@cache
def load() -> Sections:
    """Return the sections as the file has them."""
    read = tomllib.loads((files(__package__) / "sections.toml").read_text(encoding="utf-8"))
    return Sections(
        tuple(
            Section(each["name"], Labels(each["en"], each["zh"]), tuple(each["groups"]))
            for each in read["section"]
        ),
        frozenset(read["hidden"]),
        {f"^{term}": Labels(*names) for term, names in read["backwards"].items()},
        {part: Labels(each["en"], each["zh"]) for part, each in read["claims"].items()},
    )
