"""Answers as text for a terminal: tables, things, evidence."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from anshan_kg.model import Graph, Table, text_of
from anshan_kg.terms import curie

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anshan_kg.model import Answer, Entity, Evidence, Hit, Statement, Term

_PIPED_WIDTH = 160
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
    """Print the answer to a query."""
    out = console()
    if isinstance(answer, Table):
        shown = RichTable(show_edge=False, pad_edge=False, header_style="bold")
        for name in answer.columns:
            shown.add_column(name, overflow="fold")
        for row in answer.rows:
            shown.add_row(*(escape(cell(term)) for term in row))
        out.print(shown)
    elif isinstance(answer, Graph):
        for triple in answer:
            out.print(escape(f"{triple} ."), soft_wrap=True)
    else:
        out.print("true" if answer else "false")


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
            print_evidence(out, each, lang, indent="    ")
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
        print_evidence(out, each, lang, indent="    ")


def print_evidence(out: Console, evidence: Evidence, lang: str, indent: str = "") -> None:
    """Print who says a claim, how it is meant, how sure we are, and where it stands."""
    marks = _MARKS["zh" if lang.startswith("zh") else "en"]
    manner = [
        evidence.speaker.best(lang),
        evidence.modality.best(lang),
        evidence.year,
        evidence.confidence.best(lang),
    ]
    if evidence.speaker_carried_over:
        manner.append(marks["carried"])
    if evidence.conflict:
        manner.append(marks["conflict"])
    if evidence.original:
        manner.append(f"“{evidence.original}”")
    if evidence.via:
        manner.append(f"{marks['inferred']}: {evidence.via}")
    out.print(f"{indent}[dim]{escape(curie(evidence.claim))}[/] " + escape(" · ".join(filter(None, manner))))
    if evidence.note.best(lang):
        out.print(f"{indent}  {escape(evidence.note.best(lang))}")
    if evidence.rationale.best(lang):
        out.print(f"{indent}  {marks['why']}: {escape(evidence.rationale.best(lang))}")
    for passage in evidence.passages:
        out.print(
            f"{indent}  {escape(passage.document_title)}, {passage.locator}: "
            + escape(passage.paraphrase.best(lang))
        )
        if passage.text is not None:
            out.print(f"{indent}  {marks['words']}: [italic]{escape(passage.text)}[/]")
