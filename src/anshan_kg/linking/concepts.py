"""Materials, products and industries compared: English descriptions by heads, Chinese terms by parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from anshan_kg.linking.descriptions import Description, Phrase, describe
from anshan_kg.linking.folding import fold, is_chinese, plain, table, words
from anshan_kg.linking.trade import lemma, trade


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two descriptions stand to each other; `code` and `values` name the reason."""

    score: float
    relation: str
    code: str
    values: tuple[str, ...] = ()


def compare(ours: str, theirs: str) -> Comparison:
    """
    Compare two English descriptions.

    >>> compare("pig iron", "Pig iron and spiegeleisen in pigs, blocks or other primary forms").relation
    'exact'
    >>> compare("natural graphite", "Graphite; artificial").code
    'opposite'
    """
    a, b = describe(ours), describe(theirs)
    if a.text == b.text:
        return Comparison(0.97, "exact", "same-name", (a.text,))
    if a.verb != b.verb and (a.verb or b.verb):
        return Comparison(0.3, "exact", "other-head", (a.verb or a.text, b.verb or b.text))
    if not a.verb and _device(b) and _device(b) not in {phrase.head for phrase in a.phrases}:
        return Comparison(0.3, "exact", "other-head", (a.text, _device(b)))
    heads = {phrase.head for phrase in b.phrases}
    if not any(phrase.head in heads for phrase in a.phrases) and not _ORE & (
        heads | {p.head for p in a.phrases}
    ):
        return Comparison(0.3, "exact", "other-head", (a.text, b.text))
    best = Comparison(0.0, "exact", "alike", (a.text, b.text))
    barred: Comparison | None = None
    for mine in a.phrases:
        if not mine.first or _only_shared(mine, a):
            continue
        for other in b.phrases:
            found = _compare(mine, other, a, b)
            if found.code in {"opposite", "excluded"} and other.first:
                barred = barred or found
            if found.score > best.score:
                best = found
    return barred if barred and best.score < _CLEAR else best


def _device(found: Description) -> str:
    """Return the machine or other device that a description is of; empty where it is of none."""
    return next((phrase.head for phrase in found.phrases if phrase.first and phrase.head in _senses()[2]), "")


def _only_shared(mine: Phrase, a: Description) -> bool:
    """
    Say whether a word stands in our list without being a name of ours.

    "Soft and medium hard pitch" is nothing soft, and "coker oil and gas" not just any gas.
    """
    if mine.modifiers or a.verb or (a.needs and mine == a.phrases[0]):
        return False
    bare = {phrase.head for phrase in a.phrases if not phrase.modifiers}
    return any(
        (other.head == mine.head and mine != a.phrases[0])
        or (other.head != mine.head and mine.head in other.modifiers and other.modifiers - bare)
        for other in a.phrases
        if other.modifiers
    )


_ORE = frozenset({"ore"})
_CLEAR = 0.8
"""From this score on, a phrase that fits outweighs another of the same description that is barred."""


@dataclass(frozen=True, slots=True)
class _Balance:
    """
    What two phrases with the same head say that the other does not.

    Attributes:
        missing: what ours says and theirs neither says nor implies.
        extra: what theirs says and ours neither says nor implies.
        said: all that theirs says.
        own: all that ours says.
    """

    missing: frozenset[str]
    extra: frozenset[str]
    said: frozenset[str]
    own: frozenset[str]


def says_less(alias: str, label: str) -> bool:
    """
    Say whether another name of a thing leaves out what its label says, and so fits other things too.

    >>> says_less("graphite anode material", "artificial graphite anode material")
    True
    """
    one, other = describe(alias).phrases[:1], describe(label).phrases[:1]
    return bool(one and other) and one[0].head == other[0].head and one[0].modifiers < other[0].modifiers


def _compare(mine: Phrase, other: Phrase, a: Description, b: Description) -> Comparison:
    if mine.head != other.head:
        return _heads_apart(mine, other)
    return _barred(mine, other, a, b) or _weighed(mine, other, a, b)


def _barred(mine: Phrase, other: Phrase, a: Description, b: Description) -> Comparison | None:
    """Return why theirs cannot be ours although it names the same head; None where it can."""
    opposite = trade().opposite
    own = mine.modifiers | a.implied | a.qualifiers | {mine.head}
    stated = other.modifiers | b.qualifiers
    for word in sorted(own):
        if hit := opposite.get(word, frozenset()) & stated:
            return Comparison(0.2, "exact", "opposite", (word, min(hit)))
    for excluded in b.excluded:
        if excluded <= own:
            return Comparison(0.2, "exact", "excluded", (" ".join(sorted(excluded)),))
    if a.needs and not a.needs & (stated | b.purposes):
        return Comparison(0.4, "broad", "broader", (" ".join(sorted(a.needs)),))
    return None


def _narrower(mine: Phrase, other: Phrase, a: Description, b: Description) -> Comparison | None:
    """Return why theirs is only a part of ours, or made of it, although all that it says fits."""
    own = mine.modifiers | a.implied | a.qualifiers | a.limits | {mine.head}
    if b.parts and other.first and b.parts not in own and not a.parts:
        return Comparison(0.6, "narrow", "parts", (other.head,))
    if other.first and b.limits and not b.limits & own:
        return Comparison(0.6, "narrow", "narrower", (" ".join(sorted(b.limits)),))
    if b.needs and other == b.phrases[0] and not b.needs & (own | a.needs):
        return Comparison(0.6, "narrow", "narrower", (" ".join(sorted(b.needs)),))
    if a.listed_only and len(b.phrases) == 1 and not other.modifiers <= mine.modifiers:
        # a heading holds both, which does not make the one the other
        return Comparison(0.8, "close", "listed-under", (b.text,))
    return None


def _balance(mine: Phrase, other: Phrase, a: Description, b: Description) -> _Balance:
    known = trade()
    said = other.modifiers | b.qualifiers | b.purposes
    said |= {word for each in said for word in known.implies.get(each, ())}
    own = mine.modifiers | a.implied | a.qualifiers | {mine.head}
    # "other than of metal" says that something not of metal is meant
    beside = {word for excluded in b.excluded for each in excluded for word in known.opposite.get(each, ())}
    missing = {
        word
        for word in mine.modifiers
        if word not in said and not known.implies.get(word, frozenset()) & (beside | said)
    }
    extra = other.modifiers - own - known.unsaid
    return _Balance(frozenset(missing), frozenset(extra), frozenset(said), frozenset(own))


def _weighed(mine: Phrase, other: Phrase, a: Description, b: Description) -> Comparison:
    """Weigh what both say against what only one of them says."""
    # of an industry no such word may be left out: it says which part of a trade is meant
    use = frozenset[str]() if a.verb else trade().use
    found = _balance(mine, other, a, b)
    more = found.missing | found.extra
    if more <= use and (part := _narrower(mine, other, a, b)):
        return part
    if b.verb and a.listed < b.listed and more <= use and _lists_things(mine, b):
        return Comparison(0.78, "broad", "one-of")
    if found.missing and found.extra:
        return Comparison(0.45, "exact", "alike", (a.text, b.text))
    score = _likeness(other, found, a, b)
    if not more:
        listed = mine.modifiers != other.modifiers and b.listed > 1
        return Comparison(score, "exact", "one-of" if listed else "same-thing", (other.head,))
    told = (" ".join(sorted(more)),)
    if more <= use:
        return Comparison(score - 0.06, "close", "form-of", told)
    less, relation, code = (0.7, "broad", "broader") if found.missing else (0.6, "narrow", "narrower")
    return Comparison(less, relation, code, told)


def _likeness(other: Phrase, found: _Balance, a: Description, b: Description) -> float:
    """Return how well a phrase fits whose words fit: less if more is listed, or limited by more words."""
    known = trade()
    limits = b.qualifiers - found.own - known.unsaid - known.use - other.modifiers
    score = 0.95 - 0.02 * max(0, b.listed - a.listed) - (0.0 if other.first else 0.03)
    score += min(0.03, 0.01 * len(found.said & found.own)) - min(0.06, 0.01 * len(limits))
    return score + (0.04 if set(a.excluded) & set(b.excluded) else 0.0)


def _lists_things(mine: Phrase, b: Description) -> bool:
    return any(phrase.head != mine.head and phrase.first for phrase in b.phrases)


def _heads_apart(mine: Phrase, other: Phrase) -> Comparison:
    """Compare phrases with different heads: a mineral and its ore are close, a metal and its ore are not."""
    for one, two in ((mine, other), (other, mine)):
        mineral = one.head.endswith("ite") and not one.modifiers
        if mineral and two.head == "ore" and two.modifiers == {one.head}:
            return Comparison(0.88, "close", "form-of", ("ore",))
    return Comparison(0.3, "exact", "other-head", (mine.head, other.head))


_SENTENCE = re.compile(r"\b(?:that|which|used|consisting|for|with|by|whose|where)\b|[;(]")
_OPENING = 7


def sense(definition: str) -> str:
    """
    Return the word by which a definition says that it is of a substance; empty where it says none.

    >>> sense("an alloy of iron with a little carbon"), sense("knife sharpener consisting of a steel rod")
    ('alloy', '')
    """
    start = _SENTENCE.split(plain(definition))[0]
    known = _senses()[0]
    if found := next((word for word in map(lemma, fold(start).split()[:_OPENING]) if word in known), ""):
        return found
    spread = list(dict.fromkeys(word for word in map(lemma, fold(definition).split()) if word in known))
    return spread[0] if len(spread) > 2 else ""  # noqa: PLR2004 - a tool too may be of metal or steel


def is_substance(texts: tuple[str, ...]) -> bool:
    """Say whether the first of several English names is no tool, as far as the trade's words tell."""
    things = _senses()[1]
    return (
        bool(texts)
        and describe(texts[0]).phrases[:1] != ()
        and describe(texts[0]).phrases[0].head not in things
    )


@cache
def _senses() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    known = table("concepts")["sense"]
    return frozenset(known["substances"]), frozenset(known["things"]), frozenset(known["devices"])


# Chinese


@lru_cache(maxsize=50_000)
def chinese(text: str) -> tuple[frozenset[str], str]:
    """
    Return the things a Chinese term names, and whether it makes them.

    >>> sorted(chinese("耐火陶瓷制品及其他耐火材料制造")[0]), chinese("耐火材料制造")[1]
    (['耐火', '耐火陶瓷'], '制造')
    """
    name = fold(text)
    name = re.sub(r"^\d{2,4}", "", name)
    verb = ""
    for end in words("concepts", "industry", "ends"):
        if name.endswith(end) and len(name) > len(end) + 1:
            name = name.removesuffix(end)
            verb = end.removesuffix("业")
            break
    parts = re.split(r"及其他|和其他|与其他|及|和|与|、", name)
    return frozenset(_trim(part) for part in parts if part), verb


def _trim(term: str) -> str:
    term = term.removeprefix("其他").replace("矿石", "矿")
    for end in ("材料", "制品", "产品"):
        if term.endswith(end) and len(term) > len(end) + 1:
            return term.removesuffix(end)
    return term


def compare_chinese(ours: str, theirs: str) -> Comparison:
    """
    Compare two Chinese terms.

    >>> compare_chinese("菱镁矿", "磁铁矿").score < 0.5
    True
    """
    if fold(ours) == fold(theirs):
        return Comparison(0.98, "exact", "same-name", (ours,))
    (mine, verb), (others, other_verb) = chinese(ours), chinese(theirs)
    if verb == other_verb and mine == others:
        return Comparison(0.95, "exact", "same-thing", (theirs,))
    if verb == other_verb and (mine < others or others < mine) and "其他" in ours + theirs:
        return Comparison(0.9, "exact", "one-of")
    if verb == other_verb and (mine < others or others < mine):
        return Comparison(0.78, "broad" if mine < others else "narrow", "one-of")
    return Comparison(0.3, "exact", "other-head", (ours, theirs))


@cache
def _lexicon() -> dict[str, str]:
    return dict(table("concepts")["chinese"])


def english_of(name: str) -> str:
    """
    Return the English word of the trade for a Chinese one, or nothing.

    >>> english_of("电熔镁砂"), english_of("人造石墨负极材料"), english_of("鞍山")
    ('fused magnesia', '', '')
    """
    return _lexicon().get(fold(name), "") if is_chinese(name) else ""
