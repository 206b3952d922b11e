r"""
What may run at all: nothing that would leave the graph.

The engine follows SERVICE to any address, and nothing in it switches that off. Whether a text uses
SERVICE is asked of the engine's own parser: the word is broken in every place where it stands, and
a text that is still SPARQL after that had it only in strings, comments, addresses or names. No scan
by tokens can be as sure: `?a<#> ...` may be an address or a comparison and a comment, and the
engine reads `SERVICEx:a { }` as SERVICE. The scan here only names the reason, sees which graphs
FROM reads, and keeps deep nesting from the parser.

The text is judged as it stands, because that is what the engine runs: it decodes `\u0022` in
strings and addresses after it has found their ends. And it is judged with the escapes decoded, as
SPARQL 1.1, section 19.2, has it, because another engine may read it so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from anshan_kg.errors import ParameterError, QueryError, QueryRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

LONGEST = 2**20
"""Characters a query may have."""

DEEPEST = 500
"""How deep brackets may be nested; far deeper ones make the engine's parser overflow its stack."""

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_HIGHEST = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)

# By SPARQL 1.1, section 19.8; a `<` that begins no IRIREF is the less-than sign. Nothing here is
# tried twice over the same characters (`++`, `*+`; a string without an end runs to where it would
# have to end), so that the time grows with the length, whatever the text.
_TOKEN = re.compile(
    r"""
    (?P<string>\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+(?:\"\"\")?
              |\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*+(?:\'\'\')?
              |\"(?:[^\"\\\n\r]|\\.)*+\"?
              |\'(?:[^\'\\\n\r]|\\.)*+\'?)
    |(?P<address><[^<>\"{}|^`\\\x00-\x20]*+>)
    |(?P<comment>\#[^\n\r]*+)
    |(?P<variable>[?$]\w++)
    |(?P<language>@[A-Za-z][A-Za-z0-9\-]*+)
    |(?P<words>\w[\w.\-\u00b7]*+(?!:))
    |(?P<name>(?:\w[\w.\-\u00b7]*+)?:(?:[\w.\-:\u00b7]|%[0-9A-Fa-f]{2}|\\.)*+)
    |(?P<open>[({\[])
    |(?P<close>[)}\]])
    """,
    re.VERBOSE | re.DOTALL,
)
TOKEN = _TOKEN  # `egress` looks for services by the same tokens
_WORD = re.compile("[A-Za-z]+")
_SERVICE = re.compile("SERVICE", re.IGNORECASE)
_UPDATES = {"LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "INSERT", "DELETE"}
_PROLOGUE = {"BASE", "PREFIX", ""}
_REMARKABLE = ("\\", "SERVICE", "FROM", *sorted(_UPDATES))
"""Without any of these in it, a text can neither leave the graph, nor change it, nor hide a word."""


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
    if _is_plain(text):
        return
    readings = dict.fromkeys((text, _unescape(text)))
    scans = [_Scan(reading) for reading in readings]
    if any(_SERVICE.search(reading) for reading in readings):
        for reading in readings:
            _refuse_service(reading, parse)
    for scan in scans:
        scan.refuse(graphs, parse)


def _is_plain(text: str) -> bool:
    """Whether a text holds nothing that a scan could refuse, wherever it stands: most queries do not."""
    upper = text.upper()
    if any(word in upper for word in _REMARKABLE):
        return False
    return text.count("{") + text.count("(") + text.count("[") <= DEEPEST


def _refuse_service(reading: str, parse: Callable[[str], object]) -> None:
    try:
        parse(_broken(reading))
    except QueryError:
        # Either it is no SPARQL, and this tells where, or it is, but for SERVICE.
        parse(_broken(_TOKEN.sub(_at_home, reading)))
        raise QueryRefused("SERVICE is not allowed here: queries stay inside this graph") from None


class _Scan:
    """
    What the tokens of a text tell.

    Attributes:
        form: The first keyword after the prologue.
        service: Whether SERVICE stands where a keyword may.
        sources: The graphs that FROM names, in full.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.form = ""
        self.service = False
        self.sources: list[str] = []
        self._base = ""
        self._prefixes: dict[str, str] = {}
        self._last = self._name = ""
        depth = 0
        for token in _TOKEN.finditer(text):
            kind = token.lastgroup
            if kind == "words":
                self._read_words(token[0])
            elif kind == "open":
                depth += 1
                if depth > DEEPEST:
                    raise QueryError(f"brackets are nested more than {DEEPEST} deep")
            elif kind == "close":
                depth -= 1
            elif kind in {"address", "name"}:
                self._read_address(token[0], named=kind == "name")

    def refuse(self, graphs: Collection[str] | None, parse: Callable[[str], object]) -> None:
        """Raise QueryRefused if the text may not run; QueryError first if it is not SPARQL."""
        if self.form in _UPDATES:
            raise QueryRefused(f"{self.form} is an update; this is the query service, which only reads")
        foreign = next((each for each in self.sources if graphs is not None and each not in graphs), None)
        reason = None
        if foreign is not None:
            reason = f"FROM <{foreign}> names no graph of this dataset"
        elif self.service:  # the engine finds none, but another one may
            reason = "SERVICE is not allowed here: queries stay inside this graph"
        if reason is not None:
            parse(_broken(_TOKEN.sub(_at_home, self._text)))
            raise QueryRefused(reason)

    def _read_words(self, text: str) -> None:
        for word in map(str.upper, _WORD.findall(text)):
            self._last = word
            self.service |= word == "SERVICE"
            if not self.form and word not in _PROLOGUE:
                self.form = word

    def _read_address(self, text: str, *, named: bool) -> None:
        """Follow PREFIX and BASE, and note what FROM names."""
        if self._last == "PREFIX" and named:
            self._name = text
            return
        if named:
            prefix, _, local = text.partition(":")
            address = self._prefixes.get(f"{prefix}:", "") + local.replace("\\", "")
        else:
            address = urljoin(self._base, text[1:-1]) if self._base else text[1:-1]
        if self._last == "PREFIX":
            self._prefixes[self._name] = address
        elif self._last == "BASE":
            self._base = address
        elif self._last in {"FROM", "NAMED"}:
            self.sources.append(address)
        self._last = ""  # what comes next does not follow that keyword


def _broken(text: str) -> str:
    """Return a text with every SERVICE misspelt, in the same number of characters."""
    return _SERVICE.sub(
        lambda found: f"{found[0][:4]}{'X' if found[0][4] == 'I' else 'x'}{found[0][5:]}", text
    )


def _at_home(token: re.Match[str]) -> str:
    """Return SERVICE as GRAPH and SILENT as nothing, in the same number of characters."""
    if token.lastgroup != "words":
        return token[0]
    return _WORD.sub(
        lambda word: {"SERVICE": "GRAPH  ", "SILENT": "      "}.get(word[0].upper(), word[0]), token[0]
    )


def _unescape(text: str) -> str:
    r"""Return a query with its \u escapes decoded, as SPARQL 1.1, section 19.2, does first."""

    def character(found: re.Match[str]) -> str:
        number = int(found[1] or found[2], 16)
        return chr(number) if number <= _HIGHEST and number not in _SURROGATES else found[0]

    return _ESCAPE.sub(character, text)
