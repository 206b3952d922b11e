"""Answers as people read them: named columns, linked names, numbers in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup
from pyoxigraph import Literal, NamedNode

from anshan_kg.model import Labels
from anshan_kg.quantities import decimal, spell
from anshan_kg.terms import curie, iri, path_of
from anshan_kg.web.figures import told
from anshan_kg.web.language import address, shown, words

if TYPE_CHECKING:
    from anshan_kg.model import Table, Term
    from anshan_kg.search import NameIndex

_SENTENCES = {"akg:QuantitativeClaim", "akg:RelationClaim", "akg:TextClaim", "akg:Passage", "akg:EvidenceGap"}
"""What is named by a sentence."""

_OUTCOMES = re.compile(r"\d{4}: [^;]+(?:; \d{4}: [^;]+)*")
_NUMBERS = {iri("xsd:integer"), iri("xsd:decimal")}


@dataclass(frozen=True, slots=True)
class Readable:
    """An answer for a page: column labels, and rows of (label, cell)."""

    columns: list[str]
    rows: list[list[tuple[str, Markup]]]


def readable(table: Table, lang: str, names: NameIndex | None = None) -> Readable:
    """
    Return a table as a page shows it.

    A column `x` beside a column `xName` is left out, and the name links to it. Columns and fixed
    values have the words of the language; numbers are spelt in it. Things have their names; claims and
    passages, whose names are sentences, are chips that lead to them.

    Args:
        table: The answer.
        lang: The language of the page.
        names: What things are called and are; without them IRIs stay as they are.
    """
    naming = {column for column in table.columns if column.endswith("Name")}
    kept = [column for column in table.columns if f"{column}Name" not in naming]
    labels = {column: words(lang, "columns").get(column.removesuffix("Name"), column) for column in kept}
    rows = []
    for row in table:
        cells = []
        for column in kept:
            link = row.get(column.removesuffix("Name")) if column in naming else None
            cells.append((labels[column], _cell(row[column], link, lang, labels[column], names)))
        rows.append(cells)
    return Readable([labels[column] for column in kept], rows)


def _cell(term: Term | None, link: Term | None, lang: str, column: str, names: NameIndex | None) -> Markup:
    if term is None:
        return Markup()
    if isinstance(term, Literal):
        if (several := _things_in(term)) and names is not None:
            return Markup(" ").join(_thing(each, lang, column, names) for each in several)
        text = _text(term, lang)
        if isinstance(link, NamedNode) and address(link.value):
            return Markup('<a href="{}">{}</a>').format(address(link.value), text)
        return (
            Markup('<span lang="{}">{}</span>').format(term.language, text)
            if term.language
            else Markup.escape(text)
        )
    if isinstance(term, NamedNode):
        return _thing(term.value, lang, column, names)
    return shown(term, Labels(), lang)


def _thing(thing: str, lang: str, column: str, names: NameIndex | None) -> Markup:
    """Return the link to a thing: under its name, or as a chip where that is a sentence."""
    name = names.labels.get(thing, Labels()).best(lang) if names is not None else ""
    if names is not None and name and names.types.get(thing) in _SENTENCES:
        return Markup('<a class="chip" href="{}" title="{}">{}</a>').format(address(thing), name, column)
    return shown(NamedNode(thing), Labels(name or curie(thing), name), lang)


def _things_in(term: Literal) -> list[str]:
    """Return the IRIs that a text is a list of, as `GROUP_CONCAT` makes it; empty where it is none."""
    words_of = term.value.split()
    return words_of if words_of and all(path_of(word) is not None for word in words_of) else []


def _text(term: Literal, lang: str) -> str:
    number = decimal(term.value) if term.datatype in _NUMBERS else None
    if number is not None:
        return spell(number, lang)
    if term.language:
        return term.value
    if _OUTCOMES.fullmatch(term.value):
        return _outcomes(term.value, lang)
    return words(lang, "values").get(term.value, term.value)


def _outcomes(text: str, lang: str) -> str:
    """Return outcomes by year, such as `2023: 4; 2024: under way`, in the words of a language."""
    colon, between = ("：", "；") if lang == "zh" else (": ", "; ")
    parts = (part.partition(": ") for part in text.split("; "))
    return between.join(f"{year}{colon}{told(what, '', lang)}" for year, _, what in parts)
