"""
What may run at all: nothing that would leave the graph.

The engine follows SERVICE to any address, and nothing in it switches that off. Whether a text uses
SERVICE is asked of the engine's own parser: the word is broken in every place where it stands, and
a text that is still SPARQL after that had it only in strings, comments, addresses or names. A scan
by SPARQL's tokens goes before it, to name the reason and to see which graphs FROM reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from anshan_kg.errors import ParameterError, QueryError, QueryRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

LONGEST = 2**20
"""Characters a query may have."""

DEEPEST = 500
"""How deep brackets may be nested; far deeper ones make the engine's parser overflow its stack."""

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_HIGHEST = 0x10FFFF

# By SPARQL 1.1, section 19.8; a `<` that begins no IRIREF is the less-than sign. Names swallow
# keywords inside them. Runs of name characters are taken whole and never given back (`*+`), or a
# megabyte of them would be scanned once from each of its characters.
_TOKEN = re.compile(
    r"""
    (?P<string>\"\"\"(?:(?:\"|\"\")?(?:[^\"\\]|\\.))*\"\"\"|\'\'\'(?:(?:\'|\'\')?(?:[^\'\\]|\\.))*\'\'\'
              |\"(?:[^\"\\\n\r]|\\.)*\"|\'(?:[^\'\\\n\r]|\\.)*\')
    |(?P<address><[^<>\"{}|^`\\\x00-\x20]*>)
    |(?P<comment>\#[^\n\r]*)
    |(?P<variable>[?$]\w+)
    |(?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    |(?P<name>(?:[^\W\d_][\w.\-\u00b7]*+)?:(?:(?:[\w\-:\u00b7]|%[0-9A-Fa-f]{2}|\\.)(?:(?:[\w.\-:\u00b7]|%[0-9A-Fa-f]{2}|\\.)*(?:[\w\-:\u00b7]|%[0-9A-Fa-f]{2}|\\.))?)?)
    |(?P<blank>_:\w(?:[\w.\-\u00b7]*[\w\-\u00b7])?)
    |(?P<word>(?P<letters>[^\W\d_]+)[\w.\-\u00b7]*+)
    |(?P<open>[({\[])
    |(?P<close>[)}\]])
    """,
    re.VERBOSE | re.DOTALL,
)
_SERVICE = re.compile("SERVICE", re.IGNORECASE)
_BROKEN = "SERVXCE"
_UPDATES = {"LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "INSERT", "DELETE"}


def check(text: str, graphs: Collection[str] | None, parse: Callable[[str], object]) -> None:
    """
    Return if a query may run here.

    Args:
        text: The query.
        graphs: The graphs that FROM may name; None lets it name any, which then is empty, because
            the engine never fetches one.
        parse: Raises QueryError for a text that is not SPARQL. It is only given texts without
            SERVICE: turned into GRAPH, which has the same grammar and stays at home, or broken.

    Raises:
        ParameterError: it is too long.
        QueryError: it is not SPARQL; told before any refusal.
        QueryRefused: it uses SERVICE, is an update, or reads from a graph that is not there.
    """
    if len(text) > LONGEST:
        raise ParameterError(f"the query has {len(text):,} characters; {LONGEST:,} are the most")
    plain = _unescape(text)
    reason = _refusal(plain, graphs)
    if reason is not None:
        if not reason.startswith(tuple(_UPDATES)):
            parse(_SERVICE.sub(_BROKEN, _TOKEN.sub(_at_home, plain)))
        raise QueryRefused(reason)
    if _SERVICE.search(plain):
        parse(_SERVICE.sub(_BROKEN, plain))


def _refusal(plain: str, graphs: Collection[str] | None) -> str | None:
    """Return why a text is refused, None where it is not."""
    depth = 0
    words: list[str] = []
    for token in _TOKEN.finditer(plain):
        kind = token.lastgroup
        depth += {"open": 1, "close": -1}.get(kind or "", 0)
        if depth > DEEPEST:
            raise QueryError(f"brackets are nested more than {DEEPEST} deep")
        if kind == "address" and graphs is not None and words[-1:] in (["FROM"], ["NAMED"]):
            if token[0][1:-1] not in graphs:
                return f"FROM {token[0]} names no graph of this dataset"
            words.append("")  # what follows the address no longer follows FROM
        elif kind == "word":
            words.append(token["letters"].upper())
    return _refused_word(words)


def _refused_word(words: list[str]) -> str | None:
    if "SERVICE" in words:
        return "SERVICE is not allowed here: queries stay inside this graph"
    form = next((word for word in words if word not in {"BASE", "PREFIX", ""}), "")
    if form in _UPDATES:
        return f"{form} is an update; this is the query service, which only reads"
    return None


def _at_home(token: re.Match[str]) -> str:
    """Return SERVICE as GRAPH and SILENT as nothing, in the same number of characters."""
    if token.lastgroup != "word":
        return token[0]
    return {"SERVICE": "GRAPH  ", "SILENT": "      "}.get(token[0].upper(), token[0])


def _unescape(text: str) -> str:
    r"""Return a query with its \u escapes decoded, as SPARQL 1.1, section 19.2, does first."""

    def character(found: re.Match[str]) -> str:
        number = int(found[1] or found[2], 16)
        return chr(number) if number <= _HIGHEST else found[0]

    return _ESCAPE.sub(character, text)
