"""Targets against outcomes: what was promised, what came of it, and whether it is met."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from flask import g, request

from anshan_kg import queries
from anshan_kg.drawing import timeline
from anshan_kg.errors import ParameterError
from anshan_kg.model import Table, text_of
from anshan_kg.overviews.promises import KINDS
from anshan_kg.web import language
from anshan_kg.web.choosing import choice
from anshan_kg.web.figures import amount, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.overviews.promises import Outcome, Promise

PATH = "/progress"

STATUSES = ("met", "missed", "contradicted", "open", "unknown")
"""What a promise can be, in the order in which the page counts them."""

MODALITIES = ("target", "forecast", "plan")


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the promises as a picture and by year, and how many are met, missed, open and so on."""
    everything = kg.promises(_answer(kg))
    fitting = [each for each in everything if _fits(kg, each)]
    shown = [each for each in fitting if not _status() or each.status == _status()]
    evidence = kg.evidence({claim for each in shown for claim in each.claims})
    years = [(year, list(group)) for year, group in groupby(shown, key=lambda each: each.year)]
    return {
        "counts": {status: sum(each.status == status for each in fitting) for status in STATUSES},
        "years": years,
        "evidence": evidence,
        "subjects": _subjects(everything),
        "kinds": [kind for kind in KINDS if any(each.kind == kind for each in everything)],
        "modalities": MODALITIES,
        "chosen": {"status": _status(), "subject": _subject(kg), "kind": _kind(), "modality": _modality()},
        "today": _today(),
        "total": len(everything),
        "shown": len(shown),
        "pictures": timeline.draw(list(_groups(shown)), _today(), _words()) if shown else (),
        "signs": {status: timeline.sign("target", status) for status in STATUSES},
        "sign_of": timeline.sign,
        "promised": promised,
    }


def data(kg: KnowledgeGraph) -> list[dict[str, str]]:
    """Return the rows of the question `progress` that are chosen."""
    return table(kg).texts()


def table(kg: KnowledgeGraph) -> Table:
    """Return the same as a table."""
    answer = _answer(kg)
    kept = {each.claim for each in _chosen(kg, answer)}
    at = answer.columns.index("claim")
    return Table(answer.columns, tuple(row for row in answer.rows if text_of(row[at]) in kept))


def things(kg: KnowledgeGraph) -> list[str]:
    """Return the claims that the promises rest on."""
    return sorted({claim for each in _chosen(kg, _answer(kg)) for claim in each.claims})


def promised(promise: Promise) -> str:
    """Return what is promised in the words of the request's language: at least 100 million t/a."""
    if not promise.value:
        return ""
    value = amount(promise.value, promise.unit.best(g.lang), g.lang)
    if promise.bound in {"", "exact"}:
        return value
    return f"{promise.bound_labels.best(g.lang)}{'' if g.lang == 'zh' else ' '}{value}"


def _chosen(kg: KnowledgeGraph, answer: Table) -> list[Promise]:
    status = _status()
    return [each for each in kg.promises(answer) if _fits(kg, each) and (not status or each.status == status)]


def _answer(kg: KnowledgeGraph) -> Table:
    return kg.ask("progress", lang=g.lang, today=request.args.get("today", ""))


def _today() -> int:
    """Return the year from which it is judged: the one asked for, or the sample value of the question."""
    given = request.args.get("today", "") or queries.load("progress").parameter("today").sample
    found = re.search("[0-9]{4,9}", given)
    if not found:
        raise ParameterError(f"today is {given[:20]!r}; it is a year, such as 2026")
    return int(found[0])


def _status() -> str:
    return choice("status", STATUSES)


def _kind() -> str:
    return choice("kind", KINDS)


def _modality() -> str:
    return choice("modality", MODALITIES)


def _subject(kg: KnowledgeGraph) -> str:
    given = request.args.get("subject", "")
    return kg.resolve(given) if given else ""


def _fits(kg: KnowledgeGraph, each: Promise) -> bool:
    subject = _subject(kg)
    return (
        (not subject or each.subject.iri == subject)
        and (not _kind() or each.kind == _kind())
        and (not _modality() or each.modality == _modality())
    )


def _subjects(promises: Sequence[Promise]) -> list[tuple[str, str, int]]:
    """Return address, name and number of promises of each subject, by name."""
    counts = Counter(each.subject for each in promises)
    found = [(each.iri, each.labels.best(g.lang), count) for each, count in counts.items()]
    return sorted(found, key=lambda each: each[1].casefold())


def _words() -> timeline.Words:
    t = language.catalogue(g.lang).__getitem__
    return timeline.Words(
        title=t("timeline_title"),
        description=t("timeline_description"),
        lanes=t("timeline_lanes"),
        undated=t("no_year_given"),
        today=t("timeline_today"),
    )


def _groups(promises: Sequence[Promise]) -> Iterator[timeline.Group]:
    """Yield the subjects with their lanes: those with most dated promises first."""
    subjects: dict[str, list[Promise]] = defaultdict(list)
    for each in promises:
        subjects[each.subject.iri].append(each)
    for iri, group in sorted(subjects.items(), key=lambda item: -sum(bool(each.year) for each in item[1])):
        lanes: dict[str, list[Promise]] = defaultdict(list)
        for each in group:
            if each.year:
                lanes[each.measure].append(each)
        yield timeline.Group(
            name=group[0].subject.labels.best(g.lang),
            href=language.address(iri),
            lanes=tuple(
                timeline.Lane(lane[0].text.best(g.lang), tuple(_marks(lane))) for lane in lanes.values()
            ),
            undated=tuple(_mark(each) for each in group if not each.year),
        )


def _marks(lane: Sequence[Promise]) -> Iterator[timeline.Mark]:
    outcomes: dict[str, tuple[Promise, int, Outcome]] = {}
    for each in lane:
        if each.base_value and each.base_year:
            text = amount(each.base_value, each.unit.best(g.lang), g.lang)
            yield timeline.Mark(
                "baseline", int(each.base_year), text, _told(each, "base", text, each.base_year),
                f"#{each.slug}",
            )  # fmt: skip
        yield _mark(each)
        for number, outcome in enumerate(each.outcomes, start=1):
            outcomes.setdefault(outcome.claim, (each, number, outcome))
    for each, number, outcome in outcomes.values():
        year = outcome.year or (outcome.told if each.counts_years else each.year)
        text = told(outcome.told, each.unit.best(g.lang) if each.value else "", g.lang)
        yield timeline.Mark(
            "outcome", int(year), text, _told(each, "outcome", text, year), f"#{each.slug}--{number}"
        )


def _mark(each: Promise) -> timeline.Mark:
    text = "" if each.counts_years else promised(each)
    whole = _told(each, "promised", promised(each), each.year, f"status_{each.status}")
    return timeline.Mark(
        "target", int(each.year) if each.year else None, text, whole, f"#{each.slug}", each.status
    )


def _told(each: Promise, what: str, value: str, year: str, status: str = "") -> str:
    """Return a mark in words: subject and indicator, promised or told, value, year, status."""
    t = language.catalogue(g.lang).__getitem__
    parts = [
        f"{each.subject.labels.best(g.lang)}{'：' if g.lang == 'zh' else ': '}{each.text.best(g.lang)}",
        f"{t(what)} {value}".strip(),
        year or t("no_year_given"),
        t(status) if status else "",
    ]
    return " · ".join(filter(None, parts))
