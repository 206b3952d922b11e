"""
Materials, products and industries: what a description names, what it adds and what it leaves out.

Classifications describe rather than name: "Slag, dross; (other than granulated slag), scalings and
other waste from the manufacture of iron or steel". A description is taken apart into alternatives
with a head noun and its modifiers, into what qualifies them, and into what is excluded; then two of
them are compared head by head.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, lru_cache

from anshan_kg.linking.names import fold, is_chinese, plain, table, words

_EXCLUDED = re.compile(
    r"\(?\b(?:other than|excluding|except(?: for)?|but not|not including|excludes|without)\b(?: those)?(?: of)?\s+"
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


@dataclass(frozen=True, slots=True)
class _Words:
    same: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    light: frozenset[str]
    use: frozenset[str]
    source: frozenset[str]
    silent: frozenset[str]
    verbs: dict[str, str]
    opposite: dict[str, frozenset[str]]
    implies: dict[str, frozenset[str]]
    unsaid: frozenset[str]
    kinds: tuple[tuple[tuple[str, ...], str, frozenset[str], frozenset[str]], ...] = field(default=())


@cache
def _words() -> _Words:
    known = table("concepts")
    same = [
        (tuple(map(lemma, other.split())), tuple(map(lemma, group[0].split())))
        for group in known["same"]
        for other in group[1:]
    ]
    opposite: dict[str, set[str]] = {}
    for one, other in known["opposite"]:
        opposite.setdefault(one, set()).add(other)
        opposite.setdefault(other, set()).add(one)
    kinds = [
        (
            tuple(map(lemma, each["name"].split())),
            lemma(each["is"]),
            frozenset(map(lemma, each.get("needs", ()))),
            frozenset(map(lemma, each.get("implies", ()))),
        )
        for each in known["kind"]
    ]
    return _Words(
        tuple(sorted(same, key=lambda pair: -len(pair[0]))),
        frozenset(known["light"]),
        frozenset(known["use"]),
        frozenset(known["source"]),
        frozenset(known["silent"]),
        {word: verb for verb, names in known["verb"].items() for word in names},
        {word: frozenset(others) for word, others in opposite.items()},
        {word: frozenset(implied) for word, implied in known["implies"].items()},
        frozenset(known["unsaid"]["words"]),
        tuple(sorted(kinds, key=lambda kind: -len(kind[0]))),
    )


_PLURALS = (
    (re.compile(r"(?<=\w\w)ies$"), "y"),
    (re.compile(r"(?<=gas)es$"), ""),
    (re.compile(r"(?<=ss|ch|sh)es$"), ""),
    (re.compile(r"(?<=[xz])es$"), ""),
)
_KEEP = re.compile(r"(?:ss|us|is|gas|as|ics|ous)$")


@lru_cache(maxsize=20_000)
def lemma(word: str) -> str:
    """
    Return the singular of an English noun, as far as its ending tells.

    >>> [lemma(word) for word in ("ores", "batteries", "gases", "bus", "axes")]
    ['ore', 'battery', 'gas', 'bus', 'ax']
    """
    if not word.isascii() or len(word) < 4 or _KEEP.search(word):  # noqa: PLR2004 - too short for a plural
        return word
    for pattern, end in _PLURALS:
        if pattern.search(word):
            return pattern.sub(end, word)
    return word[:-1] if word.endswith("s") else word


def _tokens(text: str) -> list[str]:
    known = _words()
    found = [lemma(token) for token in fold(text).split()]
    return _replaced(found, known.same)


def _replaced(
    tokens: list[str], table_of: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
) -> list[str]:
    text = f" {' '.join(tokens)} "
    for old, new in table_of:
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
    raw = _NEC.sub("", _WHETHER.sub("", _INCLUDED.sub("", raw)))
    synonyms = [found for found in _BRACKET.findall(raw) if found.strip()]
    raw = _BRACKET.sub(" ", raw)
    main, *rest = [part.strip(" ,") for part in raw.split(";") if part.strip(" ,")] or [""]
    phrases, qualifiers = _phrases(main)
    listed = _heads(phrases)
    for part in rest:
        more, said = _phrases(part)
        listed += bool(more and more[0].modifiers)
        qualifiers |= said
        for phrase in more:
            qualifiers |= {phrase.head, *phrase.modifiers}
            phrases.append(Phrase(phrase.head, phrase.modifiers, first=False))
    for each in synonyms:
        more, _ = _phrases(each)
        phrases += [Phrase(phrase.head, phrase.modifiers) for phrase in more[:1]]
    known = _words()
    implied: set[str] = set()
    needs: frozenset[str] = frozenset()
    tokens = f" {' '.join(_tokens(main))} "
    for name, head, needed, also in known.kinds:
        spoken = " ".join(_replaced(list(name), known.same))
        if f" {spoken} " in tokens and tokens.strip().endswith(spoken):
            mods = frozenset(tokens.replace(f" {spoken} ", " ").split()) - known.silent
            phrases = [Phrase(head, mods), *phrases]
            implied |= also
            needs = needed
            break
    for phrase in phrases[:1]:
        for word in (*phrase.modifiers, phrase.head):
            implied |= known.implies.get(word, frozenset())
    return Description(
        fold(text), tuple(dict.fromkeys(phrases)), frozenset(qualifiers) - known.silent, excluded, verb, listed,
        frozenset(implied), needs, purposes,
    )  # fmt: skip


def _activity(text: str) -> tuple[str, str]:
    """Cut the word for what an industry does from its title."""
    verbs = _words().verbs
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
    known = _words()
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
    known = _words()
    tokens_in = re.split(r"(,)|\s+", text)
    named: list[str] = []
    behind: set[str] = set()
    source = False
    for token in filter(None, tokens_in):
        word = fold(token)
        if word in known.source:
            source = True
            continue
        if source:
            behind |= set(_tokens(word))
        else:
            named.append(token)
    behind -= known.silent
    parts = [part for part in _LIST.split(" ".join(named)) if part.strip(" ,")]
    phrases: list[Phrase] = []
    first: frozenset[str] = frozenset()
    parts, after = _inverted(parts)
    behind |= set(after)
    for part in parts:
        tokens = [token for token in _tokens(part) if token not in known.silent]
        if not tokens:
            continue
        phrase = _phrase(tokens)
        phrases.append(phrase)
        if phrases[1:] and not phrase.modifiers and first:
            phrases.append(Phrase(phrase.head, first))
        elif not first:
            first = phrase.modifiers
    if parts and len(parts) > 1 and phrases:
        last = phrases[-1]
        for phrase in list(phrases[:-1]):
            if not phrase.modifiers:  # "broken or crushed stone", "natural and artificial graphite"
                phrases.append(Phrase(last.head, frozenset({phrase.head}) | (last.modifiers - first), first=True))
    if len(after) == 1 and phrases:
        phrases[0] = Phrase(phrases[0].head, phrases[0].modifiers | {after[0]})
    return phrases, behind


_ADJECTIVE = re.compile(r"\w+(?:ed|ous|ic|ished)$|dead burnt$|crude$|raw$|rare$|artificial$|natural$")


def _inverted(parts: list[str]) -> tuple[list[str], list[str]]:
    """Tell adjectives behind their noun, as in "Slag, granulated", from further things that are listed."""
    if len(parts) < 2:  # noqa: PLR2004 - nothing behind a comma
        return parts, []
    after = [part for part in parts[1:] if _ADJECTIVE.fullmatch(" ".join(_tokens(part)))]
    kept = [part for part in parts if part not in after]
    last = parts[-1]
    return (parts, []) if not kept or last not in after else (kept, [" ".join(_tokens(each)) for each in after])


_COLOURS = frozenset("red black yellow white brown green blue grey".split())


def _phrase(tokens: list[str]) -> Phrase:
    known = _words()
    rest = list(tokens)
    light = False
    while len(rest) > 1 and rest[-1] in known.light:
        rest.pop()
        light = True
    if len(rest) > 1 and rest[-1] in _COLOURS:
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
    apart = {piece for word in named | found.qualifiers for piece in word.split()}
    return frozenset(apart | set(_tokens(text)) | found.implied | found.needs) - _words().silent - _words().source


def _heads(phrases: list[Phrase]) -> int:
    return len({phrase.head for phrase in phrases})


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
    best = Comparison(0.0, "exact", "alike", (a.text, b.text))
    barred: Comparison | None = None
    for mine in a.phrases:
        if not mine.first:
            continue
        for other in b.phrases:
            found = _compare(mine, other, a, b)
            if found.code in {"opposite", "excluded"} and other.first:
                barred = barred or found
            if found.score > best.score:
                best = found
    return barred if barred and best.score < _CLEAR else best


_CLEAR = 0.8
"""From this score on, a phrase that fits outweighs another of the same description that is barred."""


def _compare(mine: Phrase, other: Phrase, a: Description, b: Description) -> Comparison:
    known = _words()
    if mine.head != other.head:
        return _heads_apart(mine, other, a, b)
    said = other.modifiers | b.qualifiers | b.purposes
    said |= {word for each in said for word in known.implies.get(each, ())}
    own = mine.modifiers | a.implied | a.qualifiers
    everything = own | {mine.head}
    for left in own | {mine.head}:
        against = known.opposite.get(left, frozenset())
        if hit := against & (other.modifiers | b.qualifiers):
            return Comparison(0.2, "exact", "opposite", (left, min(hit)))
    for excluded in b.excluded:
        if excluded <= everything:
            return Comparison(0.2, "exact", "excluded", (" ".join(sorted(excluded)),))
    beside = {word for excluded in b.excluded for each in excluded for word in known.opposite.get(each, ())}
    missing = {
        word
        for word in mine.modifiers
        if word not in said and not known.implies.get(word, frozenset()) & (beside | said)
    }
    if a.needs and not a.needs & (said | other.modifiers):
        return Comparison(0.4, "broad", "broader", (" ".join(sorted(a.needs)),))
    extra = other.modifiers - own - known.unsaid - {mine.head}
    extra -= {word for word in extra if word in b.qualifiers and not other.first}
    shared = len(said & everything)
    score = 0.95 - 0.02 * max(0, b.listed - a.listed) - (0.0 if other.first else 0.03) + min(0.03, 0.01 * shared)
    relation = "exact"
    if b.verb and a.listed < b.listed and (missing | extra) <= known.use and _lists_things(mine, b):
        return Comparison(0.78, "broad", "one-of")
    limits = b.qualifiers - everything - known.unsaid - known.use - other.modifiers
    score -= min(0.06, 0.01 * len(limits))
    if set(a.excluded) & set(b.excluded):
        score += 0.04
    if not missing and not extra:
        code = "same-thing" if mine.modifiers == other.modifiers else "one-of" if b.listed > 1 else "same-thing"
        return Comparison(score, relation, code, (other.head,))
    if missing and not extra:
        if missing <= known.use:
            return Comparison(score - 0.06, "close", "form-of", (" ".join(sorted(missing)),))
        return Comparison(0.7, "broad", "broader", (" ".join(sorted(missing)),))
    if extra and not missing:
        if extra <= known.use:
            return Comparison(score - 0.06, "close", "form-of", (" ".join(sorted(extra)),))
        return Comparison(0.6, "narrow", "narrower", (" ".join(sorted(extra)),))
    return Comparison(0.45, "exact", "alike", (a.text, b.text))


def _lists_things(mine: Phrase, b: Description) -> bool:
    return any(phrase.head != mine.head and phrase.first for phrase in b.phrases)


def _heads_apart(mine: Phrase, other: Phrase, a: Description, b: Description) -> Comparison:
    """Compare phrases with different heads: a mineral and its ore are close, a metal and its ore are not."""
    for one, two in ((mine, other), (other, mine)):
        if (
            two.head == "ore"
            and two.modifiers == {one.head}
            and not one.modifiers
            and one.head.endswith("ite")
        ):
            return Comparison(0.88, "close", "form-of", ("ore",))
    return Comparison(0.3, "exact", "other-head", (mine.head, other.head))


_SENTENCE = re.compile(r"\b(?:that|which|used|consisting|for|with|by|whose|where)\b|[;(]")
_OPENING = 7


def sense(definition: str) -> str:
    """
    Return the word by which a definition says that it is of a substance; empty where it says none.

    >>> sense("an alloy of iron with small amounts of carbon"), sense("knife sharpener consisting of a steel rod")
    ('alloy', '')
    """
    start = _SENTENCE.split(plain(definition))[0]
    known = _senses()[0]
    if found := next((word for word in map(lemma, fold(start).split()[:_OPENING]) if word in known), ""):
        return found
    spread = list(dict.fromkeys(word for word in map(lemma, fold(definition).split()) if word in known))
    return spread[0] if len(spread) > 2 else ""  # noqa: PLR2004 - a tool too may be of metal or steel


def is_substance(texts: tuple[str, ...]) -> bool:
    """Say whether the first of several English names is one of a substance, as far as the trade's words tell."""
    things = _senses()[1]
    return bool(texts) and describe(texts[0]).phrases[:1] != () and describe(texts[0]).phrases[0].head not in things


@cache
def _senses() -> tuple[frozenset[str], frozenset[str]]:
    known = table("concepts")["sense"]
    return frozenset(known["substances"]), frozenset(known["things"])


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
