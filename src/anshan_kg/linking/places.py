"""Where something lies, from names and codes of places: divisions of China, and countries."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from anshan_kg.linking.folding import fold, is_chinese, plain, table, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROVINCE, CITY, COUNTY, DIGITS = 2, 4, 6, 6
"""How many digits of a division code name the province, the city, the county; and how many it has."""
LEVELS = {"province": 1, "city": 2, "county": 3, "town": 4, "village": 5}
"""Administrative levels from the largest down."""
_EARTH = 6371.0
_TOO_SHORT = 4
_MUNICIPALITIES = {"11", "12", "31", "50"}


@dataclass(frozen=True, slots=True)
class Where:
    """
    What is known of where something lies.

    Attributes:
        country: ISO 3166-1 alpha-2, or empty.
        codes: digits of the division codes it may be, each two, four or six long; empty where unknown.
    """

    country: str = ""
    codes: tuple[str, ...] = ()


def digits(code: str) -> str:
    """
    Return the digits of a division code that say something: whole levels, without the zeros behind.

    >>> digits("210300"), digits("21"), digits("210381107")
    ('2103', '21', '210381')
    """
    code = code[:DIGITS]
    while len(code) > PROVINCE and code.endswith("00"):
        code = code[:-2]
    return code


def related(one: str, other: str) -> bool:
    """Say whether one of two places lies in the other, or both are the same."""
    return one.startswith(other) or other.startswith(one)


def agree(one: Where, other: Where) -> bool | None:
    """
    Say whether two things may lie in the same place; None where that is not known.

    >>> agree(where(["辽宁省鞍山市"]), where(["Liaoning"])), agree(where(["鞍山市"]), where(["安徽省"]))
    (True, False)
    """
    if one.country and other.country and one.country != other.country:
        return False
    if one.codes and other.codes:
        return any(related(a, b) for a in one.codes for b in other.codes)
    return None


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the kilometres between two points given as degrees of latitude and longitude."""
    (la, lo), (lb, lp) = ((math.radians(x), math.radians(y)) for x, y in (one, other))
    half = math.sin((lb - la) / 2) ** 2 + math.cos(la) * math.cos(lb) * math.sin((lp - lo) / 2) ** 2
    return 2 * _EARTH * math.asin(min(1.0, math.sqrt(half)))


@cache
def _ends() -> re.Pattern[str]:
    peoples = "|".join(words("places", "peoples", "names"))
    ends = sorted(
        (word for level in table("places")["level"].values() for word in level), key=len, reverse=True
    )
    return re.compile(f"(?:(?:{peoples})*(?:自治[区州县旗])|{'|'.join(ends)})$")


_SELF_RULE = re.compile("自治[区州县旗]$")


@lru_cache(maxsize=50_000)
def stem(name: str) -> str:
    """
    Return a folded Chinese name of a place without the word for its level.

    >>> stem("鞍山市"), stem("岫岩满族自治县"), stem("内蒙古自治区"), stem("海城")
    ('鞍山', '岫岩', '内蒙古', '海城')
    """
    short = _ends().sub("", name)
    if len(short) < 2:  # noqa: PLR2004 - 内蒙古自治区 is not called 内
        short = _SELF_RULE.sub("", name)
    return short if len(short) > 1 else name


@cache
def _levels() -> tuple[tuple[str, str], ...]:
    found = [(word, level) for level, names in table("places")["level"].items() for word in names]
    return tuple(sorted(found, key=lambda pair: len(pair[0]), reverse=True))


def level_of(name: str) -> str:
    """
    Return the level that a folded Chinese name tells; `city_or_county` for 市, empty where it tells none.

    >>> level_of("铁东区"), level_of("千山街道"), level_of("鞍山")
    ('county', 'town', '')
    """
    if stem(name) == name:
        return ""
    return next((level for word, level in _levels() if name.endswith(word)), "")


@lru_cache(maxsize=50_000)
def english_place(name: str) -> tuple[str, str, tuple[str, ...]]:
    """
    Take an English name of a place apart: its stem in one word, its level, and what stands behind commas.

    >>> english_place("Qianshan District, Anshan")
    ('qianshan', 'county', ('Anshan',))
    """
    first, *rest = name.split(",")
    text = fold(first)
    for level, ends in table("places")["english"].items():
        for end in sorted(ends, key=len, reverse=True):
            if text.endswith(f" {end}"):
                return (
                    text.removesuffix(f" {end}").replace(" ", ""),
                    level,
                    tuple(part.strip() for part in rest),
                )
    return text.replace(" ", ""), "", tuple(part.strip() for part in rest)


@dataclass
class Gazetteer:
    """The divisions of China by their names, Chinese and English, and the countries."""

    by_name: dict[str, list[str]] = field(default_factory=dict)
    by_english: dict[str, list[str]] = field(default_factory=dict)
    cities: dict[str, list[str]] = field(default_factory=dict)
    regions: dict[str, str] = field(default_factory=dict)
    countries: dict[str, str] = field(default_factory=dict)
    front: dict[str, list[str]] = field(default_factory=dict)
    longest: int = 0

    def cut(self, name: str) -> tuple[tuple[str, ...], str]:
        """
        Cut the places from the front of a folded Chinese name, unless too little would stay.

        >>> gazetteer().cut("辽宁省鞍山市宝得钢铁")
        (('2103',), '宝得钢铁')
        """
        found: tuple[str, ...] = ()
        rest = name
        while len(rest) > 2:  # noqa: PLR2004 - two characters are a name already
            for size in range(min(self.longest, len(rest) - 2), 1, -1):
                codes = self.front.get(rest[:size])
                if codes is None:
                    continue
                narrowed = _narrow(found, codes)
                if narrowed:
                    found, rest = narrowed, rest[size:]
                    break
            else:
                break
        return found, rest

    def spoken(self, tokens: Sequence[str]) -> tuple[str, ...]:
        """Return the codes of the first place among the words of an English name."""
        found: tuple[str, ...] = ()
        for token in tokens:
            codes = self.cities.get(token)
            if codes:
                found = _narrow(found, codes) or found
        return found

    def find(self, text: str) -> Iterator[list[str]]:
        """Yield, for each place that a text names, the codes it may be."""
        if text.isdigit() and len(text) >= PROVINCE:
            yield [digits(text)]
            return
        for part in re.split(r"[/,;>|]", text):
            name = fold(part)
            if not name:
                continue
            if is_chinese(name):
                yield from self._chinese(name)
            else:
                stemmed = english_place(part)[0]
                if codes := self.by_english.get(stemmed):
                    yield codes

    def _chinese(self, name: str) -> Iterator[list[str]]:
        rest = name
        while rest:
            for size in range(min(self.longest, len(rest)), 1, -1):
                if codes := self.by_name.get(rest[:size]):
                    yield codes
                    rest = rest[size:].lstrip("省市")
                    break
            else:
                return


def _narrow(known: tuple[str, ...], codes: Sequence[str]) -> tuple[str, ...]:
    """Return the codes that fit what is known, the more exact of two that fit; empty if none does."""
    if not known:
        return tuple(dict.fromkeys(codes))
    fitting = (max(one, other, key=len) for one in known for other in codes if related(one, other))
    return tuple(dict.fromkeys(fitting))


@cache
def gazetteer() -> Gazetteer:
    """Return the places there are."""
    found = Gazetteer()
    folder = files(__package__) / "tables"
    for row in csv.DictReader((folder / "divisions.csv").read_text(encoding="utf-8").splitlines()):
        code, name, short, level = digits(row["code"]), plain(row["name"]), plain(row["stem"]), row["level"]
        english = fold(row["english"]).replace(" ", "")
        for each in {name, short}:
            found.by_name.setdefault(each, []).append(code)
        found.by_english.setdefault(english, []).append(code)
        # a district's bare name is too often a given name to be taken for a place in a firm's
        bare = level != "county" or not name.endswith("区")
        for each in {name, short} if bare else {name}:
            found.front.setdefault(each, []).append(code)
        if len(english) > _TOO_SHORT and (level != "county" or name.endswith("市")):
            found.cities.setdefault(english, []).append(code)
        found.longest = max(found.longest, len(name))
    for row in csv.DictReader((folder / "regions.csv").read_text(encoding="utf-8").splitlines()):
        found.regions[row["geonames"].casefold()] = row["code"]
    for row in csv.DictReader((folder / "countries.csv").read_text(encoding="utf-8").splitlines()):
        found.countries[fold(row["name"])] = row["code"]
        found.countries[row["code"].casefold()] = row["code"]
    return found


@lru_cache(maxsize=50_000)
def _where(places: tuple[str, ...]) -> Where:
    known = gazetteer()
    country = ""
    codes: tuple[str, ...] = ()
    for text in places:
        low = text.strip().casefold()
        if country == "CN" and len(low) == PROVINCE and low.isascii() and low.isalpha():
            codes = _narrow(codes, _abbreviated(low)) or codes
            continue
        if region := known.regions.get(low):
            codes, country = _narrow(codes, [region]) or codes, "CN"
            continue
        found_country = _country(low, known)
        if found_country and not (found_country == "CN" and codes):
            country = found_country
            continue
        if country and country != "CN":
            continue
        for each in known.find(text.strip()):
            codes = _narrow(codes, each) or codes
    return Where(country or ("CN" if codes else ""), codes)


@cache
def _abbreviated(letters: str) -> list[str]:
    """Return the provinces that two letters may stand for: the first of the name, and one behind it."""
    known = gazetteer().by_english
    return [
        code
        for name, codes in known.items()
        if name[0] == letters[0] and letters[1] in name[1:]
        for code in codes
        if len(code) == PROVINCE
    ]


_PARTS = {"western", "eastern", "northern", "southern", "central", "west", "east", "north", "south"}


def _country(text: str, known: Gazetteer) -> str:
    if text in {"中国", "cn"}:
        return "CN"
    if found := known.countries.get(fold(text)):
        # two letters may be a province of somewhere; only capitals in a field of their own are a country
        return found
    part, _, rest = text.partition(" ")
    if part in _PARTS and (found := known.countries.get(fold(rest))):
        return found
    head, dot, _ = text.partition(".")
    if dot and len(head) == len("cn") and head in known.countries:
        return known.countries[head]
    return ""


def where(places: Sequence[str]) -> Where:
    """
    Return where something lies whose places are given from the largest down, by names or codes.

    >>> where(["辽宁省", "鞍山市/铁东区"]).codes, where(["CN.19"]).codes, where(["Western Australia"]).country
    (('210302',), ('21',), 'AU')
    """
    return _where(tuple(places))
