"""One chain: its diagram, the table that says the same, and what an amount of its input could give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import g, request
from pyoxigraph import Literal, NamedNode

from anshan_kg.drawing.svg import width_of
from anshan_kg.errors import UnknownName
from anshan_kg.flows.process import process_of
from anshan_kg.model import Table
from anshan_kg.terms import slug_of
from anshan_kg.web import amounts
from anshan_kg.web import chains as shaping
from anshan_kg.web.language import catalogue

if TYPE_CHECKING:
    from anshan_kg.flows.answer import Potential
    from anshan_kg.flows.chains import Chain
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Term
    from anshan_kg.web.chains import Row

PATH = "/chains/<slug>"

_BESIDE = 610.0
"""A diagram that is wider leaves no room for the table beside it."""
_COLUMNS = ("kind", "thing", "name", "number", "per", "makers", "factors", "sources", "unknown")


def view(kg: KnowledgeGraph, slug: str) -> dict[str, Any]:
    """Return a chain with its pictures and rows."""
    chain = found(kg, slug)
    rows = _rows(kg, chain)
    evidence = kg.evidence(end.claim for end in chain.ends)
    example = None if chain.is_announced else amounts.example_of(kg, chain)
    diagram = shaping.diagram(kg, chain, g.lang)
    return {
        **(_flows(kg, *example) if example else {}),
        "chain": chain,
        "rows": rows,
        "diagram": diagram,
        "broad": width_of(diagram) > _BESIDE,
        "kinds": list(dict.fromkeys(row.station.kind for row in rows)),
        "kind_word": lambda kind: catalogue(g.lang)[f"kind_{kind.replace('-', '_')}"],
        "worked_out": shaping.named(kg.chains, chain.worked_out),
        "announced": shaping.named(kg.chains, chain.announced),
        "ends": [
            (end, evidence[end.claim]) for end in (*chain.starts, *chain.goals) if end.claim in evidence
        ],
        "gaps": [*chain.gaps, *(gap for step in chain.steps for gap in step.gaps)],
        "picture": f"{request.script_root}/chains/{chain.slug}.svg?lang={g.lang}",
    }


def _flows(kg: KnowledgeGraph, answer: Potential, asked: str) -> dict[str, Any]:
    """Return what an amount of a material could give: as flows, in numbers, and as a question."""
    picture, made = amounts.flows_picture(kg, answer, g.lang)
    main = amounts.main_of(answer)
    number, _, unit = asked.partition(" ")
    return {
        "answer": answer,
        "asked": amounts.amount_text(main[0].amount, main[0].kind, g.lang),
        "flows": picture,
        "cut": len(made.cut),
        "yields": [
            {
                "thing": each.material,
                "name": amounts.name_of(kg, each, g.lang),
                "amount": amounts.amount_text(each.amount, each.kind, g.lang),
                "last": each.route[-1] if each.route else None,
                "start": kg.names.labels[each.route[-1].start] if each.route else None,
                "key": f"{each.material} {each.method}",
            }
            for each in main
        ],
        "scales": [
            (amounts.scale_of(kind), amounts.kind_name(kind, g.lang))
            for kind in dict.fromkeys(each.kind for each in main)
        ],
        "question": {"material": slug_of(answer.material), "amount": number, "unit": unit},
    }


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """A chain with its stations."""

    chain: Chain
    stations: tuple[Row, ...]


def data(kg: KnowledgeGraph, slug: str) -> WorkedOut:
    """Return a chain and its stations."""
    chain = found(kg, slug)
    return WorkedOut(chain, tuple(_rows(kg, chain)))


def table(kg: KnowledgeGraph, slug: str) -> Table:
    """Return a row for each station."""
    return Table(_COLUMNS, tuple(_cells(row) for row in _rows(kg, found(kg, slug))))


def things(kg: KnowledgeGraph, slug: str) -> list[str]:
    """Return the chain, its steps, flows and factors."""
    chain = found(kg, slug)
    parts = [part.flow for step in chain.steps for part in (*step.inputs, *step.outputs)]
    factors = [factor.iri for row in _rows(kg, chain) for factor in row.factors]
    return [
        chain.iri,
        *(end.claim for end in chain.ends),
        *(step.iri for step in chain.steps),
        *parts,
        *factors,
    ]


def found(kg: KnowledgeGraph, slug: str) -> Chain:
    """
    Return the chain of a slug.

    Raises:
        UnknownName: there is none; the error names those that there are.
    """
    chain = kg.chains.get(slug)
    if chain is None:
        raise UnknownName("chain", slug, [each.slug for each in kg.chains.all])
    return chain


def _rows(kg: KnowledgeGraph, chain: Chain) -> list[Row]:
    return shaping.rows(kg, chain, process_of(chain, kg.conversions()), g.lang)


def _cells(row: Row) -> tuple[Term | None, ...]:
    def text(parts: list[str]) -> Literal | None:
        joined = "; ".join(dict.fromkeys(filter(None, parts)))
        return Literal(joined) if joined else None

    sources = [each.labels.best(g.lang) for factor in row.factors for each in factor.sources]
    return (
        Literal(row.station.kind), NamedNode(row.station.thing.iri),
        Literal(row.station.thing.labels.best(g.lang)), text([row.number]),
        text([row.per.labels.best(g.lang) if row.per else ""]),
        text([each.labels.best(g.lang) for each in row.makers]),
        text([slug_of(factor.iri) for factor in row.factors]),
        text([*sources, *(each.source_label.best(g.lang) for each in row.evidence)]),
        text([gap.labels.best(g.lang) for gap in row.gaps]),
    )  # fmt: skip
