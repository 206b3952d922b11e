"""
One thing as a page shows it: what is said of it, property by property, counted and cut.

A dossier takes the same few look-ups for every thing, however much there is. What is long is cut, and
what was cut is counted, so that it can be asked for by itself, page by page.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from anshan_kg import statements
from anshan_kg.errors import UnknownName
from anshan_kg.model import Evidence, Labels, Reference, Statement, text_of
from anshan_kg.quantities import decimal
from anshan_kg.terms import PREFIXES, curie, iri, path_of, slug_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from decimal import Decimal

    from anshan_kg.model import Table, Term
    from anshan_kg.search import NameIndex

PAGE = 60
"""So many entries of one group are on a page of their own."""

_SHOWN = {"^": 8, "claims:": 8, "numbers": 90, "": 40}
"""So many entries of a group are shown among others: backwards, claims, numbers, forwards."""

_CHIPS = 3
"""So many claims are shown behind one statement; the others are counted."""

_CARRIERS = ("id/step/", "id/flow/", "id/office/")
"""Things that name their source themselves, so that what they state rests on them."""

_APART = PREFIXES["owl"] + "differentFrom"
_NOTE = PREFIXES["skos"] + "scopeNote"
_STATUS = PREFIXES["akg"] + "chineseNameStatus"
_HEAD = {_APART, f"^{_APART}", _NOTE, _STATUS, *statements.IDENTITY}
_BOOKKEEPING = {PREFIXES["prov"] + "hadPrimarySource", PREFIXES["prov"] + "wasQuotedFrom"}


@dataclass(frozen=True, slots=True)
class Number:
    """
    One number that a claim gives.

    Attributes:
        claim: The claim.
        thing: What it is about.
        indicator: What was counted or measured.
        value, low, high: The number, or its range; None where there is none.
        unit: IRI of the unit.
        year: The year it is for or describes; "" where not stated.
        modality: IRI of the modality.
    """

    claim: Evidence
    thing: Reference
    indicator: Reference
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    unit: Reference
    year: str
    modality: str


@dataclass(frozen=True, slots=True)
class Group:
    """
    What one property leads to, or the claims in which the thing plays one part.

    Attributes:
        key: What it is called in addresses: `akg:operates`, `^akg:operates` from the other end,
            `claims:speaker`, `numbers`.
        label: How that reads.
        total: How many there are.
        statements, claims, numbers: Those on this page; one of the three.
    """

    key: str
    label: Labels
    total: int
    statements: tuple[Statement, ...] = ()
    claims: tuple[Evidence, ...] = ()
    numbers: tuple[Number, ...] = ()

    @property
    def shown(self) -> int:
        """How many are on this page."""
        return len(self.statements) + len(self.claims) + len(self.numbers)


@dataclass(frozen=True, slots=True)
class Dossier:
    """
    One thing.

    Attributes:
        iri, labels, alt_labels, definition: As in `Entity`.
        types: Its classes, most specific first.
        notes: What it must not be taken for, and other remarks, with language tags.
        apart: What it is often confused with and is not.
        name_status: How its Chinese name is known; empty where nothing needs saying.
        itself: The claim that it is, where it is one, or its own source, where it names one.
        groups: What is said, by property.
        gaps: What is not known about it.
    """

    iri: str
    types: tuple[Reference, ...]
    labels: Labels
    alt_labels: tuple[tuple[str, str], ...]
    definition: Labels
    notes: tuple[Literal, ...]
    apart: tuple[Reference, ...]
    name_status: Labels
    itself: Evidence | None
    groups: tuple[Group, ...]
    gaps: tuple[Reference, ...]


_Ends = tuple[str, str, str]
"""Subject, property and object of a statement."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A statement or claim before its evidence is looked up."""

    value: Term
    inferred: bool
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dossiers:
    """
    Makes dossiers of the things of one graph.

    Attributes:
        lookup: Asks a look-up by name, with its parameters.
        evidence: From claim IRIs to their evidence.
        names: The names of all things.
        relations: From properties to how they read, forwards and backwards.
        units: From units to how they are written.
    """

    lookup: Callable[..., Table]
    evidence: Callable[[Iterable[str]], dict[str, Evidence]]
    names: NameIndex
    relations: Mapping[str, tuple[Labels, Labels]]
    units: Mapping[str, Labels]

    def of(self, thing: str, only: str = "", start: int = 0) -> Dossier:
        """
        Return the dossier of a thing.

        Args:
            thing: Its IRI.
            only: The key of one group that is wanted by itself; then it is cut later.
            start: How many entries of that group to pass over.

        Raises:
            UnknownName: it has no such group.
        """
        node = NamedNode(thing)
        facts, mentions = self.lookup("thing", thing=node), self.lookup("mentioned", thing=node)
        claims = list(self.lookup("claims_of", thing=node))
        gaps = self.lookup("gaps_about", thing=node)
        drafts = self._drafts(thing, facts, mentions, claims)
        if only:
            if only not in drafts:
                raise UnknownName("part of this page", only, sorted(drafts))
            drafts = {only: drafts[only]}
        cut = {key: self._cut(key, entries, only, start) for key, entries in drafts.items()}
        wanted = {claim for entries in cut.values() for each in entries for claim in each.claims[:_CHIPS]}
        known = self.evidence({*wanted, thing} if _may_be_claim(thing) else wanted)
        rows = {text_of(row["claim"]): row for row in claims if row["indicator"] is not None}
        head = statements.head(facts)
        return Dossier(
            iri=thing,
            types=head.types,
            labels=head.labels,
            alt_labels=head.alt_labels,
            definition=head.definition,
            notes=tuple(v for v in _values(facts, _NOTE) if isinstance(v, Literal)),
            apart=self._apart(thing, facts, mentions),
            name_status=self._name_status(facts),
            itself=known.get(thing),
            groups=tuple(
                self._group(key, len(drafts[key]), entries, known, rows, facts)
                for key, entries in cut.items()
                if entries or only
            ),
            gaps=tuple(Reference(text_of(row["gap"]), statements.labels(row, "gap")) for row in gaps),
        )

    def _drafts(
        self, thing: str, facts: Table, mentions: Table, claims: Sequence[Mapping[str, Term | None]]
    ) -> dict[str, list[_Entry]]:
        """Return key -> all entries of a group, in the order in which they are shown."""
        behind: dict[_Ends, dict[str, None]] = defaultdict(dict)
        for row in claims:
            if row["object"] is not None:
                behind[_ends(row)][text_of(row["claim"])] = None
        drafts: dict[str, list[_Entry]] = defaultdict(list)
        stated: set[_Ends] = set()
        for table, sign in ((facts, ""), (mentions, "^")):
            for row in table:
                relation, value = text_of(row["property"]), row["value"]
                if value is None or relation not in self.relations or f"{sign}{relation}" in _HEAD:
                    continue
                ends = (text_of(value), relation, thing) if sign else (thing, relation, text_of(value))
                stated.add(ends)
                inferred = text_of(row["inferred"]) == "true"
                said = tuple(behind.get(ends, ()))
                if not said and not inferred and relation not in _BOOKKEEPING:
                    said = _carrier(ends[0], ends[2])
                drafts[f"{sign}{curie(relation)}"].append(_Entry(value, inferred, said))
        for entries in drafts.values():
            entries.sort(key=self._order)
        for row in sorted(claims, key=self._by_indicator):
            part, claim = text_of(row["part"]), text_of(row["claim"])
            if part in {"subject", "object"} and _ends(row) in stated:
                continue  # it is shown as a statement
            key = "numbers" if part in {"subject", "indicator"} and row["indicator"] else f"claims:{part}"
            drafts[key].append(_Entry(NamedNode(claim), inferred=False, claims=(claim,)))
        return dict(drafts)

    def _by_indicator(self, row: Mapping[str, Term | None]) -> tuple[str, str, str, str]:
        ends = (row[part] for part in ("indicator", "subject"))
        indicator, subject = (self._name(end).en if end else "" for end in ends)
        return indicator, subject, text_of(row["year"]), text_of(row["claim"])

    def _order(self, entry: _Entry) -> tuple[bool, bool, str]:
        """Said before inferred, cited before stated, then by name."""
        return entry.inferred, not entry.claims, self._name(entry.value).en.casefold()

    @staticmethod
    def _cut(key: str, entries: list[_Entry], only: str, start: int) -> list[_Entry]:
        if only:
            return entries[start : start + PAGE]
        return entries[: next(most for kind, most in _SHOWN.items() if key.startswith(kind))]

    def _group(
        self,
        key: str,
        total: int,
        entries: list[_Entry],
        known: Mapping[str, Evidence],
        rows: Mapping[str, Mapping[str, Term | None]],
        facts: Table,
    ) -> Group:
        if key == "numbers":
            found = (
                self._number(known[claim], rows[claim])
                for each in entries
                for claim in each.claims
                if claim in known
            )
            return Group(key, Labels(), total, numbers=tuple(found))
        if key.startswith("claims:"):
            cited = (known[claim] for each in entries for claim in each.claims if claim in known)
            return Group(key, Labels(), total, claims=tuple(cited))
        inverse = key.startswith("^")
        relation = iri(key.removeprefix("^")).value
        forward, backward = self.relations[relation]
        label = backward if inverse else forward
        labels = {text_of(row["value"]): statements.labels(row, "value") for row in facts}
        made = tuple(
            Statement(
                predicate=Reference(relation, label),
                value=each.value,
                value_labels=self._name(each.value, labels),
                inverse=inverse,
                inferred=each.inferred,
                evidence=tuple(known[claim] for claim in each.claims[:_CHIPS] if claim in known),
                claims=len(each.claims),
            )
            for each in entries
        )
        return Group(key, label, total, statements=made)

    def _number(self, claim: Evidence, row: Mapping[str, Term | None]) -> Number:
        def reference(column: str) -> Reference:
            value = row[column]
            if value is None:
                return Reference("", Labels())
            written = self.units.get(value.value) if isinstance(value, NamedNode) else None
            # What only counts has a unit that is not written.
            return Reference(text_of(value), written or (Labels() if column == "unit" else self._name(value)))

        return Number(
            claim=claim,
            thing=reference("subject"),
            indicator=reference("indicator"),
            value=decimal(text_of(row["value"])),
            low=decimal(text_of(row["min"])),
            high=decimal(text_of(row["max"])),
            unit=reference("unit"),
            year=text_of(row["year"]),
            modality=text_of(row["modality"]),
        )

    def _name(self, value: Term, known: Mapping[str, Labels] | None = None) -> Labels:
        if not isinstance(value, NamedNode):
            return Labels(text_of(value), text_of(value)) if isinstance(value, Literal) else Labels()
        found = self.names.labels.get(value.value) or (known or {}).get(value.value)
        if found and (found.en or found.zh):
            return found
        if value.value in self.relations:
            return self.relations[value.value][0]
        return Labels(slug_of(value.value), slug_of(value.value))

    def _apart(self, thing: str, facts: Table, mentions: Table) -> tuple[Reference, ...]:
        values = dict.fromkeys([*_values(facts, _APART), *_values(mentions, _APART)])
        return tuple(Reference(text_of(each), self._name(each)) for each in values if text_of(each) != thing)

    def _name_status(self, facts: Table) -> Labels:
        return next((self._name(value) for value in _values(facts, _STATUS)), Labels())


def relations(table: Table) -> dict[str, tuple[Labels, Labels]]:
    """Return property IRI -> how it reads forwards and backwards, from the look-up `relations`."""
    found: dict[str, tuple[Labels, Labels]] = {}
    for row in table:
        forward, backward = statements.labels(row, "label"), statements.labels(row, "inverse")
        found.setdefault(text_of(row["property"]), (forward, _either(backward, forward)))
    return found


def _either(first: Labels, second: Labels) -> Labels:
    return replace(first, en=first.en or second.en, zh=first.zh or second.zh)


def _values(table: Table, relation: str) -> list[Term]:
    return [
        row["value"] for row in table if text_of(row["property"]) == relation and row["value"] is not None
    ]


def _ends(row: Mapping[str, Term | None]) -> _Ends:
    return text_of(row["subject"]), text_of(row["property"]), text_of(row["object"])


def _carrier(*ends: str) -> tuple[str, ...]:
    return tuple(end for end in ends if (path_of(end) or "").startswith(_CARRIERS))[:1]


def _may_be_claim(thing: str) -> bool:
    return (path_of(thing) or "").startswith(("id/claim/", *_CARRIERS))
