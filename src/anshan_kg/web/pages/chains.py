"""The chains: those that were announced, with how they are worked out, and the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g
from pyoxigraph import Literal, NamedNode

from anshan_kg.model import Table
from anshan_kg.terms import iri
from anshan_kg.web import chains as shaping

if TYPE_CHECKING:
    from anshan_kg.flows.chains import Chain
    from anshan_kg.kg import KnowledgeGraph

PATH = "/chains"

_COLUMNS = ("chain", "name", "announced", "startsFrom", "leadsTo", "steps", "gaps", "workedOut")


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the chains in two groups, each with a small picture and what it is worked out by."""
    known = kg.chains
    evidence = kg.evidence(end.claim for chain in known.all for end in chain.ends)

    def card(chain: Chain) -> dict[str, Any]:
        return {
            "chain": chain,
            "picture": shaping.sketch(chain, g.lang),
            "worked_out": shaping.named(known, chain.worked_out),
            "announced": shaping.named(known, chain.announced),
            "evidence": _said(chain, evidence),
            "gaps": _gaps(chain),
        }

    return {
        "announced": [card(chain) for chain in known.all if chain.is_announced],
        "others": [card(chain) for chain in known.all if not chain.is_announced],
    }


def _gaps(chain: Chain) -> int:
    return sum(len(step.gaps) for step in chain.steps) + len(chain.gaps)


def _said(chain: Chain, evidence: dict[str, Any]) -> list[Any]:
    """Return who says where a chain is to lead, and who corrects that."""
    return [evidence[end.claim] for end in chain.goals if end.claim in evidence]


def data(kg: KnowledgeGraph) -> tuple[Chain, ...]:
    """Return all chains."""
    return kg.chains.all


def table(kg: KnowledgeGraph) -> Table:
    """Return a row for each chain."""
    rows = []
    for chain in kg.chains.all:
        starts, goals = (
            "; ".join(end.material.labels.best(g.lang) for end in ends)
            for ends in (chain.starts, chain.goals)
        )
        rows.append(
            (
                NamedNode(chain.iri), Literal(chain.labels.best(g.lang)), Literal(chain.is_announced),
                Literal(starts), Literal(goals), _count(len(chain.steps)), _count(_gaps(chain)),
                Literal(" ".join(each.rpartition("/")[2] for each in chain.worked_out)),
            )
        )  # fmt: skip
    return Table(_COLUMNS, tuple(rows))


def things(kg: KnowledgeGraph) -> list[str]:
    """Return the chains and the claims where they start and what they lead to."""
    return [each for chain in kg.chains.all for each in (chain.iri, *(end.claim for end in chain.ends))]


def _count(number: int) -> Literal:
    return Literal(str(number), datatype=iri("xsd:integer"))
