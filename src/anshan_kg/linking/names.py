"""
Names taken apart: what a name says about its bearer, each by itself.

Everything here is a rule about how names are written, never about whose name it is. The words are in
`tables/`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from anshan_kg.linking.folding import fold, is_chinese, plain, table, words
from anshan_kg.linking.places import gazetteer

_BRACKETS = re.compile(r"\s*[(\[【〔{]([^()\[\]【】〔〕{}]*)[)\]】〕}]")


@cache
def _note() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, words("firms", "note", "words"))))


def without_notes(text: str) -> str:
    """
    Return a name without the brackets that say nothing about its bearer.

    >>> without_notes("西鞍山铁矿(Chinese)"), without_notes("北营钢铁(集团)公司")
    ('西鞍山铁矿', '北营钢铁(集团)公司')
    """
    return _BRACKETS.sub(lambda found: "" if _note().search(found[1].casefold()) else found[0], text).strip()


def without_brackets(text: str) -> str:
    """Return a text without anything that stands in brackets; all of it where nothing else would stay."""
    return _BRACKETS.sub("", plain(text)).strip() or text


@dataclass(frozen=True, slots=True)
class Firm:
    """
    The name of a firm or works, taken apart.

    Attributes:
        text: the folded name.
        places: what it begins with that is a place, as division codes; several where homonyms are.
        core: who it is: without place, legal form and branch.
        form: `stock`, `limited`, `company`, `works`, or empty.
        group: whether it calls itself a group.
        branch: the part of the firm that is named, or empty.
        share: a mark of a class of shares, or empty.
    """

    text: str
    places: tuple[str, ...]
    core: str
    form: str
    group: bool
    branch: str
    share: str = ""


@cache
def _forms() -> tuple[tuple[str, str], ...]:
    found = [(word, form) for form, names in table("firms")["form"].items() for word in names]
    return tuple(sorted(found, key=lambda pair: len(pair[0]), reverse=True))


@cache
def _seam() -> re.Pattern[str]:
    """Where a legal form ends and something follows."""
    legal = [word for word, form in _forms() if form != "works" and word.endswith("公司")]
    return re.compile(f"^(.+?(?:{'|'.join(legal)}))(.+)$")


@cache
def _branch_end() -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(words('firms', 'branch', 'zh'))})$")


def cut_form(text: str) -> tuple[str, str]:
    """
    Cut the legal form from the end of a folded Chinese name.

    >>> cut_form("鞍钢股份有限公司"), cut_form("本溪钢铁厂")
    (('鞍钢', 'stock'), ('本溪钢铁', 'works'))
    """
    for word, form in _forms():
        if text.endswith(word) and len(text) > len(word) + 1:
            return text[: -len(word)], form
    return text, ""


@lru_cache(maxsize=200_000)
def chinese_firm(name: str) -> Firm:
    """
    Take the Chinese name of a firm apart.

    >>> firm = chinese_firm("后英集团海城钢铁有限公司大屯分公司")
    >>> firm.core, firm.form, firm.branch
    ('后英集团海城钢铁', 'limited', '大屯')
    """
    text = fold(without_notes(name))
    head, branch = text, ""
    if found := _seam().match(text):
        head, rest = found[1], found[2]
        if end := _branch_end().search(rest):
            branch = rest[: end.start()] or end[0]
        else:  # a firm named behind the firm that owns it
            head = cut_form(head)[0] + rest
    elif text.endswith(("分公司", "分厂")):
        end = _branch_end().search(text)
        head = text[: end.start()] if end else text
        branch = head
    head, form = cut_form(head)
    group = head.endswith("集团") and len(head) > len("集团") + 1
    if group:
        head = head.removesuffix("集团")
    places, core = gazetteer().cut(head)
    return Firm(text, places, core, form, group, branch)


@cache
def _english() -> tuple[frozenset[str], frozenset[str], dict[str, str], frozenset[str], frozenset[str]]:
    known = table("firms")
    english = known["english"]
    return (
        frozenset(english["legal"]),
        frozenset(english["silent"]),
        english["same"],
        frozenset(known["group"]["en"]),
        frozenset(known["branch"]["en"]),
    )


@lru_cache(maxsize=100_000)
def english_firm(name: str) -> Firm:
    """
    Take the English name of a firm apart; its core is its words in alphabetical order.

    >>> english_firm("Pangang Group Xichang Steel & Vanadium Co., Ltd.").core
    'pangang steel vanadium xichang'
    """
    legal, silent, same, groups, branches = _english()
    text = fold(without_notes(name))
    tokens = text.split()
    share = ""
    if len(tokens) > 2 and tokens[-2] in {"class", "series"}:  # noqa: PLR2004 - a name, a word, a letter
        share, tokens = tokens[-1], tokens[:-2]
    last = max((at for at, token in enumerate(tokens) if token in legal), default=-1)
    tail = tokens[last + 1 :] if last > 0 else []
    head = tokens[: last + 1] if tail else tokens
    if not tail and tokens and tokens[-1] in {"branch", "subsidiary"}:
        tail = tokens[-2:]
        head = tokens[:-2]
    spoken = [token for token in head if token not in legal]
    group = bool(spoken) and spoken[-1] in groups
    kept = [same.get(token, token) for token in spoken if token not in groups and token not in silent]
    branch = " ".join(token for token in tail if token not in branches and token not in silent)
    if tail and not branch:
        branch = " ".join(tail)
    places = gazetteer().spoken(kept)
    form = "limited" if last >= 0 else ""
    return Firm(text, places, " ".join(sorted(kept)), form, group, branch, share)


@cache
def _mine_end() -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(words('firms', 'mine', 'zh'))})$")


@lru_cache(maxsize=100_000)
def mine(name: str) -> tuple[str, tuple[str, ...]]:
    """
    Return what a mine is called, without what it is and without a place in front; and that place.

    >>> mine("西鞍山铁矿(Chinese)")[0], mine("Karara Mine")[0]
    ('西鞍山', 'karara')
    """
    text = fold(without_brackets(without_notes(name)))
    if not is_chinese(text):
        silent = set(words("firms", "mine", "en"))
        kept = [token for token in text.split() if token not in silent]
        return " ".join(kept) or text, ()
    core = text
    while len(shorter := _mine_end().sub("", core)) > 1 and shorter != core:
        core = shorter
    places, rest = gazetteer().cut(core)
    return (rest, places) if len(rest) > 1 else (core, ())
