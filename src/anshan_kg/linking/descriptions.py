"""
What a description of a material, product or industry names, what it adds and what it leaves out.

Classifications describe rather than name: "Slag, dross; (other than granulated slag), scalings and
other waste from the manufacture of iron or steel". A description is taken apart into alternatives
with a head noun and its modifiers, into what qualifies them, and into what is excluded; then two of
them can be compared head by head (`anshan_kg.linking.concepts`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from anshan_kg.linking.folding import fold, plain
from anshan_kg.linking.trade import lemma, trade

_EXCLUDED = re.compile(
    r"\(?\b(?:other than|excluding|except(?: for)?|but not|not including|excludes|without)\b"
    r"(?: those)?(?: of)?\s+"
    r"([^,;()]*)\)?"
)
_NOT = re.compile(r"\bnon[- ](\w+)|\(not ([^()]*)\)")
_WHETHER = re.compile(r"\b(?:whether or not|whether|such as|e\.g\.|including|but including)\b[^;()]*")
_INCLUDED = re.compile(r"\(\s*(?:including|e\.g\.|see|incl)[^()]*\)")
_NEC = re.compile(r"\bn\.?\s?e\.?\s?c\.?\b.*?(?=[;,]|$)|\bnot elsewhere (?:specified|classified)[^;,]*")
_BRACKET = re.compile(r"\(([^()]*)\)")
_LIST = re.compile(r",| and other | and similar | and | or |/")
_PURPOSE = re.compile(r"\bof a kind (?:\w+ )?used ([^;()]*)")
_CODE = re.compile(r"^\d{2,4}\s+(?=\D)")
_OF = re.compile(r"^(?P<verb>[\w-]+)(?: and (?P<also>[\w-]+))? of (?P<what>.+)$")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun and what is said about it."""

    head: str
    modifiers: frozenset[str] = frozenset()
    first: bool = True


@dataclass(frozen=True, slots=True)
class Description:
    """
    A description taken apart.

    Attributes:
        text: as it was folded.
        phrases: what it names, the first before what it lists besides.
        qualifiers: words that hold for all of it, any of which may apply.
        excluded: sets of words; what has all of one set is not meant.
        verb: what an industry does, else empty.
        listed: how many different things it names.
        implied: what the words of the trade in it say besides themselves.
        needs: words of which another description has to have one to be of the same sort.
        purposes: words for what it is commonly used for; they speak for a match, never against one.
        limits: words behind "of", of which a thing has to have one to be among what is described.
        parts: word for the articles or parts that are meant, where what it begins with is not; else empty.
        listed_only: whether it is no sort of what `needs` say, but listed with it.
    """

    text: str
    phrases: tuple[Phrase, ...]
    qualifiers: frozenset[str] = frozenset()
    excluded: tuple[frozenset[str], ...] = ()
    verb: str = ""
    listed: int = 1
    implied: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    limits: frozenset[str] = frozenset()
    parts: str = ""
    listed_only: bool = False


def _tokens(text: str) -> list[str]:
    known = trade()
    found = [lemma(token) for token in fold(text).split()]
    return _replaced(found, known.same)


def _replaced(tokens: list[str], same: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]) -> list[str]:
    text = f" {' '.join(tokens)} "
    for old, new in same:
        piece = f" {' '.join(old)} "
        if piece in text:
            text = text.replace(piece, f" {' '.join(new)} ")
    return text.split()


@lru_cache(maxsize=50_000)
def describe(text: str) -> Description:
    """
    Take an English description apart.

    >>> found = describe("Magnets; permanent magnets, other than of metal")
    >>> found.phrases[0].head, found.excluded
    ('magnet', (frozenset({'metal'}),))
    >>> describe("Manufacture of coke oven products").verb
    'make'
    """
    raw = _CODE.sub("", plain(text)).replace("≥", " ")
    verb, raw = _activity(raw)
    excluded, raw = _exclusions(raw)
    purposes = frozenset(word for part in _PURPOSE.findall(raw) for word in _tokens(part))
    raw = _PURPOSE.sub(" ", raw)
    parts = lemma(found[1] or found[2] or found[3]) if (found := _PARTS.search(raw)) else ""
    raw = _NEC.sub("", _WHETHER.sub("", _INCLUDED.sub("", raw)))
    synonyms = [found for found in _BRACKET.findall(raw) if found.strip()]
    raw = _BRACKET.sub(" ", raw)
    main, *rest = [part.strip(" ,") for part in raw.split(";") if part.strip(" ,")] or [""]
    phrases, qualifiers = _phrases(main)
    listed = _heads(phrases)
    limits = _limits(raw)
    made_of = {phrase.head for phrase in phrases}
    for part in rest:
        more, said = _phrases(part)
        listed += bool(more and more[0].modifiers)
        if more and part is rest[0] and made_of & _limits(part):  # "Stone; slabs, of natural stone"
            parts = more[0].head
        parts = parts or (_goods(part, made_of) if len(rest) == 1 else "")
        more = _without_modifiers(more, made_of)
        qualifiers |= said
        qualifiers |= {word for phrase in more for word in (phrase.head, *phrase.modifiers)}
        phrases += [Phrase(phrase.head, phrase.modifiers, first=False) for phrase in more]
    for each in synonyms:
        more, _ = _phrases(each)
        phrases += [Phrase(phrase.head, phrase.modifiers) for phrase in more[:1]]
    sort = _sort(main)
    if sort:
        phrases.insert(0, sort[0])
    implied = set(sort[2]) if sort else set()
    for phrase in phrases[:1]:
        for word in (*phrase.modifiers, phrase.head):
            implied |= trade().implies.get(word, frozenset())
    return Description(
        fold(text), tuple(dict.fromkeys(phrases)), frozenset(qualifiers) - trade().silent, excluded, verb,
        listed, frozenset(implied), sort[1] if sort else frozenset(), purposes, limits, parts,
        bool(sort and sort[3]),
    )  # fmt: skip


_LIMIT = re.compile(r"(?:[;,]\s*|^[\w-]+ (?:[\w-]+ )?)of ([^,;()]+)")
_PARTS = re.compile(
    r"^[^;]*;(?:[^;]*?\b(?:(articles|parts|products) (?:thereof|of)\b|(\w+) thereof\b)"
    r"|\s*(articles|parts|granules|powders)\b)"
)


def _limits(raw: str) -> frozenset[str]:
    """Return of what a described thing has to be: "Tubes, of copper", "Nitrates; of silver"."""
    known = trade()
    return frozenset(
        word
        for part in _LIMIT.findall(raw)
        for word in _tokens(part)
        if word not in known.silent | known.source
    )


def _goods(part: str, materials: set[str]) -> str:
    """Return what is made of the materials before a semicolon, as in "Glass; tiles and cubes"."""
    first = next(iter(_LIST.split(part)), "").split()
    good = lemma(fold(first[-1])) if first and " of " not in part else ""
    known = trade()
    plural = bool(good) and good != fold(first[-1])
    return good if plural and good not in materials | known.silent | known.light else ""


def _without_modifiers(more: list[Phrase], heads: set[str]) -> list[Phrase]:
    """Leave out words of a list that qualify its head, as coal does in "Gases; coal and water gases"."""
    qualifying = {word for phrase in more if phrase.head in heads for word in phrase.modifiers}
    return [phrase for phrase in more if phrase.head in heads or phrase.head not in qualifying]


def _sort(main: str) -> tuple[Phrase, frozenset[str], frozenset[str], bool] | None:
    """Return the head a sort of a thing is listed under, words it needs and implies, whether only listed."""
    known = trade()
    tokens = f" {' '.join(_tokens(main))} "
    for name, head, needs, implied, only in known.kinds:
        spoken = f" {' '.join(_replaced(list(name), known.same))} "
        if tokens.endswith(spoken):
            modifiers = frozenset(tokens.replace(spoken, " ").split()) - known.silent
            return Phrase(head, modifiers), needs, implied, only
    return None


def _activity(text: str) -> tuple[str, str]:
    """Cut the word for what an industry does from its title."""
    verbs = trade().verbs
    if (found := _OF.match(text)) and found["verb"] in verbs:
        return verbs[found["verb"]], found["what"]
    bare = re.sub(r"(\w)(making)$", r"\1 \2", text.strip())
    bare = re.sub(r" and (?:dressing|beneficiation|processing|washing)$", "", bare)
    if bare == "coking":
        return "make", "coke"
    head, _, last = bare.rpartition(" ")
    if head and last in verbs:
        return verbs[last], head
    return "", text


def _exclusions(text: str) -> tuple[tuple[frozenset[str], ...], str]:
    known = trade()
    found: list[frozenset[str]] = []

    def keep(match: re.Match[str]) -> str:
        for part in re.split(r" and | or ", match[1]):
            tokens = frozenset(_tokens(part)) - known.silent - known.source
            if tokens:
                found.append(tokens)
        return " "

    text = _EXCLUDED.sub(keep, text)

    def negated(match: re.Match[str]) -> str:
        words_of = _tokens(match[1] or match[2] or "")
        if words_of:
            found.append(frozenset(words_of))
        return f" non{match[1]} " if match[1] else " "

    return tuple(found), _NOT.sub(negated, text)


def _phrases(text: str) -> tuple[list[Phrase], set[str]]:
    """Return the nouns that a segment names, and the words behind its prepositions."""
    named, behind = _before_and_behind(text)
    parts, after = _inverted([part for part in _LIST.split(named) if part.strip(" ,")])
    behind |= set(after)
    silent = trade().silent
    spoken = [[token for token in _tokens(part) if token not in silent] for part in parts]
    phrases = [_phrase(tokens) for tokens in spoken if tokens]
    first = next((phrase.modifiers for phrase in phrases if phrase.modifiers), frozenset[str]())
    shared = [Phrase(phrase.head, first) for phrase in phrases[1:] if first and not phrase.modifiers]
    if len(phrases) > 1:  # "broken or crushed stone", "natural and artificial graphite"
        last = phrases[-1]
        said = last.modifiers - first
        shared += [Phrase(last.head, said | {each.head}) for each in phrases[:-1] if not each.modifiers]
    if len(after) == 1 and phrases:
        phrases[0] = Phrase(phrases[0].head, phrases[0].modifiers | {after[0]})
    return phrases + shared, behind


def _before_and_behind(text: str) -> tuple[str, set[str]]:
    known = trade()
    named: list[str] = []
    behind: set[str] = set()
    source = False
    for token in filter(None, re.split(r"(,)|\s+", text)):
        word = fold(token)
        if word in known.source:
            source = True
        elif source:
            behind |= set(_tokens(word))
        else:
            named.append(token)
    return " ".join(named), behind - known.silent


_ADJECTIVE = re.compile(r"\w+(?:ed|ous|ic|ished)$|dead burnt$|crude$|raw$|rare$|artificial$|natural$")


def _inverted(parts: list[str]) -> tuple[list[str], list[str]]:
    """Tell adjectives behind their noun, as in "Slag, granulated", from further things that are listed."""
    if len(parts) < 2:  # noqa: PLR2004 - nothing behind a comma
        return parts, []
    after = [part for part in parts[1:] if _ADJECTIVE.fullmatch(" ".join(_tokens(part)))]
    kept = [part for part in parts if part not in after]
    last = parts[-1]
    return (
        (parts, []) if not kept or last not in after else (kept, [" ".join(_tokens(each)) for each in after])
    )


_COLOURS = frozenset({"red", "black", "yellow", "white", "brown", "green", "blue", "grey"})


def _phrase(tokens: list[str]) -> Phrase:
    known = trade()
    rest = list(tokens)
    light = False
    while len(rest) > 1 and rest[-1] in known.light:
        rest.pop()
        light = True
    if len(rest) > 2 and rest[-1] in _COLOURS:  # noqa: PLR2004 - "iron oxide red", but no carbon black
        rest.insert(0, rest.pop())
    at = len(rest) - 1
    if light:
        while at > 0 and rest[at] in known.use:
            at -= 1
        if rest[at] in known.use:
            at = len(rest) - 1
    head = rest[at]
    return Phrase(head, frozenset(rest[:at] + rest[at + 1 :]))


def keywords(text: str) -> frozenset[str]:
    """
    Return the words by which a description is found: what it names and says, and what that implies.

    >>> sorted(keywords("wire rod"))
    ['bar', 'coil', 'hot', 'rod', 'rolled', 'steel', 'wire', 'wound']
    """
    found = describe(text)
    named = {word for phrase in found.phrases for word in (phrase.head, *phrase.modifiers)}
    apart = frozenset(piece for word in named | found.qualifiers for piece in word.split())
    return (apart | frozenset(_tokens(text)) | found.implied | found.needs) - trade().silent - trade().source


def _heads(phrases: list[Phrase]) -> int:
    return len({phrase.head for phrase in phrases})
