"""What a data set says of reviewed things, as tables that become cited claims."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from anshan_kg.links._target import CLOSE, EXACT, SAME
from anshan_kg.sssom import State
from anshan_kg.terms import slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from anshan_kg.links._facts import Fact
    from anshan_kg.links._target import Target
    from anshan_kg.sssom import MappingSet

_CONFIDENCE = "medium"
"""A list that says where its figures come from only in part is never held as surer than this."""


def wanted(table: MappingSet, prefix: str) -> dict[str, tuple[str, str]]:
    """Return identifier -> (our thing, predicate) of the records that are reviewed as the same or close."""
    found: dict[str, tuple[str, str]] = {}
    for row in sorted(table.rows, key=lambda row: row.predicate_id != EXACT):
        own, _, identifier = row.object_id.partition(":")
        if own == prefix and row.state is State.REVIEWED and row.predicate_id in {EXACT, SAME, CLOSE}:
            found.setdefault(identifier.rstrip("/"), (row.subject_id, row.predicate_id))
    return found


def slug(name: str, release: str) -> str:
    """Return the slug of a release as a source: `gem-mines-2024-11`."""
    return re.sub(r"[^a-z0-9]+", "-", f"{name}-{release}".lower()).strip("-")


def source(name: str, target: Target, release: str) -> dict[str, str]:
    """Return the release as a row of the table `sources`."""
    dated = re.fullmatch(r"\d{4}(-\d{2}){0,2}", release)
    return {
        "slug": slug(name, release),
        "en": f"{target.title.en}, release {release}",
        "zh": f"{target.title.zh}，{release} 版",
        "title": target.title.en,
        "title_lang": "en",
        "kind": "dataset",
        "url": target.home,
        "issued": release if dated else "",
        "date_note_en": "" if dated else f"The release is called {release}.",
        "date_note_zh": "" if dated else f"版本名称为 {release}。",
        "language": "en",
        "access": "excerpt",
        "publisher": target.speaker,
    }


def tables(
    name: str,
    target: Target,
    release: str,
    facts: Iterable[Fact],
    links: Mapping[str, tuple[str, str]],
    conflicts: Mapping[tuple[str, str], str],
) -> dict[str, list[dict[str, str]]]:
    """
    Return rows by the name of the table mapping that reads them.

    Args:
        name, target, release: Who says it.
        facts: What is said.
        links: Identifier -> (our thing, predicate), see `wanted`.
        conflicts: (our thing, property) -> slugs of the conflict sets that claims about it are in.
    """
    made: dict[str, list[dict[str, str]]] = {"quantities": [], "relations": [], "statements": []}
    for fact in facts:
        thing, predicate = links[fact.record]
        if predicate == CLOSE and fact.of_works:
            continue
        row = {
            "source": slug(name, release),
            "place": f"{fact.record.lower()}-{fact.place}",
            "quote": fact.record,
            "quote_lang": "en",
            "subject": thing,
            "modality": fact.modality,
            "valid_year": fact.year,
            "target_year": fact.target_year,
            "no_year": "" if fact.year or fact.target_year else "true",
            "speaker": target.speaker,
            "confidence": _CONFIDENCE,
            "conflict": conflicts.get((thing, slug_of(fact.property.replace(":", "/"))), ""),
        }
        works = predicate == CLOSE
        if not fact.property:
            made["statements"].append({**row, "en": fact.en, "zh": fact.zh})
            continue
        scope = {
            "scope_en": fact.en or ("the works of that name alone" if works else ""),
            "scope_zh": fact.zh or ("仅指该名称的工厂" if works else ""),
        }
        if fact.object:
            made["relations"].append({**row, **scope, "property": fact.property, "object": fact.object})
        else:
            said = {"indicator": fact.property, "value": fact.value, "original": fact.printed}
            made["quantities"].append({**row, **scope, **said})
    return {mapping: rows for mapping, rows in made.items() if rows}


def as_csv(rows: list[dict[str, str]]) -> bytes:
    """Return rows as CSV."""
    out = io.StringIO()
    table = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return out.getvalue().encode()
