"""The nouns of matching: a record to be matched, a candidate with its reasons, a decision."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Kind(enum.StrEnum):
    """What sort of thing a record is; two kinds that exclude each other never match exactly."""

    GROUP = "group"
    COMPANY = "company"
    BRANCH = "branch"
    PLANT = "plant"
    MINE = "mine"
    PLACE = "place"
    DIVISION = "division"
    MATERIAL = "material"
    PRODUCT = "product"
    INDUSTRY = "industry"
    UNIT = "unit"
    SECURITY = "security"
    ORGANIZATION = "organization"
    OTHER = "other"


class Decision(enum.StrEnum):
    """What two thresholds make of a score."""

    ACCEPT = "accept"
    REVIEW = "review"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Record:
    """
    One thing that can be matched, ours or a target's, as plain values.

    Attributes:
        id: its IRI, curie or the target's own identifier.
        names: every name with the language or kind it is in: `("zh", "鞍钢股份有限公司")`, `("en", ...)`,
            `("pinyin", ...)`, `("former", ...)`, `("code", ...)`; the first of a language is its label.
        kind: what sort of thing it is, `Kind.OTHER` where the source does not say.
        places: the names or six-digit codes of the places it lies in, from the largest down.
        level: the administrative level of a place (`province`, `city`, `county`, `town`), else empty.
        point: latitude and longitude in degrees (WGS 84).
        identifiers: scheme to value, such as `{"uscc": "91210300..."}`.
        parents: names of owners or broader things.
        status: as the source says it, such as `operating`, `delisted`, `retired`.
        note: what a reader should see beside the name, such as a definition or a capacity.
    """

    id: str
    names: Sequence[tuple[str, str]]
    kind: Kind = Kind.OTHER
    places: Sequence[str] = ()
    level: str = ""
    point: tuple[float, float] | None = None
    identifiers: Mapping[str, str] = field(default_factory=dict)
    parents: Sequence[str] = ()
    status: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a score is what it is, readable in both languages; `weight` is what it added or took away."""

    code: str
    zh: str
    en: str
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Match:
    """
    A candidate with what speaks for and against it.

    `score` runs from 0 to 1. `relation` is the strongest relation that may be claimed: `exact`,
    `close` (a plant and the company of its name, another class of a firm's shares), `broad`, `narrow`,
    or `related` (a group and its listed company, a firm and its branch).
    """

    record: Record
    score: float
    decision: Decision
    relation: str = "exact"
    reasons: Sequence[Reason] = ()
