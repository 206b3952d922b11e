r"""
What may run at all: nothing that would leave the graph, and everything else.

The engine follows SERVICE to any address, and nothing in it switches that off. Whether a text uses
SERVICE is asked of the engine's own parser: the word is broken in every place where it stands, and
a text that is still SPARQL after that had it only in strings, comments, addresses or names. No scan
by tokens can be as sure: `?a<#> ...` may be an address or a comparison and a comment, and the
engine reads `SERVICEx:a { }` as SERVICE. The scan here only names the reason.

The text is judged as it stands, because that is what the engine runs: it decodes `\u0022` in
strings and addresses after it has found their ends. And it is judged with the escapes decoded, as
SPARQL 1.1, section 19.2, has it, because another engine may read it so. A text without those
letters is not looked at any further: whatever else it may be, it is the engine's to answer or refuse.

FROM fetches nothing in this engine; what it names and the dataset has not is an empty graph, by
SPARQL 1.1, section 13.2. Only names that could be read as a way to this machine or its network are
refused where the dataset has no such graph, so that nobody takes the empty answer for their content.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from anshan_kg.errors import QueryError, QueryRefused, QueryTooLong
from anshan_kg.terms import BASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LONGEST = 2**22
"""Characters a query may have."""

DEEPEST = 500
"""How deep brackets may be nested where the engine's parser would take this process along."""

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
TOKEN = _TOKEN  # updates are read by the same tokens
_WORD = re.compile("[A-Za-z]+")
_SERVICE = re.compile("SERVICE", re.IGNORECASE)
_LETTERS = "service"
_UPDATES = {"LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "INSERT", "DELETE"}
_PROLOGUE = {"BASE", "PREFIX", ""}
_FETCHED_LOCALLY = {"file", "ftp", "gopher", "dict", "ldap", "jar", "netdoc"}


def is_harmless(text: str) -> bool:
    """
    Whether a text cannot use SERVICE, as nine of ten cannot; told at a glance.

    What else is done here takes its time with a long text, and is done where that time is bounded.

    Raises:
        QueryTooLong: it is longer than `LONGEST`.
    """
    if len(text) > LONGEST:
        raise QueryTooLong(len(text), LONGEST)
    return _LETTERS not in text.lower() and not ("\\" in text and _ESCAPE.search(text))


def admit(text: str, parse: Callable[[str], object], addresses: Mapping[str, str]) -> str:
    """
    Return the query to run for a query that was asked; see `check`.

    A service that is listed is judged as the engine would judge a graph: everything else in the
    text has to pass as it stands.

    Args:
        text: The query.
        parse: Raises QueryError for a text that is not SPARQL.
        addresses: What SERVICE may name, and what it is to name instead when the query runs.

    Raises:
        QueryTooLong, QueryError, QueryRefused: as `check`.
    """
    if not addresses:
        check(text, parse)
        return text
    home, away = _rewritten(text, addresses)
    try:
        check(home, parse)
    except QueryRefused as error:
        if "SERVICE" not in str(error):
            raise
        known = ", ".join(f"<{each}>" for each in addresses)
        raise QueryRefused(f"SERVICE may name, by an IRI written in full, one of: {known}") from None
    return away


def _rewritten(text: str, addresses: Mapping[str, str]) -> tuple[str, str]:
    """Return a text with GRAPH for each SERVICE that is allowed, and one with the other addresses."""
    home, away, at = [], [], 0
    pending: list[tuple[int, int]] = []  # where SERVICE and SILENT stand
    for token in _TOKEN.finditer(text):
        kind, word = token.lastgroup, token[0].upper()
        if kind == "comment":
            continue
        if kind == "words" and word == "SERVICE":
            pending = [token.span()]
        elif kind == "words" and word == "SILENT" and len(pending) == 1:
            pending.append(token.span())
        elif kind == "address" and pending and token[0][1:-1] in addresses:
            start, end = pending[0]
            between = text[end : token.start()]
            if len(pending) > 1:
                first, last = pending[1]
                between = text[end:first] + " " * (last - first) + text[last : token.start()]
            home += [text[at:start], "GRAPH  ", between, token[0]]
            away += [text[at : token.start()], f"<{addresses[token[0][1:-1]]}>"]
            at, pending = token.end(), []
        else:
            pending = []
    return "".join([*home, text[at:]]), "".join([*away, text[at:]])


def check(text: str, parse: Callable[[str], object]) -> None:
    """
    Return if a query may run here; whether it is SPARQL at all is left to the engine.

    Args:
        text: The query.
        parse: Raises QueryError for a text that is not SPARQL. It is only given texts without
            SERVICE: turned into GRAPH, which has the same grammar and stays at home, or broken.

    Raises:
        QueryTooLong: it is longer than `LONGEST`.
        QueryError: it has the letters of SERVICE and is not SPARQL; told before any refusal.
        QueryRefused: it uses SERVICE.
    """
    if len(text) > LONGEST:
        raise QueryTooLong(len(text), LONGEST)
    if "\\" not in text and not mentions(text, "SERVICE"):
        return
    readings = dict.fromkeys((text, _unescape(text)) if "\\" in text else (text,))
    if not any(_LETTERS in reading.lower() for reading in readings):
        return
    for reading in readings:
        _refuse_service(reading, parse)
    for reading in readings:
        if _names_service(reading):  # the engine finds none, but another one may
            parse(_broken(_TOKEN.sub(_at_home, reading)))
            raise QueryRefused("SERVICE is not allowed here: queries stay inside this graph")


def mentions(text: str, *words: str) -> bool:
    """
    Return whether a text may have the letters of one of some words, in capitals or not.

    A pattern that ignores case takes ten times as long. Whatever it finds, this finds too, and a
    little more, such as the letters of `SS` in a sharp s.

    Args:
        text: The text.
        words: The words, in capitals.
    """
    letters = text.upper().replace("\u0130", "I")  # the one letter that has a dot in capitals
    return any(word in letters for word in words)


def check_nesting(text: str) -> None:
    """
    Raise QueryError for brackets so deep that the engine's parser would overflow this process's stack.

    Workers need no such bound: they may end.
    """
    if sum(map(text.count, "({[")) <= DEEPEST:
        return
    depth = 0
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "open":
            depth += 1
            if depth > DEEPEST:
                raise QueryError(f"brackets are nested more than {DEEPEST} deep")
        elif token.lastgroup == "close":
            depth -= 1


def form(text: str) -> str:
    """Return the first keyword after the prologue, in capitals; empty where there is none."""
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "words":
            for word in map(str.upper, _WORD.findall(token[0])):
                if word not in _PROLOGUE:
                    return word
    return ""


def is_update(text: str) -> bool:
    """Whether a text begins as a SPARQL update does."""
    return form(text) in _UPDATES


def sources(text: str) -> tuple[str, ...]:
    """Return the graphs that FROM and FROM NAMED name, in full."""
    if not mentions(text, "FROM"):
        return ()
    readings = (text, _unescape(text)) if "\\" in text else (text,)  # escapes may stand in addresses
    return tuple(dict.fromkeys(each for reading in readings for each in _sources(reading) if each))


def is_local(address: str) -> bool:
    """
    Whether an address could be read as a way to files, to this machine, or to a network around it.

    The ways of writing an address are those that the system's own resolver knows: `127.1`,
    `0x7f000001`, IPv4 inside IPv6.
    """
    try:
        parts = urlsplit(address)
        scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    except ValueError:
        return True  # no address anybody could have meant
    if scheme not in {"http", "https"}:
        return scheme in _FETCHED_LOCALLY
    if not host or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            found = ipaddress.ip_address(socket.inet_aton(host))
        except (OSError, UnicodeError):
            return False
    found = getattr(found, "ipv4_mapped", None) or found
    return not found.is_global


def _refuse_service(reading: str, parse: Callable[[str], object]) -> None:
    try:
        parse(_broken(reading))
    except QueryError:
        # Either it is no SPARQL, and this tells where, or it is, but for SERVICE.
        parse(_broken(_TOKEN.sub(_at_home, reading)))
        raise QueryRefused("SERVICE is not allowed here: queries stay inside this graph") from None


def _names_service(text: str) -> bool:
    """Whether SERVICE stands where a keyword may."""
    return any(
        word.upper() == "SERVICE"
        for token in _TOKEN.finditer(text)
        if token.lastgroup == "words"
        for word in _WORD.findall(token[0])
    )


def _sources(text: str) -> Iterator[str]:
    """Follow PREFIX and BASE, and yield what FROM names."""
    base, last, name = BASE, "", ""
    prefixes: dict[str, str] = {}
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "words":
            last = [last, *_WORD.findall(token[0])][-1].upper()
        elif kind == "name" and last == "PREFIX":
            name = token[0]
        elif kind in {"address", "name"}:
            if kind == "name":
                prefix, _, local = token[0].partition(":")
                address = prefixes.get(f"{prefix}:", "") + local.replace("\\", "")
            else:
                address = _joined(base, token[0][1:-1])
            if last == "PREFIX":
                prefixes[name] = address
            elif last == "BASE":
                base = address
            elif last in {"FROM", "NAMED"}:
                yield address
            last = ""  # what comes next does not follow that keyword


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, _unescape(address))
    except ValueError:
        return address


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
