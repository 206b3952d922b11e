"""Matters on which claims do not agree: the claims side by side, and why they differ."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flask import g, request

from anshan_kg.drawing import dots
from anshan_kg.model import Table, text_of
from anshan_kg.overviews.disputes import KINDS
from anshan_kg.quantities import spell, with_unit
from anshan_kg.terms import slug_of
from anshan_kg.web import language
from anshan_kg.web.choosing import choice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Evidence
    from anshan_kg.overviews.disputes import Dispute, Side

PATH = "/conflicts"

_EXCEEDS = "part-exceeds-whole"


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the contradictions, each with its sides and what they rest on."""
    shown = _chosen(kg)
    evidence = kg.evidence({side.claim for each in shown for side in each.sides})
    subjects = {subject for each in kg.disputes for subject in each.subjects}
    return {
        "sets": shown,
        "claims": sum(len(each.sides) for each in shown),
        "total": len(kg.disputes),
        "evidence": evidence,
        "plots": {
            each.iri: [(scale[0].counted, _plot(each, scale, evidence)) for scale in each.scales]
            for each in shown
        },
        "number_of": number_of,
        "anchor": anchor,
        "subjects": sorted(
            ((each.iri, each.labels.best(g.lang)) for each in subjects), key=lambda each: each[1].casefold()
        ),
        "kinds": [kind for kind in (*KINDS, _EXCEEDS) if any(_is_of(each, kind) for each in kg.disputes)],
        "chosen": {"kind": _kind(), "subject": _subject(kg)},
    }


def data(kg: KnowledgeGraph) -> list[dict[str, str]]:
    """Return the rows of the question `conflicts` that are chosen."""
    return table(kg).texts()


def table(kg: KnowledgeGraph) -> Table:
    """Return the same as a table."""
    answer = kg.ask("conflicts", lang=g.lang)
    at, kept = answer.columns.index("conflict"), {each.iri for each in _chosen(kg)}
    return Table(answer.columns, tuple(row for row in answer.rows if text_of(row[at]) in kept))


def things(kg: KnowledgeGraph) -> list[str]:
    """Return the conflict sets and their claims."""
    return [iri for each in _chosen(kg) for iri in (each.iri, *(side.claim for side in each.sides))]


def anchor(dispute: Dispute, side: Side) -> str:
    """Return where a side stands on the page; a claim may be a side of more than one contradiction."""
    return f"{dispute.slug}--{slug_of(side.claim)}"


def number_of(side: Side) -> str:
    """Return the number of a side, or its range, in the words of the request's language."""
    ends = side.ends
    if ends is None:
        return ""
    low, high = ends
    text = spell(low, g.lang) if low == high else f"{spell(low, g.lang)}–{spell(high, g.lang)}"
    return with_unit(text, side.unit.best(g.lang), g.lang)


def _kind() -> str:
    return choice("kind", (*KINDS, _EXCEEDS))


def _subject(kg: KnowledgeGraph) -> str:
    given = request.args.get("subject", "")
    return kg.resolve(given) if given else ""


def _chosen(kg: KnowledgeGraph) -> list[Dispute]:
    kind, subject = _kind(), _subject(kg)
    return [
        each
        for each in kg.disputes
        if (not kind or _is_of(each, kind))
        and (not subject or any(other.iri == subject for other in each.subjects))
    ]


def _is_of(each: Dispute, kind: str) -> bool:
    return each.exceeds if kind == _EXCEEDS else each.kind == kind


def _plot(dispute: Dispute, scale: tuple[Side, ...], evidence: Mapping[str, Evidence]) -> Markup:
    t = language.catalogue(g.lang).__getitem__
    title = f"{dispute.labels.best(g.lang)} · {t('conflict_plot')}"
    return dots.draw(
        [_dot(dispute, side, evidence.get(side.claim)) for side in scale],
        title,
        t("conflict_plot_description"),
        scale[0].unit.best(g.lang),
        lambda value: spell(Decimal(str(value)), g.lang),
    )


def _dot(dispute: Dispute, side: Side, evidence: Evidence | None) -> dots.Side:
    low, high = side.ends or (Decimal(0), Decimal(0))
    who = ""
    if evidence:
        who = (evidence.speaker if evidence.speaker.en else evidence.source_label).best(g.lang)
        who = " · ".join(filter(None, (who, evidence.year)))
    text = number_of(side)
    return dots.Side(
        name=who,
        low=float(low),
        high=float(high),
        text=text,
        told=f"{side.labels.best(g.lang)} · {who}",
        href=f"#{anchor(dispute, side)}",
        middle=None if side.middle is None else float(side.middle),
        preferred=side.preferred,
    )
