"""Answers as people read them: named columns, linked names, numbers in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup
from pyoxigraph import Literal, NamedNode

from anshan_kg.model import Labels
from anshan_kg.quantities import decimal, spell
from anshan_kg.terms import curie, iri
from anshan_kg.web.language import address, shown, words

if TYPE_CHECKING:
    from anshan_kg.model import Table, Term

_NUMBERS = {iri("xsd:integer"), iri("xsd:decimal")}


@dataclass(frozen=True, slots=True)
class Readable:
    """An answer for a page: column labels, and rows of (label, cell)."""

    columns: list[str]
    rows: list[list[tuple[str, Markup]]]


def readable(table: Table, lang: str) -> Readable:
    """
    Return a table as a page shows it.

    A column `x` beside a column `xName` is left out, and the name links to it. Columns and fixed
    values have the words of the language; numbers are spelt in it.
    """
    names = {column for column in table.columns if column.endswith("Name")}
    kept = [column for column in table.columns if f"{column}Name" not in names]
    labels = {column: words(lang, "columns").get(column.removesuffix("Name"), column) for column in kept}
    rows = []
    for row in table:
        cells = []
        for column in kept:
            link = row.get(column.removesuffix("Name")) if column in names else None
            cells.append((labels[column], _cell(row[column], link, lang)))
        rows.append(cells)
    return Readable([labels[column] for column in kept], rows)


def _cell(term: Term | None, link: Term | None, lang: str) -> Markup:
    if term is None:
        return Markup()
    if isinstance(term, Literal):
        text = _text(term, lang)
        if isinstance(link, NamedNode) and address(link.value):
            return Markup('<a href="{}">{}</a>').format(address(link.value), text)
        return (
            Markup('<span lang="{}">{}</span>').format(term.language, text)
            if term.language
            else Markup.escape(text)
        )
    return shown(term, Labels(curie(term.value), "") if isinstance(term, NamedNode) else Labels(), "en")


def _text(term: Literal, lang: str) -> str:
    number = decimal(term.value) if term.datatype in _NUMBERS else None
    if number is not None:
        return spell(number, lang)
    return term.value if term.language else words(lang, "values").get(term.value, term.value)
