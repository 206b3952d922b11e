"""The one picture of the system for the start page: values of the graph, named and linked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from markupsafe import Markup

from anshan_kg.drawing import system as drawing
from anshan_kg.drawing.system import Band, Item, Route, System
from anshan_kg.web.language import address, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anshan_kg.flows.chains import Chain, Chains
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Labels, Reference

_BROAD, _NARROW = 1160.0, 328.0


def system_picture(kg: KnowledgeGraph, lang: str) -> Markup:
    """
    Return the picture twice, for broad and for narrow pages; the style sheet shows one of them.

    Where the graph knows no system there is no picture.
    """
    made = _system(kg, lang)
    if not (made.bases.items or made.clusters.items or made.routes):
        return Markup()
    both = (
        Markup('<div class="system-{}">{}</div>').format(kind, drawing.draw(made, width))
        for kind, width in (("broad", _BROAD), ("narrow", _NARROW))
    )
    return Markup('<div class="system-picture">{}</div>').format(Markup("").join(both))


def _system(kg: KnowledgeGraph, lang: str) -> System:
    t = catalogue(lang).__getitem__
    names = kg.names.labels

    def item(iri: str, kind: str, more: Iterable[Item] = ()) -> Item:
        return Item(names[iri].best(lang), address(iri), kind, tuple(more), iri)

    rows = kg.system().texts()
    of_kind = {kind: [row for row in rows if row["kind"] == kind] for kind in ("base", "cluster", "product")}
    products = {
        row["thing"]: [
            item(each["other"], "product") for each in of_kind["product"] if each["thing"] == row["thing"]
        ]
        for row in of_kind["cluster"]
    }
    none = (Item(t("system_no_products")),)
    clusters = [item(row["thing"], "cluster", products[row["thing"]] or none) for row in of_kind["cluster"]]
    clusters += [
        Item(t("system_unnamed").format(row["number"]), address(row["thing"]), "unnamed", (), row["thing"])
        for row in rows
        if row["kind"] == "unnamed"
    ]
    announced = [each for each in kg.chains.all if each.is_announced]
    bases = [item(row["thing"], "base") for row in of_kind["base"]]
    holder = _holder(kg.chains, announced)
    return System(
        t("system_title"),
        t("system_description").format(
            bases=len(bases), clusters=_number(of_kind["cluster"]), chains=len(announced)
        ),
        Band(_number(of_kind["base"]), t("system_bases"), t("system_bases_note"), tuple(bases)),
        Band(
            _number(of_kind["cluster"]), t("system_clusters"), t("system_clusters_note"),
            tuple(clusters),
        ),
        Band(str(len(announced)), t("system_chains"), t("system_chains_note")),
        Item(holder.labels.best(lang), address(holder.iri), "holder", (), holder.iri) if holder else None,
        tuple(_route(chain, kg.chains, lang) for chain in announced),
        (Item(t("system_planned"), "", "planned"), Item(t("system_ours"), "", "ours")),
    )  # fmt: skip


def _number(rows: list[dict[str, str]]) -> str:
    return rows[0]["number"] if rows else "0"


def _holder(chains: Chains, announced: Iterable[Chain]) -> Reference | None:
    """Return who has all the by-products that announced chains start from, if there is such a one."""
    several = [set(chains.holders.get(end.material.iri, ())) for each in announced for end in each.starts]
    common = set.intersection(*several) if several else set()
    return min(common, key=lambda each: each.iri, default=None)


def _route(chain: Chain, chains: Chains, lang: str) -> Route:
    def item(reference: Reference, kind: str) -> Item:
        labels: Labels = reference.labels
        return Item(labels.best(lang), address(reference.iri), kind, (), reference.iri)

    t = catalogue(lang).__getitem__
    worked = [each for each in map(chains.get, chain.worked_out) if each is not None]
    told = t("system_steps").format(len(worked[0].steps)) if worked else t("system_announced")
    said = [end for end in chain.goals if not end.editorial]
    ours = [end for end in chain.goals if end.corrects]
    return Route(
        tuple(item(end.material, "by-product") for end in chain.starts),
        item(said[0].material, "planned wrong" if ours else "planned"),
        Item(told, f"{request.script_root}/chains/{(worked or [chain])[0].slug}", key=chain.iri),
        item(ours[0].material, "ours") if ours else None,
    )
