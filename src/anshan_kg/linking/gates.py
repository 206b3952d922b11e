"""Gates: what makes two records different things however alike their names are."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from anshan_kg.linking import folding, identifiers, names, places
from anshan_kg.linking.reasons import reason
from anshan_kg.linking.record import Kind

if TYPE_CHECKING:
    from anshan_kg.linking.record import Reason, Record


class Family(enum.StrEnum):
    """Kinds that are compared in the same way."""

    FIRM = "firm"
    MINE = "mine"
    PLACE = "place"
    CONCEPT = "concept"
    UNIT = "unit"
    ANY = "any"


FAMILIES = {
    Kind.GROUP: Family.FIRM,
    Kind.COMPANY: Family.FIRM,
    Kind.BRANCH: Family.FIRM,
    Kind.PLANT: Family.FIRM,
    Kind.SECURITY: Family.FIRM,
    Kind.ORGANIZATION: Family.FIRM,
    Kind.MINE: Family.MINE,
    Kind.PLACE: Family.PLACE,
    Kind.DIVISION: Family.PLACE,
    Kind.MATERIAL: Family.CONCEPT,
    Kind.PRODUCT: Family.CONCEPT,
    Kind.INDUSTRY: Family.CONCEPT,
    Kind.UNIT: Family.UNIT,
    Kind.OTHER: Family.ANY,
}

_CODES = {"code", "symbol", "ucum", "notation"}


@dataclass
class Subject:
    """A record made ready to be compared: its names by language, where it is, what it is."""

    record: Record
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    pinyin: tuple[str, ...] = ()
    _cache: dict[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, record: Record) -> Subject:
        """Sort the names of a record by what they are written in."""
        zh: dict[str, None] = {}
        en: dict[str, None] = {}
        codes: dict[str, None] = {}
        pinyin: dict[str, None] = {}
        for kind, raw in record.names:
            text = names.without_notes(raw)
            if not text:
                continue
            if kind in _CODES:
                codes[raw.strip()] = None
            elif kind == "pinyin" or kind.endswith("-pinyin"):
                pinyin[text] = None
            elif folding.is_chinese(text):
                zh[text] = None
            else:
                en[text] = None
        return cls(record, tuple(zh), tuple(en), tuple(codes), tuple(pinyin))

    @cached_property
    def family(self) -> Family:
        """How it is compared."""
        return FAMILIES[self.record.kind]

    @cached_property
    def where(self) -> places.Where:
        """Where it lies, as far as its places tell."""
        return places.where(self.record.places)

    @cached_property
    def firms(self) -> tuple[names.Firm, ...]:
        """Its Chinese names as names of a firm."""
        return tuple(map(names.chinese_firm, self.zh))

    @cached_property
    def english_firms(self) -> tuple[names.Firm, ...]:
        """Its English names as names of a firm."""
        return tuple(map(names.english_firm, self.en))

    @cached_property
    def is_group(self) -> bool:
        """Whether it is a group of firms and no listed company of one."""
        if self.record.kind is Kind.GROUP:
            return True
        if self.record.kind in {Kind.PLANT, Kind.SECURITY, Kind.BRANCH}:
            return False
        label = self.firms[0] if self.firms else self.english_firms[0] if self.english_firms else None
        return label is not None and label.group and label.form != "stock"

    @cached_property
    def is_listed(self) -> bool:
        """Whether it is a stock corporation by any of its names."""
        return any(firm.form == "stock" for firm in self.firms)

    @cached_property
    def branch(self) -> str:
        """The branch its label names, or empty."""
        label = self.firms[0] if self.firms else self.english_firms[0] if self.english_firms else None
        return label.branch if label else ""


def by_identifiers(ours: Record, theirs: Record) -> tuple[bool | None, list[Reason]]:
    """
    Compare the identifiers of two records scheme by scheme.

    Returns:
        True where one is the same, False where one differs of which a thing has only one, else
        None; and the reasons.
    """
    verdict: bool | None = None
    reasons: list[Reason] = []
    for scheme, value in ours.identifiers.items():
        other = theirs.identifiers.get(scheme)
        if not other or not value:
            continue
        bad = [each for each in (value, other) if not identifiers.valid(scheme, each)]
        if bad:
            reasons += [reason("bad-identifier", 0.0, scheme, each) for each in bad]
        elif identifiers.normal(scheme, value) == identifiers.normal(scheme, other):
            verdict = True if verdict is None else verdict
            reasons.append(reason("same-identifier", 0.5, scheme, value))
        elif scheme in identifiers.UNIQUE:
            verdict = False
            reasons.append(reason("other-identifier", -1.0, scheme, value, other))
    return verdict, reasons


def by_kind(ours: Subject, theirs: Subject) -> Reason | None:
    """Return why two records cannot be the same by their kinds, None where they can."""
    one, other = ours.family, theirs.family
    if one is other or Family.ANY in {one, other}:
        kinds = {ours.record.kind, theirs.record.kind}
        if Kind.INDUSTRY in kinds and kinds & {Kind.MATERIAL, Kind.PRODUCT}:
            return reason("kinds", -1.0, ours.record.kind, theirs.record.kind)
        return None
    return reason("kinds", -1.0, ours.record.kind, theirs.record.kind)
