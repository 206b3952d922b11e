"""The things, classes and properties that can be reconciled, from tables of the graph."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from anshan_kg.linking.record import Kind, Record
from anshan_kg.model import Labels, text_of
from anshan_kg.reconciling.model import Term
from anshan_kg.search import normalise
from anshan_kg.terms import BASE, PREFIXES, curie, path_of, slug_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from anshan_kg.model import Table
    from anshan_kg.model import Term as Node

KINDS = {
    "akg:Enterprise": Kind.COMPANY,
    "akg:Mine": Kind.MINE,
    "akg:Plant": Kind.PLANT,
    "akg:Facility": Kind.PLANT,
    "akg:Place": Kind.PLACE,
    "akg:MaterialType": Kind.MATERIAL,
    "akg:Organization": Kind.ORGANIZATION,
}
"""Class -> how things of it are compared; the first that fits counts, others are compared as anything."""

_EXCHANGES = (".SZ", ".SH", ".BJ", ".HK", ".CN")


@dataclass
class Thing:
    """One thing with its names, classes and places."""

    iri: str
    names: list[tuple[str, str]] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    labels: Labels = field(default_factory=Labels)
    definition: Labels = field(default_factory=Labels)

    @property
    def id(self) -> str:
        """What clients know it by: the rest of its IRI below the base."""
        return path_of(self.iri) or self.iri

    @property
    def kind(self) -> Kind:
        """How it is compared."""
        return next((kind for name, kind in KINDS.items() if name in self.types), Kind.OTHER)

    def record(self) -> Record:
        """Return it as the matching core takes it."""
        return Record(self.iri, tuple(self.names), self.kind, tuple(self.places))


class Catalogue:
    """
    What there is.

    Attributes:
        things: Thing -> what is known of it.
        classes: Short name of a class -> the class.
        properties: Short name of a property or an indicator -> the property.
        inhabited: Short names of the classes that something is of.
        codes: Code, in capitals -> the things that bear it.
        sounds: Pinyin without spaces -> the things that sound so.
        exact: Name, normalised -> the things that have it.
    """

    def __init__(
        self, names: Table, places: Table, classes: Table, properties: Table, used: Callable[[], Table]
    ) -> None:
        self.things: dict[str, Thing] = {}
        self.codes: dict[str, list[str]] = defaultdict(list)
        self.sounds: dict[str, list[str]] = defaultdict(list)
        self.exact: dict[str, list[str]] = defaultdict(list)
        for row in names:
            self._add(text_of(row["thing"]), row["name"], text_of(row["kind"]))
        for texts in places.texts():
            if texts["thing"] in self.things:
                self.things[texts["thing"]].places.append(texts["place"])
        self.classes = {term.id: term for term in _terms(classes)}
        self.properties = {term.id: term for term in _terms(properties)}
        self._used = used
        self.inhabited = {each for thing in self.things.values() for each in thing.types} & set(self.classes)

    @cached_property
    def used(self) -> dict[str, list[str]]:
        """Class -> short names of the properties that its things have, most used first."""
        found: dict[str, list[str]] = defaultdict(list)
        for row in self._used().texts():
            short = curie(row["property"])
            if short in self.properties:
                found[curie(row["type"])].append(short)
        return found

    def _add(self, iri: str, name: Node | None, kind: str) -> None:
        thing = self.things.setdefault(iri, Thing(iri))
        text = text_of(name)
        lang = (name.language or "") if isinstance(name, Literal) else ""
        if kind == "type":
            thing.types.append(curie(text))
        elif kind == "definition":
            thing.definition = _with(thing.definition, lang, text)
        elif kind == "code":
            thing.names.append(("code", text))
            for code in {code_of(text), *_without_exchange(text)}:
                if iri not in self.codes[code]:
                    self.codes[code].append(iri)
        elif "pinyin" in lang:
            thing.names.append(("pinyin", text))
            self.sounds[sound_of(text)].append(iri)
        else:
            if kind == "label":
                thing.labels = _with(thing.labels, lang, text)
            thing.names.append(("zh" if lang.startswith("zh") else "en", text))
            self.exact[normalise(text)].append(iri)

    def class_of(self, name: str) -> str | None:
        """Return the short name of the class that a client means: IRI, short name, or just `mine`."""
        return _named(name, self.classes)

    def property_of(self, name: str) -> str | None:
        """Return the short name of the property that a client means."""
        return _named(name, self.properties)

    def thing_of(self, name: str) -> Thing | None:
        """Return the thing that an identifier means: below the base, in full, or short."""
        for iri in _spelt(name.strip()):
            if iri in self.things:
                return self.things[iri]
        return None

    def types_of(self, thing: Thing) -> list[Term]:
        """Return the classes of a thing, the narrowest first."""
        known = [self.classes[each] for each in thing.types if each in self.classes]
        return sorted(known, key=lambda term: (-self._depth(term.id), term.id))

    def _depth(self, short: str) -> int:
        """Return how many classes lie above one."""
        above = {short}
        more = {short}
        while (
            more := {each for name in more if name in self.classes for each in self.classes[name].broader}
            - above
        ):
            above |= more
        return len(above)


def code_of(text: str) -> str:
    """Return a code as codes are compared: one width, capitals, no spaces."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def sound_of(text: str) -> str:
    """Return pinyin as it is compared: no spaces, tones or marks."""
    apart = unicodedata.normalize("NFD", text.lower())
    return "".join(character for character in apart if character.isascii() and character.isalnum())


def may_be_pinyin(text: str) -> bool:
    """
    Return whether a text in Latin letters can be read as pinyin: no two consonants but zh, ch, sh, ng.

    >>> may_be_pinyin("Haicheng"), may_be_pinyin("Angang Steel")
    (True, False)
    """
    return _CLUSTER.search(_DIGRAPH.sub(r"\1", sound_of(text))) is None


_DIGRAPH = re.compile("([zcs])h")
_CLUSTER = re.compile("[bcdfhjklmpqstwxyzv](?![aeiou])|(?<!n)g(?![aeiou])|(?<!e)r(?![aeiou])")


def _without_exchange(text: str) -> Iterator[str]:
    """Yield a stock code without the exchange it is listed at."""
    code = code_of(text)
    if code.endswith(_EXCHANGES):
        yield code[:-3]


def _with(labels: Labels, lang: str, text: str) -> Labels:
    return Labels(labels.en, text) if lang.startswith("zh") else Labels(text, labels.zh)


def _terms(table: Table) -> Iterable[Term]:
    found: dict[str, Term] = {}
    for row in table.texts():
        short = curie(row["term"])
        above = found[short].broader if short in found else ()
        broader = curie(row["broader"]) if row.get("broader") else ""
        found[short] = Term(
            short, row["term"], Labels(row["labelEn"], row["labelZh"]),
            Labels(row["definitionEn"], row["definitionZh"]),
            (*above, broader) if broader and broader != short else above,
        )  # fmt: skip
    return found.values()


def _named(name: str, known: dict[str, Term]) -> str | None:
    given = name.strip().removeprefix("<").removesuffix(">")
    if given in known:
        return given
    if curie(given) in known:
        return curie(given)
    wanted = given.rpartition(":")[2].rpartition("/")[2].lower()
    found = [short for short in known if slug_of(known[short].iri).lower() == wanted]
    if not found:
        found = [
            short for short, term in known.items()
            if wanted and wanted in {term.labels.zh.lower(), term.labels.en.lower()}
        ]  # fmt: skip
    return min(found, key=lambda short: (not short.startswith("akg:"), short)) if found else None


def _spelt(name: str) -> Iterator[str]:
    yield name
    yield BASE + name.lstrip("/")
    yield f"{BASE}id/{name.lstrip('/')}"
    prefix, colon, local = name.partition(":")
    if colon and prefix in PREFIXES:
        yield PREFIXES[prefix] + local
