"""Things of ours as records that can be matched."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from anshan_kg.linking.record import Kind, Record
from anshan_kg.model import text_of
from anshan_kg.terms import slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from anshan_kg.model import Table, Term

_TICKER = re.compile(r"\d{4,6}\.(?:SZ|SH|BJ|HK)")
_DIVISION = re.compile(r"\d{6}|\d{9}")
_UNITS = "http://qudt.org/vocab/unit/"


def records(kinds: Mapping[str, str], aspects: Table) -> list[Record]:
    """
    Return things as records, in the order of their IRIs.

    Args:
        kinds: IRI -> kind, as the queries under `queries/ours/` say it.
        aspects: What the look-up `records` says of them.
    """
    found: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for row in aspects:
        value = row["value"]
        if value is not None:
            found[text_of(row["thing"])][text_of(row["aspect"])].append(value)
    return [_record(thing, Kind(kinds[thing]), found[thing]) for thing in sorted(kinds)]


def _record(thing: str, kind: Kind, aspects: Mapping[str, Sequence[Term]]) -> Record:
    codes = [text_of(each) for each in (*aspects.get("code", ()), *aspects.get("symbol", ()))]
    names = [*_names(aspects.get("label", ())), *_names(aspects.get("name", ()))]
    divisions = [each for each in _texts(aspects, "division") if _DIVISION.fullmatch(each)]
    code = next((each for each in codes if _DIVISION.fullmatch(each)), "") if kind is Kind.PLACE else ""
    above = [f"{code[:2]}0000", f"{code[:4]}00"] if code else []
    above += [code[:6]] if len(code) > len("210300") else []
    return Record(
        thing,
        tuple(dict.fromkeys((*names, *(("code", each) for each in codes)))),
        kind=kind,
        places=tuple(dict.fromkeys((*sorted(divisions), *_texts(aspects, "place"), *above))),
        level=_level(code) if kind is Kind.PLACE else "",
        identifiers=_identifiers(thing, kind, codes, _texts(aspects, "hs")),
        parents=tuple(_texts(aspects, "parent")),
        status="; ".join(_texts(aspects, "status")),
        note=" ".join((*_texts(aspects, "meaning"), *_texts(aspects, "note"))),
    )


def _texts(aspects: Mapping[str, Sequence[Term]], name: str) -> list[str]:
    return [text_of(each) for each in aspects.get(name, ())]


def _names(values: Iterable[Term]) -> list[tuple[str, str]]:
    """Return names by language: Chinese, pinyin, English; the others come last and as they are."""
    found = []
    for value in values:
        tag = (value.language or "") if isinstance(value, Literal) else ""
        language = "pinyin" if tag.endswith("pinyin") else tag.partition("-")[0] or "en"
        if not re.search(r"（中文名未见）$", text_of(value)):
            found.append((language, text_of(value)))
    order = {"zh": 0, "en": 1, "pinyin": 2}
    return sorted(found, key=lambda each: order.get(each[0], 3))


def _level(code: str) -> str:
    """Return the level that a division code says; empty where there is none."""
    if not code:
        return ""
    if len(code) > len("210300"):
        return "town"
    return "province" if code.endswith("0000") else "city" if code.endswith("00") else "county"


def _identifiers(thing: str, kind: Kind, codes: Sequence[str], hs: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for code in codes:
        if kind is Kind.PLACE and _DIVISION.fullmatch(code):
            found["gbt2260"] = code
        elif _TICKER.fullmatch(code):
            found.setdefault("ticker", code)
    if kind is Kind.INDUSTRY:
        found[thing.rstrip("/").split("/")[-2]] = slug_of(thing)
    if len(hs) == 1:
        found["hs"] = hs[0]
    if kind is Kind.UNIT and thing.startswith(_UNITS):
        found["qudt"] = thing
    return found
