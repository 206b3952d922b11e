"""Candidates for names: by the matching core, by code and by sound; then what else is known of them."""

from __future__ import annotations

import math
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anshan_kg.linking import identifiers
from anshan_kg.linking.matcher import Matcher
from anshan_kg.linking.record import Decision, Kind, Record
from anshan_kg.model import Labels
from anshan_kg.quantities import decimal
from anshan_kg.reconciling.catalogue import KINDS, code_of, may_be_pinyin, sound_of
from anshan_kg.reconciling.model import Candidate
from anshan_kg.search import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from anshan_kg.linking.record import Match
    from anshan_kg.reconciling.catalogue import Catalogue, Thing
    from anshan_kg.reconciling.extending import Held
    from anshan_kg.reconciling.model import Ask, Given, Value

    Held_of = Callable[[Sequence[str], Sequence[str]], Mapping[tuple[str, str], Sequence[Held]]]
    Having = Callable[[str, Sequence[str]], Sequence[str]]

NAMES = ("rdfs:label", "skos:altLabel", "skos:prefLabel", "skos:notation")
"""Properties whose values are names; a query without a name is looked for by these."""
PLACES = ("akg:locatedIn",)
_CODE = re.compile(r"[0-9A-Z][0-9A-Z.〔〕号-]{2,30}")
_LEAST = 20.0
"""Below this score a candidate is not worth showing."""
_SOUND = 85.0
"""The score of a name that only sounds the same: homonyms are many."""
_AGREES, _DIFFERS, _OTHER_TYPE = 4.0, 15.0, 15.0
"""What a property that agrees adds, and what one that differs, or another class, takes away."""
_ALIKE = 90.0
"""From this likeness on, of 100, two values count as the same."""
_NEAR = 0.01
"""Numbers within this part of each other count as the same."""
_CLEAR = 3.0
"""How far the second has to lie behind, in points, for the first to be sure."""
_LOOKED_AT = 20
_MATCHERS = 24


@dataclass
class _Found:
    """A candidate on its way."""

    thing: Thing
    score: float
    sure: bool
    features: dict[str, float | bool] = field(default_factory=dict)
    reasons: list[Labels] = field(default_factory=list)


class Reconciler:
    """
    Answers what names in a table mean. Safe to use from several threads.

    Args:
        catalogue: What there is.
        held: From things and properties to the values there are.
        having: From a property and values to things.
    """

    def __init__(self, catalogue: Catalogue, held: Held_of, having: Having) -> None:
        self.catalogue, self._held, self._having = catalogue, held, having
        self._matchers: OrderedDict[tuple[str, ...], Matcher] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, asks: Sequence[Ask]) -> list[list[Candidate]]:
        """Return the candidates for each query, best first."""
        found = [self._candidates(ask) for ask in asks]
        self._weigh_properties(asks, found)
        return [_ranked(ask, each) for ask, each in zip(asks, found, strict=True)]

    def _candidates(self, ask: Ask) -> list[_Found]:
        wanted = [short for name in ask.types if (short := self.catalogue.class_of(name))]
        strict = ask.strict if ask.types else "should"
        if strict != "should" and (not wanted or (strict == "all" and len(wanted) < len(ask.types))):
            return []
        found: dict[str, _Found] = {}
        for text in _texts(ask):
            self._by_name(text, ask, wanted, strict, found)
            self._by_code(text, found)
            self._by_sound(text, found)
        if not ask.text.strip():
            self._by_property(ask, found)
        kept = []
        for each in found.values():
            fits = [short in each.thing.types for short in wanted]
            if strict == "should":
                if wanted and not any(fits):
                    each.score, each.sure = each.score - _OTHER_TYPE, False
            elif not (any(fits) if strict == "any" else all(fits)):
                continue
            if wanted:
                each.features["type"] = any(fits)
            kept.append(each)
        return kept

    def _by_name(
        self, text: str, ask: Ask, wanted: Sequence[str], strict: str, found: dict[str, _Found]
    ) -> None:
        record = _record(text, ask, wanted)
        # Among the things of the class alone, none of them is crowded out by others.
        scopes = [tuple(sorted(wanted))] if wanted else [()]
        if strict == "should" and wanted:
            scopes.append(())
        for scope in scopes:
            best = max((each.score for each in found.values()), default=0.0)
            if len(scopes) > 1 and not scope and (best >= _FITS or sound_of(text) in self.catalogue.sounds):
                break  # whatever else there is would lie behind
            for match in self._matcher(scope).match(record, _LOOKED_AT):
                thing = self.catalogue.things[match.record.id]
                if round(100 * match.score, 1) >= _LEAST:
                    _keep(found, _of_match(thing, match))
        if not ask.properties:  # else what is known of it may speak against it
            for iri in self.catalogue.exact.get(normalise(text), ()):
                each = found.get(iri) or _Found(self.catalogue.things[iri], 0.0, sure=False)
                found[iri] = each
                labels = each.thing.labels
                each.features["exact"] = normalise(text) in {normalise(labels.zh), normalise(labels.en)}
                if each.score < _NAMED:
                    each.score, each.reasons = _NAMED, [_BY_NAME]

    def _by_code(self, text: str, found: dict[str, _Found]) -> None:
        code = code_of(text)
        thing = self.catalogue.thing_of(text) if text.strip() else None
        if thing is not None:
            _keep(found, _Found(thing, 100.0, True, {"identifier": True}, [_IDENTIFIER]))
        if not _CODE.fullmatch(code):
            return
        bearers = self.catalogue.codes.get(code, ())
        for iri in bearers:
            sure = len(bearers) == 1
            _keep(found, _Found(self.catalogue.things[iri], 100.0, sure, {"code": True}, [_BY_CODE]))

    def _by_sound(self, text: str, found: dict[str, _Found]) -> None:
        if not text.isascii():
            return
        for iri in self.catalogue.sounds.get(sound_of(text), ()):
            before = found.pop(iri, None)
            # A name in Latin letters may be the pinyin that we made; that it is equal proves little.
            english = iri in self.catalogue.exact.get(normalise(text), ())
            if english and before is not None:
                found[iri] = before
                continue
            found[iri] = _Found(self.catalogue.things[iri], _SOUND, False, {"sound": True}, [_BY_SOUND])

    def _by_property(self, ask: Ask, found: dict[str, _Found]) -> None:
        for given in ask.properties:
            short = self.catalogue.property_of(given.property)
            if short is None or short in NAMES:
                continue
            values = [iri for value in given.values for iri in self._meant(value)]
            for iri in self._having(self.catalogue.properties[short].iri, values) if values else ():
                thing = self.catalogue.things.get(iri)
                if thing is not None and iri not in found:
                    found[iri] = _Found(thing, _BY_PROPERTY, sure=False)

    def _meant(self, value: Value) -> list[str]:
        thing = self.catalogue.thing_of(value.id) if value.id else self.catalogue.thing_of(value.text)
        if thing is not None:
            return [thing.iri]
        if value.id or not value.text.strip():
            return []
        plain = normalise(value.text)
        return [
            thing.iri for thing in self.catalogue.things.values()
            if plain in {normalise(thing.labels.zh), normalise(thing.labels.en)}
        ][:_LOOKED_AT]  # fmt: skip

    def _matcher(self, classes: tuple[str, ...]) -> Matcher:
        with self._lock:
            made = self._matchers.get(classes)
            if made is None:
                wanted = set(classes)
                things = [
                    thing for thing in self.catalogue.things.values()
                    if not wanted or wanted & set(thing.types)
                ]  # fmt: skip
                made = self._matchers[classes] = Matcher(thing.record() for thing in things)
                if len(self._matchers) > _MATCHERS:
                    self._matchers.popitem(last=False)
            self._matchers.move_to_end(classes)
            return made

    def _weigh_properties(self, asks: Sequence[Ask], found: Sequence[list[_Found]]) -> None:
        """Add to and take from scores by what else is said; one look-up for all of them."""
        named = {
            given.property: short
            for ask in asks
            for given in ask.properties
            if (short := self.catalogue.property_of(given.property))
        }
        things = sorted({
            each.thing.iri for ask, many in zip(asks, found, strict=True) if ask.properties for each in many
        })  # fmt: skip
        if not named or not things:
            return
        held = self._held(things, sorted({*named.values()}))
        for ask, many in zip(asks, found, strict=True):
            for given in ask.properties:
                short = named.get(given.property)
                for each in many if short else ():
                    self._weigh(each, given, held.get((each.thing.iri, str(short)), ()))

    def _weigh(self, each: _Found, given: Given, held: Sequence[Held]) -> None:
        if not held or not given.values:
            return
        likeness = max(self._alike(value, one) for value in given.values for one in held)
        each.features[given.property] = round(likeness, 1)
        if likeness >= _ALIKE:
            each.score = min(100.0, each.score + _AGREES)
        else:
            each.score, each.sure = each.score - _DIFFERS, False
            each.reasons.append(Labels(f"another value of {given.property}", f"{given.property} 的值不同"))

    def _alike(self, value: Value, held: Held) -> float:
        from rapidfuzz import fuzz  # noqa: PLC0415 - only where properties are given

        if value.id or held.iri:
            thing = self.catalogue.thing_of(value.id or value.text)
            if thing is not None and held.iri:
                return 100.0 if thing.iri == held.iri else 0.0
        one, other = decimal(value.text.replace(",", "")), decimal(held.text)
        if one is not None and other is not None:
            return 100.0 if math.isclose(one, other, rel_tol=_NEAR) else 0.0
        texts = {held.text, held.labels.en, held.labels.zh} - {""}
        plain = normalise(value.text)
        return max((fuzz.ratio(plain, normalise(text)) for text in texts), default=0.0)


_BY_PROPERTY = 40.0
_NAMED = 80.0
"""The least score of a thing that has the very name, where nothing is known that speaks against it."""
_BY_NAME = Labels("the very name", "名称完全相同")
_IDENTIFIER = Labels("its identifier", "标识符相同")
_BY_CODE = Labels("the same code", "代码相同")
_BY_SOUND = Labels("sounds the same", "拼音相同")


def _texts(ask: Ask) -> list[str]:
    """Return what is looked for by name: the query, else the names among the properties."""
    if ask.text.strip():
        return [ask.text]
    return [
        value.text
        for given in ask.properties
        if given.property in NAMES or given.property.rpartition(":")[2] in {"label", "name", "code"}
        for value in given.values
        if value.text.strip()
    ]


def _record(text: str, ask: Ask, wanted: Sequence[str]) -> Record:
    """Return a query as the matching core takes a record of its own."""
    names = [("en" if text.isascii() else "zh", text)]
    if text.isascii() and may_be_pinyin(text):
        names.append(("pinyin", text))
    kind = next((KINDS[short] for short in wanted if short in KINDS), Kind.OTHER)
    places = [
        value.text or value.id.rpartition("/")[2]
        for given in ask.properties
        if given.property in PLACES or given.property.rpartition(":")[2].lower() == "locatedin"
        for value in given.values
    ]
    code = code_of(text)
    known = {"uscc": code} if len(code) == _USCC and identifiers.valid("uscc", code) else {}
    return Record("", tuple(names), kind, tuple(places), identifiers=known)


_USCC = 18
_FITS = 85.0
"""From this score on, a thing of the class that is preferred makes looking for others needless."""


def _of_match(thing: Thing, match: Match) -> _Found:
    sure = match.decision is Decision.ACCEPT and match.relation == "exact"
    features: dict[str, float | bool] = {"name": round(100 * match.score, 1)}
    features |= {reason.code: round(reason.weight, 3) for reason in match.reasons}
    reasons = [Labels(reason.en, reason.zh) for reason in match.reasons]
    return _Found(thing, 100 * match.score, sure, features, reasons)


def _keep(found: dict[str, _Found], each: _Found) -> None:
    before = found.get(each.thing.iri)
    if before is None or each.score > before.score or (each.sure and not before.sure):
        found[each.thing.iri] = each


def _ranked(ask: Ask, found: Iterable[_Found]) -> list[Candidate]:
    """Return the best candidates; the first is sure only if no other comes near."""
    order = sorted(
        (each for each in found if each.score >= _LEAST),
        key=lambda each: (-each.score, not each.sure, not each.features.get("exact", False), each.thing.iri),
    )
    alone = len(order) == 1 or (len(order) > 1 and order[1].score < order[0].score - _CLEAR)
    return [
        Candidate(
            each.thing.iri, round(max(0.0, min(100.0, each.score)), 1), each.sure and alone and at == 0,
            tuple(each.features.items()), tuple(each.reasons),
        )
        for at, each in enumerate(order[: ask.limit])
    ]  # fmt: skip
