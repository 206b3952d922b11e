"""Answers as text for a terminal: tables, things, evidence."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table as RichTable

from anshan_kg.model import Graph, Table, text_of
from anshan_kg.terms import curie

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anshan_kg.model import Answer, Entity, Evidence, Hit, Statement, Term

_PIPED_WIDTH = 160
_READABLE = 32
_MARKS = {
    "en": {
        "inferred": "inferred", "conflict": "disputed", "carried": "speaker carried over",
        "why": "because", "gap": "unknown", "also": "also", "said": "Claims", "words": "words",
    },
    "zh": {
        "inferred": "推断", "conflict": "有争议", "carried": "发言人承上段",
        "why": "理由", "gap": "未知", "also": "又名", "said": "相关陈述", "words": "原文",
    },
}  # fmt: skip


def console() -> Console:
    """Return a console on standard output; wide where nobody watches, plain where piped."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPED_WIDTH
    return Console(width=width, highlight=False, soft_wrap=False)


def cell(term: Term | None) -> str:
    """Return a term as a person reads it in a table: short names for IRIs, bare literals."""
    if isinstance(term, NamedNode):
        return curie(term.value)
    return text_of(term)


def print_answer(answer: Answer) -> None:
    """Print the answer to a query; a table too wide to read as one is printed row by row."""
    out = console()
    if isinstance(answer, Graph):
        for triple in answer:
            out.print(escape(f"{triple} ."), soft_wrap=True)
    elif not isinstance(answer, Table):
        out.print("true" if answer else "false")
    elif _width(answer) <= out.width:
        _print_table(out, answer)
    else:
        _print_records(out, answer)


def _width(table: Table) -> int:
    """Return the characters a table takes when no cell is wider than `_READABLE`."""
    columns = zip(*[[cell(term) for term in row] for row in table.rows], strict=True) if table.rows else ()
    widths = [min(max(map(cell_len, texts)), _READABLE) for texts in columns]
    return sum(max(width, len(name)) + 3 for width, name in zip(widths, table.columns, strict=False))


def _print_table(out: Console, table: Table) -> None:
    shown = RichTable(show_edge=False, pad_edge=False, header_style="bold")
    for name in table.columns:
        shown.add_column(name, overflow="fold")
    for row in table.rows:
        shown.add_row(*(escape(cell(term)) for term in row))
    out.print(shown)


def _print_records(out: Console, table: Table) -> None:
    for number, row in enumerate(table.rows, start=1):
        out.print(f"[dim]-- {number} of {len(table)} --[/]")
        shown = RichTable.grid(padding=(0, 2))
        shown.add_column(style="cyan", no_wrap=True)
        shown.add_column(overflow="fold")
        for name, term in zip(table.columns, row, strict=True):
            if term is not None:
                shown.add_row(name, escape(cell(term)))
        out.print(shown)


def print_hits(hits: Iterable[Hit]) -> None:
    """Print search results, best first."""
    shown = RichTable(show_edge=False, pad_edge=False, header_style="bold")
    for name in ("score", "thing", "type", "English", "中文", "matched"):
        shown.add_column(name, overflow="fold")
    for hit in hits:
        shown.add_row(
            f"{hit.score:g}",
            curie(hit.iri),
            hit.type,
            escape(hit.labels.en),
            escape(hit.labels.zh),
            escape(hit.matched),
        )
    console().print(shown)


def print_entity(entity: Entity, lang: str) -> None:
    """Print a thing with its statements and who says them."""
    out, marks = console(), _MARKS["zh" if lang.startswith("zh") else "en"]
    other = entity.labels.best("en" if lang.startswith("zh") else "zh")
    out.print(f"[bold]{escape(entity.labels.best(lang))}[/]  {escape(other)}")
    out.print(
        f"[dim]{escape(entity.iri)}[/]  {escape(', '.join(t.labels.best(lang) for t in entity.types[:1]))}"
    )
    if entity.definition.best(lang):
        out.print(escape(entity.definition.best(lang)))
    if entity.alt_labels:
        out.print(f"{marks['also']}: " + escape(", ".join(name for _, name in entity.alt_labels)))
    for statement in entity.statements:
        out.print()
        _print_statement(out, statement, lang)
    if entity.claims:
        out.print(f"\n[bold]{marks['said']}[/]")
        for each in entity.claims:
            out.print(escape(each.label.best(lang)))
            print_evidence(out, each, lang, indent=4)
    for gap in entity.gaps:
        out.print(
            f"\n[yellow]{marks['gap']}[/] {escape(gap.labels.best(lang))}  [dim]{escape(curie(gap.iri))}[/]"
        )


def _print_statement(out: Console, statement: Statement, lang: str) -> None:
    marks = _MARKS["zh" if lang.startswith("zh") else "en"]
    value = statement.value_labels.best(lang) or cell(statement.value)
    extra = f" [magenta]{marks['inferred']}[/]" if statement.inferred else ""
    where = "" if isinstance(statement.value, Literal) else f"  [dim]{escape(cell(statement.value))}[/]"
    out.print(f"[cyan]{escape(statement.predicate.labels.best(lang))}[/] {escape(value)}{where}{extra}")
    for each in statement.evidence:
        print_evidence(out, each, lang, indent=4)


def print_evidence(out: Console, evidence: Evidence, lang: str, indent: int = 0) -> None:
    """Print who says a claim, how it is meant, how sure we are, and where it stands."""
    marks = _MARKS["zh" if lang.startswith("zh") else "en"]
    manner = [
        evidence.speaker.best(lang),
        evidence.modality.best(lang),
        evidence.year,
        evidence.confidence.best(lang),
        marks["carried"] if evidence.speaker_carried_over else "",
        marks["conflict"] if evidence.conflict else "",
        f"“{evidence.original}”" if evidence.original else "",
        f"{marks['inferred']}: {evidence.via}" if evidence.via else "",
    ]
    lines = [f"[dim]{escape(curie(evidence.claim))}[/] " + escape(" · ".join(filter(None, manner)))]
    if evidence.note.best(lang):
        lines.append(f"  {escape(evidence.note.best(lang))}")
    if evidence.rationale.best(lang):
        lines.append(f"  {marks['why']}: {escape(evidence.rationale.best(lang))}")
    for passage in evidence.passages:
        where = f"{passage.document_title}, {passage.locator}"
        lines.append(f"  {escape(where)}: {escape(passage.paraphrase.best(lang))}")
        if passage.text is not None:
            lines.append(f"  {marks['words']}: [italic]{escape(passage.text)}[/]")
    for line in lines:
        bare = line.lstrip()
        out.print(Padding(bare, (0, 0, 0, indent + len(line) - len(bare))))
