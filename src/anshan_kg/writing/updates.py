"""The text of an update: its operations, its dataset, and what it may not hold. Nothing is run here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from anshan_kg.errors import ParameterError, QueryError
from anshan_kg.execution.gate import DEEPEST, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TOUCHED = "urn:x-anshan-kg:touched"
"""The graph in which the triples that an operation touches are gathered, for a moment."""

_PROLOGUE = {"BASE", "PREFIX", "VERSION"}
_PATTERNS = {"INSERT", "DELETE", "WITH"}
_WORD = re.compile(r"LOAD|SERVICE", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A token, or a whole group in braces, at the outermost level of an operation."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The keyword it is, in capitals; empty where it is none."""
        return self.text.upper() if self.kind == "words" else ""


@dataclass(frozen=True, slots=True)
class Operation:
    """
    One operation of an update.

    Attributes:
        prologue: All declarations up to it.
        text: It, without them.
        parts: What stands at its outermost level; places are those in `text`.
    """

    prologue: str
    text: str
    parts: tuple[Part, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """Its keywords outside braces, in order."""
        return tuple(part.word for part in self.parts if part.word)

    @property
    def whole(self) -> str:
        """The operation as an update of its own."""
        return f"{self.prologue}\n{self.text}"


def operations(text: str) -> list[Operation]:
    """
    Return the operations of an update, which is SPARQL.

    Raises:
        QueryError: brackets are nested too deeply.
    """
    found: list[Operation] = []
    prologue = ""
    for start, parts in _segments(text):
        begin = _first_keyword(parts)
        if begin is None:  # declarations, and nothing after them
            continue
        head = parts[begin].start
        prologue += text[start:head] + "\n"
        end = parts[-1].end
        kept = tuple(Part(part.kind, part.text, part.start - head, part.end - head) for part in parts[begin:])
        found.append(Operation(prologue, text[head:end], kept))
    return found


def _segments(text: str) -> Iterator[tuple[int, list[Part]]]:
    """Yield where each piece between semicolons starts, and its parts."""
    parts: list[Part] = []
    start = last = depth = opened = 0
    for token in TOKEN.finditer(text):
        if depth == 0 and ";" in text[last : token.start()]:
            yield start, parts
            parts = []
            start = text.index(";", last) + 1
        last = token.end()
        kind = token.lastgroup or ""
        if kind == "open":
            depth += 1
            if depth > DEEPEST:
                raise QueryError(f"brackets are nested more than {DEEPEST} deep")
            if depth == 1:
                opened = token.start()
        elif kind == "close":
            depth = max(0, depth - 1)
            if depth == 0:
                parts.append(Part("group", text[opened : token.end()], opened, token.end()))
        elif depth == 0 and kind != "comment":
            parts.append(Part(kind, token[0], token.start(), token.end()))
    yield start, parts


def _first_keyword(parts: Sequence[Part]) -> int | None:
    return next((n for n, part in enumerate(parts) if part.word and part.word not in _PROLOGUE), None)


def check_nesting(text: str) -> None:
    """
    Return if a text can be given to the parser.

    Raises:
        QueryError: brackets are nested too deeply, which makes it overflow its stack or take for ever.
    """
    if sum(map(text.count, "({[")) > DEEPEST:
        for _ in _segments(text):
            pass


def with_dataset(text: str, default: Sequence[str], named: Sequence[str]) -> str:
    """
    Return an update whose patterns are matched in the dataset of the protocol, section 2.2.

    Args:
        text: The update.
        default, named: using-graph-uri and using-named-graph-uri; none of either leaves it as it is.

    Raises:
        ParameterError: a graph is no absolute IRI, or the text has USING or WITH of its own.
    """
    if not default and not named:
        return text
    clauses = "".join(f" USING {_address(each)}" for each in default)
    clauses += "".join(f" USING NAMED {_address(each)}" for each in named)
    made, found = [], operations(text)
    for operation in found:
        words = operation.words
        if {"USING", "WITH"} & set(words):
            raise ParameterError(
                "the request names a dataset by using-graph-uri or using-named-graph-uri, and the update "
                "by USING or WITH; SPARQL 1.1 Protocol, section 2.2.3, allows only one of them"
            )
        if words[0] in {"INSERT", "DELETE"} and "WHERE" in words:
            where = next(part for part in operation.parts if part.word == "WHERE")
            before = operation.text[: where.start]
            if words[:2] == ("DELETE", "WHERE"):
                before += operation.text[where.end :]
            made.append(f"{before}{clauses} {operation.text[where.start :]}")
        else:
            made.append(operation.text)
    return _joined(found, made)


def _joined(found: Sequence[Operation], texts: Iterable[str]) -> str:
    """Return operations as one update; the engine takes declarations at the start of it only."""
    return (found[-1].prologue if found else "") + "\n;\n".join(texts)


def _address(text: str) -> str:
    try:
        return str(NamedNode(text))
    except ValueError as error:
        raise ParameterError(f"{text!r} is no absolute IRI of a graph") from error


def names_a_way_out(text: str) -> bool:
    """Whether the letters of LOAD or SERVICE stand anywhere, so that the text has to be looked at."""
    return _WORD.search(text) is not None


def broken(text: str, word: str) -> str:
    """Return a text in which a word is misspelt wherever it stands, in the same number of characters."""
    return re.sub(word, lambda found: f"{found[0][:-1]}{'X' if found[0][-1].isupper() else 'x'}", text,
                  flags=re.IGNORECASE)  # fmt: skip


def without_silent_loads(text: str) -> str:
    """
    Return an update without its LOAD SILENT operations.

    They succeed whether or not they load anything, by SPARQL 1.1 Update, section 3.1.4; here they
    load nothing.
    """
    found = operations(text)
    return _joined(found, (each.text for each in found if each.words[:2] != ("LOAD", "SILENT")))


@dataclass(frozen=True, slots=True)
class Gathering:
    """
    How to learn which triples an operation may add or take away, in whichever graph.

    Attributes:
        queries: CONSTRUCT queries that give them.
        updates: Updates that put them into the graph `TOUCHED`.
    """

    queries: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()


def gathering(operation: Operation) -> Gathering:
    """Return how to learn what an operation touches, before it is carried out."""
    words = operation.words
    if words[0] in _PATTERNS:
        return _by_pattern(operation)
    return Gathering(tuple(
        f"{operation.prologue}\nCONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}"
        for pattern in _graph_patterns(operation.parts)
        if words[0] != "CREATE"
    ))  # fmt: skip


def _by_pattern(operation: Operation) -> Gathering:
    words, parts, prologue = operation.words, operation.parts, operation.prologue
    if "DATA" in words:
        (group,) = (part for part in parts if part.kind == "group")
        return Gathering((f"{prologue}\nCONSTRUCT {{ {_flat([group])} }} WHERE {{ }}",))
    where = next(n for n, part in enumerate(parts) if part.word == "WHERE")
    first = next(n for n, part in enumerate(parts) if part.word in {"INSERT", "DELETE"})
    templates = [part for part in parts[first:where] if part.kind == "group"]
    # DELETE WHERE: the pattern is the template
    template = _flat(templates or parts[where + 1 :])
    pattern = operation.text[parts[where].start :]
    head = operation.text[: parts[first].start]
    dataset = operation.text[templates[-1].end : parts[where].start] if templates else ""
    if words[0] == "WITH":  # which no query can say
        insert = f"INSERT {{ GRAPH <{TOUCHED}> {{ {template} }} }}"
        return Gathering(updates=(f"{prologue}\n{head} {insert} {dataset} {pattern}",))
    sources = " ".join(
        "FROM" if part.word == "USING" else part.text
        for part in parts
        if templates and templates[-1].end <= part.start < parts[where].start
    )
    return Gathering((f"{prologue}\nCONSTRUCT {{ {template} }} {sources} {pattern}",))


def _flat(groups: Iterable[Part]) -> str:
    """Return the triples of groups without the graphs they stand in."""
    pieces = []
    for group in groups:
        inner, last, naming = group.text[1:-1], 0, False
        piece = ""
        for token in TOKEN.finditer(inner):
            piece += inner[last : token.start()]
            last = token.end()
            kind = token.lastgroup
            if kind == "words" and token[0].upper() == "GRAPH":
                naming = True
            elif kind == "comment":
                piece += " "
            elif token[0] in "{}":
                pieces.append(piece)
                piece, naming = "", False
            elif not naming:
                piece += token[0]
        pieces.append(piece + inner[last:])
    # A dot may stand before GRAPH and after its braces, or not.
    return " .\n".join(bare for piece in pieces if (bare := piece.strip().strip(".").strip()))


def _graph_patterns(parts: Sequence[Part]) -> Iterator[str]:
    """Yield patterns that match the triples of the graphs that CLEAR, DROP, ADD, MOVE, COPY name."""
    for part in parts:
        if part.word in {"DEFAULT", "ALL"}:
            yield "?s ?p ?o"
        if part.word in {"NAMED", "ALL"}:
            yield "GRAPH ?g { ?s ?p ?o }"
        if part.kind in {"address", "name"}:
            yield f"GRAPH {part.text} {{ ?s ?p ?o }}"
