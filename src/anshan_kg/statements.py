"""Rows of the look-ups into statements, evidence and entities."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from anshan_kg.model import Entity, Evidence, Labels, Passage, Reference, Statement, Table, text_of
from anshan_kg.terms import PREFIXES, curie, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from anshan_kg.model import Term

    Row = Mapping[str, Term | None]

IDENTITY = tuple(
    PREFIXES[prefix] + local
    for prefix, local in (
        ("rdf", "type"), ("rdfs", "label"), ("skos", "prefLabel"), ("skos", "altLabel"),
        ("skos", "definition"),
    )
)  # fmt: skip
"""Properties that name a thing; an entity shows them at its head, not among its statements."""

_TYPE, _LABEL, _, _ALT, _DEFINITION = IDENTITY
_CARRIERS = {"akg:ProcessStep", "akg:Flow", "akg:OfficeHolding"}
_BOOKKEEPING = {PREFIXES["prov"] + "hadPrimarySource", PREFIXES["prov"] + "wasQuotedFrom"}


def labels(row: Row, name: str) -> Labels:
    """Return the columns `<name>En` and `<name>Zh` of a row."""
    return Labels(text_of(row.get(f"{name}En")), text_of(row.get(f"{name}Zh")))


def evidence(
    table: Table, passages: Mapping[str, Passage], names: Mapping[str, Labels]
) -> dict[str, Evidence]:
    """
    Return claim IRI -> evidence.

    Args:
        table: The look-up `evidence`, a row per claim and passage.
        passages: The passages it names.
        names: Names of claims, concepts, speakers and sources.
    """
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in table:
        rows[text_of(row["claim"])].append(row)
    return {claim: _evidence(claim, group, passages, names) for claim, group in rows.items()}


def _evidence(
    claim: str, rows: list[Row], passages: Mapping[str, Passage], names: Mapping[str, Labels]
) -> Evidence:
    row = rows[0]

    def name(column: str) -> Labels:
        return names.get(text_of(row[column]), Labels())

    stands = sorted({text_of(each["passage"]) for each in rows} & passages.keys())
    return Evidence(
        claim=claim,
        label=name("claim"),
        kind=curie(text_of(row["kind"])),
        modality=name("modality"),
        confidence=name("confidence"),
        speaker=name("speaker"),
        speaker_iri=text_of(row["speaker"]),
        speaker_carried_over=text_of(row["carriedOver"]) == "true",
        source=text_of(row["source"]),
        source_label=name("source"),
        bound=name("bound"),
        year=text_of(row["year"]),
        original=text_of(row["original"]),
        note=labels(row, "note"),
        rationale=labels(row, "rationale"),
        conflict=text_of(row["conflict"]),
        passages=tuple(passages[each] for each in stands),
    )


def passages(table: Table) -> dict[str, Passage]:
    """Return passage IRI -> passage, from the look-up `passages`."""
    found: dict[str, Passage] = {}
    for row in table:
        found.setdefault(text_of(row["passage"]), _passage(row))
    return found


def _passage(row: Row) -> Passage:
    places = (("page", "page"), ("p", "paragraph"), ("s", "sentence"))
    locator = " ".join(f"{short}{text_of(row[name])}" for short, name in places if row[name] is not None)
    return Passage(
        iri=text_of(row["passage"]),
        document=text_of(row["document"]),
        document_title=text_of(row["documentTitle"]),
        locator=locator,
        paraphrase=labels(row, "paraphrase"),
        start=int(text_of(row["start"])) if row["start"] is not None else None,
        end=int(text_of(row["end"])) if row["end"] is not None else None,
        digest=text_of(row["digest"]),
        quote=text_of(row["quote"]),
    )


def entity(
    iri: str, facts: Table, mentions: Table, about: Table, gaps: Table, known: Mapping[str, Evidence]
) -> Entity:
    """
    Return a thing with what is said of it.

    Args:
        iri: The thing.
        facts: The look-up `thing`.
        mentions: The look-up `mentions`.
        about: The look-up `claims_about`.
        gaps: The look-up `gaps_about`.
        known: Evidence of the claims of `about`.
    """
    behind: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in about:
        if row["object"] is not None:
            key = (text_of(row["subject"]), text_of(row["property"]), text_of(row["object"]))
            behind[key].append(text_of(row["claim"]))
    statements, used = [], set()
    for table, inverse in ((facts, False), (mentions, True)):
        for row in table:
            if text_of(row["property"]) in IDENTITY:
                continue
            ends = (text_of(row["value"]), iri) if inverse else (iri, text_of(row["value"]))
            claims = behind.get((ends[0], text_of(row["property"]), ends[1]), [])
            used.update(claims)
            if not claims and _is_relation(row):
                claims = [end for end in ends if end in known and known[end].kind in _CARRIERS][:1]
            statements.append(_statement(row, inverse, tuple(known[c] for c in claims if c in known)))
    rest = dict.fromkeys([iri, *(text_of(row["claim"]) for row in about)])
    others = (
        known[claim]
        for claim in rest
        if claim in known and claim not in used and known[claim].kind not in _CARRIERS
    )
    names = head(facts)
    return Entity(
        iri=iri,
        types=names.types,
        labels=names.labels,
        alt_labels=names.alt_labels,
        definition=names.definition,
        statements=tuple(statements),
        claims=tuple(sorted(others, key=lambda each: bool(each.rationale.en))),  # ours last
        gaps=tuple(Reference(text_of(row["gap"]), labels(row, "gap")) for row in gaps),
    )


@dataclass(frozen=True, slots=True)
class Head:
    """What names a thing; see `Entity`."""

    types: tuple[Reference, ...]
    labels: Labels
    alt_labels: tuple[tuple[str, str], ...]
    definition: Labels


def head(facts: Table) -> Head:
    """Return what names a thing, from the look-up `thing`."""
    return Head(_types(facts), _names(facts, _LABEL), tuple(_alternatives(facts)), _names(facts, _DEFINITION))


def _is_relation(row: Row) -> bool:
    """Whether a row relates two things, and is neither bookkeeping nor inferred."""
    related = isinstance(row["value"], NamedNode) and text_of(row["property"]) not in _BOOKKEEPING
    return related and text_of(row["inferred"]) != "true"


def _statement(row: Row, inverse: bool, behind: tuple[Evidence, ...]) -> Statement:
    value = row["value"]
    if value is None:
        raise ValueError("a look-up row without value")
    return Statement(
        predicate=Reference(text_of(row["property"]), _fallback(labels(row, "property"), row["property"])),
        value=value,
        value_labels=_fallback(labels(row, "value"), value),
        inverse=inverse,
        inferred=text_of(row["inferred"]) == "true",
        evidence=behind,
    )


def _fallback(found: Labels, term: Term | None) -> Labels:
    if found.en or found.zh or not isinstance(term, NamedNode):
        return found
    return Labels(slug_of(term.value), slug_of(term.value))


def _types(facts: Table) -> tuple[Reference, ...]:
    rows = [row for row in facts if text_of(row["property"]) == _TYPE]
    ordered = sorted(rows, key=lambda row: (text_of(row["inferred"]) == "true", text_of(row["value"])))
    return tuple(
        Reference(text_of(row["value"]), _fallback(labels(row, "value"), row["value"])) for row in ordered
    )


def _names(facts: Table, predicate: str) -> Labels:
    found = dict(_texts(facts, predicate))
    return Labels(found.get("en", ""), found.get("zh-hans", ""))


def _alternatives(facts: Table) -> Iterable[tuple[str, str]]:
    return sorted(set(_texts(facts, _ALT)))


def _texts(facts: Table, predicate: str) -> Iterable[tuple[str, str]]:
    for row in facts:
        value = row["value"]
        if text_of(row["property"]) == predicate and isinstance(value, Literal):
            yield (value.language or "").lower(), value.value
