"""Words for things that have none of their own: claims, passages, flows and gaps."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple

from anshan_kg.quantities import spell, with_unit
from anshan_kg.terms import LANGUAGES, iri, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anshan_kg.model import Term

_LABEL, _TYPE = iri("rdfs:label"), iri("rdf:type")


class Facts:
    """Triples by subject and predicate, for small questions about one thing."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._facts: dict[Term, dict[Term, list[Term]]] = defaultdict(lambda: defaultdict(list))
        self._typed: dict[Term, dict[Term, None]] = defaultdict(dict)
        for subject, predicate, value in triples:
            self._facts[subject][predicate].append(value)
            if predicate == _TYPE:
                self._typed[value][subject] = None

    def all(self, subject: Term | None, predicate: str) -> list[Term]:
        """Return the values of a property, in the order they were given."""
        return self._facts.get(subject, {}).get(iri(predicate), []) if subject else []

    def one(self, subject: Term | None, predicate: str) -> Term | None:
        """Return the first value of a property, or None."""
        return next(iter(self.all(subject, predicate)), None)

    def text(self, subject: Term | None, predicate: str, lang: str = "") -> str:
        """Return the value of a property in a language, "" where there is none."""
        for value in self.all(subject, predicate):
            if isinstance(value, Literal) and (value.language or "").lower() == lang.lower():
                return value.value
        return ""

    def name(self, thing: Term | None, lang: str) -> str:
        """Return a thing's name in a language, or the last part of its IRI."""
        if not isinstance(thing, NamedNode):
            return ""
        found = self.text(thing, "rdfs:label", lang) or self.text(thing, "skos:prefLabel", lang)
        return found or slug_of(thing.value)

    def typed(self, kind: str) -> Iterator[Term]:
        """Yield the things that say to be of a class, in the order they were given."""
        yield from self._typed.get(iri(kind), {})


def compose(triples: Iterable[Triple]) -> Iterator[Triple]:
    """
    Yield words in each language for what has none of its own.

    Claims, passages, flows and gaps get an `rdfs:label`, passages an `akg:paraphrase`. They are
    made of the names of what the thing is about, so they never say more than it does.
    """
    facts = Facts(triples)
    made: dict[tuple[Term, str], str] = {}
    for kind, phrase in _PHRASES.items():
        for thing in facts.typed(kind):
            if not isinstance(thing, NamedNode) or facts.all(thing, "rdfs:label"):
                continue
            for lang in LANGUAGES:
                if text := phrase(facts, thing, lang):
                    made[thing, lang] = text
                    yield Triple(thing, _LABEL, Literal(text, language=lang))
    yield from _paraphrases(facts, made)


def _paraphrases(facts: Facts, made: dict[tuple[Term, str], str]) -> Iterator[Triple]:
    """Yield what a passage says, from all that rests on it, where nobody has put it in words."""
    resting: dict[Term, list[NamedNode]] = defaultdict(list)
    for kind in ("akg:QuantitativeClaim", "akg:RelationClaim", "akg:TextClaim", "akg:ConversionFactor",
                 "akg:ProcessStep", "akg:OfficeHolding"):  # fmt: skip
        for thing in facts.typed(kind):
            if isinstance(thing, NamedNode) and facts.one(thing, "akg:modality") != iri("modality:editorial"):
                for passage in facts.all(thing, "prov:wasQuotedFrom"):
                    resting[passage].append(thing)
    for passage in facts.typed("akg:Passage"):
        if not isinstance(passage, NamedNode) or facts.all(passage, "akg:paraphrase"):
            continue
        for lang in LANGUAGES:
            said = [made.get((thing, lang)) or _gist(facts, thing, lang) for thing in resting[passage]]
            if said:
                text = ("；" if lang.startswith("zh") else "; ").join(dict.fromkeys(said))
                yield Triple(passage, iri("akg:paraphrase"), Literal(text, language=lang))


def _gist(facts: Facts, thing: NamedNode, lang: str) -> str:
    """Return a thing's name, and its range where it is a factor."""
    numbers = [facts.one(thing, p) for p in ("akg:factorLow", "akg:factorTypical", "akg:factorHigh")]
    spelt = "–".join(dict.fromkeys(spell(Decimal(n.value), lang) for n in numbers if isinstance(n, Literal)))
    if not spelt:
        return facts.name(thing, lang)
    top, bottom = (
        _unit(facts, facts.one(thing, p), lang) for p in ("akg:numeratorUnit", "akg:denominatorUnit")
    )
    unit = f"{top}/{bottom}" if bottom else top
    return _sentence(lang, facts.name(thing, lang), with_unit(spelt, unit, lang))


def _quantity(facts: Facts, claim: NamedNode, lang: str) -> str:
    subject, indicator = (
        facts.name(facts.one(claim, p), lang) for p in ("akg:claimSubject", "akg:indicator")
    )
    numbers = [facts.one(claim, p) for p in ("akg:value", "akg:valueMin", "akg:valueMax")]
    spelt = [spell(Decimal(n.value), lang) for n in numbers if isinstance(n, Literal)]
    bound = facts.one(claim, "akg:bound")
    amount = with_unit("–".join(spelt), _unit(facts, facts.one(claim, "qudt:hasUnit"), lang), lang)
    words = ["" if bound == iri("bound:exact") else facts.name(bound, lang), amount]
    number = ("" if lang.startswith("zh") else " ").join(word for word in words if word)
    return _sentence(lang, subject, f"{indicator} {number}") + _manner(facts, claim, lang)


def _unit(facts: Facts, unit: Term | None, lang: str) -> str:
    """Return what is written behind a number for a unit: 吨/年, t/a, %; "" where it stands alone."""
    return facts.text(unit, "akg:writtenAs", lang)


def _relation(facts: Facts, claim: NamedNode, lang: str) -> str:
    parts = [facts.one(claim, p) for p in ("akg:claimSubject", "akg:claimProperty", "akg:claimObject")]
    return " – ".join(facts.name(part, lang) for part in parts) + _manner(facts, claim, lang)


def _text(facts: Facts, claim: NamedNode, lang: str) -> str:
    subject = facts.name(facts.one(claim, "akg:claimSubject"), lang)
    return _sentence(lang, subject, facts.text(claim, "akg:statement", lang))


def _sentence(lang: str, subject: str, rest: str) -> str:
    return f"{subject}：{rest}" if lang.startswith("zh") else f"{subject}: {rest}"


def _manner(facts: Facts, claim: NamedNode, lang: str) -> str:
    year = facts.one(claim, "akg:targetYear") or facts.one(claim, "akg:validYear")
    words = [facts.name(facts.one(claim, "akg:modality"), lang)]
    if isinstance(year, Literal):
        words.append(f"{year.value}年" if lang.startswith("zh") else year.value)
    said = [word for word in words if word]
    if not said:
        return ""
    return f"（{'，'.join(said)}）" if lang.startswith("zh") else f" ({', '.join(said)})"


def _passage(facts: Facts, passage: NamedNode, lang: str) -> str:
    document = facts.name(facts.one(passage, "akg:inDocument"), lang)
    places = {p: facts.one(passage, f"akg:{p}") for p in ("page", "paragraph", "sentence")}
    words = {
        "page": ("page {}", "第{}页"),
        "paragraph": ("paragraph {}", "第{}段"),
        "sentence": ("sentence {}", "第{}句"),
    }
    chinese = lang.startswith("zh")
    spelt = [words[p][chinese].format(n.value) for p, n in places.items() if isinstance(n, Literal)]
    quote = facts.one(passage, "akg:quoteText")
    if not spelt and isinstance(quote, Literal):
        return f"{document}，“{quote.value}”处" if chinese else f"{document}, at “{quote.value}”"
    return document + ("，" + "".join(spelt) if chinese else ", " + ", ".join(spelt)) if spelt else document


def _flow(facts: Facts, flow: NamedNode, lang: str) -> str:
    material, role = (facts.name(facts.one(flow, p), lang) for p in ("akg:flowMaterial", "akg:flowRole"))
    return f"{material}（{role}）" if lang.startswith("zh") else f"{material} ({role})"


def _gap(facts: Facts, gap: NamedNode, lang: str) -> str:
    return facts.text(gap, "akg:question", lang)


_PHRASES = {
    "akg:QuantitativeClaim": _quantity,
    "akg:RelationClaim": _relation,
    "akg:TextClaim": _text,
    "akg:Passage": _passage,
    "akg:Flow": _flow,
    "akg:EvidenceGap": _gap,
}
