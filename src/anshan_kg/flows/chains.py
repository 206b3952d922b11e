"""The chains from by-product to product, as values: announced in a sentence, or worked out step by step."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from anshan_kg.model import Labels, Reference
from anshan_kg.terms import slug_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from anshan_kg.model import Table

EDITORIAL = "editorial"
"""The modality of what we say ourselves."""


@dataclass(frozen=True, slots=True)
class Part:
    """
    One material going into or coming out of a step.

    Attributes:
        flow: The flow, which carries its sources as a claim does.
        material: What.
        role: Slug of its role: feed, by-product, main-product ...
    """

    flow: str
    material: Reference
    role: str


@dataclass(frozen=True, slots=True)
class Step:
    """
    One step of a chain.

    Attributes:
        iri, labels: It.
        position: Its number within the chain; 0 where it has none.
        scale: Slug of the scale it runs at (industrial, pilot ...); "" where not stated.
        inputs, outputs: What goes in and what comes out.
        following: The steps that come next.
        gaps: What is not known about it.
    """

    iri: str
    labels: Labels
    position: int
    scale: str
    inputs: tuple[Part, ...]
    outputs: tuple[Part, ...]
    following: tuple[str, ...] = ()
    gaps: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """
    Where a chain starts, or what it leads to, by one claim.

    Attributes:
        claim: The claim.
        material: The material.
        goal: Whether it is what the chain leads to.
        modality: Slug of how it is meant.
        corrects: The claim that it corrects; "" for none.
    """

    claim: str
    material: Reference
    goal: bool
    modality: str
    corrects: str = ""

    @property
    def editorial(self) -> bool:
        """Whether we say so, not a source."""
        return self.modality == EDITORIAL


@dataclass(frozen=True, slots=True)
class Chain:
    """
    A route from by-products to products.

    Attributes:
        iri, labels, definition: It.
        ends: Where it starts and what it leads to, claim by claim.
        steps: Its steps, in order.
        worked_out: The chains that work an announced one out, step by step.
        announced: The announced chains that this one works out.
        gaps: What is not known about it as a whole.
    """

    iri: str
    labels: Labels
    definition: Labels
    ends: tuple[End, ...]
    steps: tuple[Step, ...]
    worked_out: tuple[str, ...] = ()
    announced: tuple[str, ...] = ()
    gaps: tuple[Reference, ...] = ()

    @property
    def slug(self) -> str:
        """The last part of its IRI, by which it is called in addresses."""
        return slug_of(self.iri)

    @property
    def is_announced(self) -> bool:
        """Whether a source says where it is to lead, however little it says of the way."""
        return any(end.goal and not end.editorial for end in self.ends)

    @property
    def starts(self) -> tuple[End, ...]:
        """The claims where it starts."""
        return tuple(end for end in self.ends if not end.goal)

    @property
    def goals(self) -> tuple[End, ...]:
        """The claims what it leads to, corrections last."""
        return tuple(sorted((end for end in self.ends if end.goal), key=lambda end: bool(end.corrects)))

    @property
    def materials(self) -> tuple[Reference, ...]:
        """All materials that go into its steps or come out of them, in order."""
        parts = (part.material for step in self.steps for part in (*step.inputs, *step.outputs))
        return tuple(dict.fromkeys(parts))


@dataclass(frozen=True, slots=True)
class Chains:
    """
    All chains.

    Attributes:
        all: The announced ones first, by name.
        makers: Material -> who makes it.
        takers: Material -> who takes it in.
        holders: Material -> who has it as a by-product.
    """

    all: tuple[Chain, ...]
    makers: Mapping[str, tuple[Reference, ...]]
    takers: Mapping[str, tuple[Reference, ...]]
    holders: Mapping[str, tuple[Reference, ...]]

    def get(self, slug: str) -> Chain | None:
        """Return the chain that a slug or an IRI means, if there is one."""
        return next((each for each in self.all if slug in {each.slug, each.iri}), None)


def read(lookup: Callable[[str], Table], names: Mapping[str, Labels]) -> Chains:
    """
    Return the chains of a graph.

    Args:
        lookup: Returns the answer of one of the queries in `queries/lookups/`.
        names: Names of all things, by IRI.
    """

    def called(iri: str) -> Reference:
        return Reference(iri, names.get(iri) or Labels(slug_of(iri), slug_of(iri)))

    around: dict[str, dict[str, list[Reference]]] = defaultdict(lambda: defaultdict(list))
    wider: dict[str, set[str]] = defaultdict(set)
    for row in lookup("chain_world").texts():
        around[row["kind"]][row["material"]].append(called(row["thing"]))
        if row["kind"] == "wider":
            wider[row["material"]].add(row["thing"])
    ends: dict[str, list[End]] = defaultdict(list)
    definitions: dict[str, Labels] = {}
    for row in lookup("chain_ends").texts():
        definitions[row["chain"]] = Labels(row["definitionEn"], row["definitionZh"])
        ends[row["chain"]].append(
            End(
                row["claim"], called(row["material"]), row["kind"] == "to",
                slug_of(row["modality"]), row["corrects"],
            )
        )  # fmt: skip
    unknown = around["unknown"]
    steps = _steps(lookup("chain_steps"), called, unknown)
    made = [
        Chain(
            iri, called(iri).labels, definitions.get(iri, Labels()), tuple(ends[iri]), tuple(found),
            gaps=tuple(unknown.get(iri, ())),
        )
        for iri, found in steps.items()
    ]  # fmt: skip
    linked = _linked(made, wider)
    return Chains(
        tuple(sorted(linked, key=lambda each: (not each.is_announced, each.labels.en.lower()))),
        *(
            {key: tuple(value) for key, value in around[kind].items()}
            for kind in ("makes", "takes in", "has")
        ),
    )


def _steps(
    table: Table, called: Callable[[str], Reference], unknown: Mapping[str, list[Reference]]
) -> dict[str, list[Step]]:
    """Return chain -> its steps in order."""
    rows: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in table.texts():
        rows[row["chain"], row["step"]].append(row)
    found: dict[str, list[Step]] = defaultdict(list)
    for (chain, iri), group in rows.items():
        parts: dict[str, dict[str, Part]] = {"in": {}, "out": {}}
        for each in group:
            if each["flow"]:
                part = Part(each["flow"], called(each["material"]), slug_of(each["role"]))
                parts[each["direction"]][each["flow"]] = part
        found[chain].append(
            Step(
                iri, called(iri).labels, int(group[0]["position"] or 0),
                slug_of(group[0]["scale"]) if group[0]["scale"] else "",
                tuple(parts["in"].values()), tuple(parts["out"].values()),
                tuple(dict.fromkeys(row["next"] for row in group if row["next"])),
                tuple(unknown.get(iri, ())),
            )
        )  # fmt: skip
    return {chain: sorted(several, key=lambda step: step.position) for chain, several in found.items()}


def _linked(chains: Iterable[Chain], wider: Mapping[str, set[str]]) -> list[Chain]:
    """Return the chains, told which announced one is worked out by which other."""
    known = list(chains)
    pairs = [
        (announced.iri, worked.iri)
        for announced in known
        if announced.is_announced
        for worked in known
        if not worked.is_announced and _works_out(worked, announced, wider)
    ]
    return [
        replace(
            each,
            worked_out=tuple(b for a, b in pairs if a == each.iri),
            announced=tuple(a for a, b in pairs if b == each.iri),
        )
        for each in known
    ]


def _works_out(worked: Chain, announced: Chain, wider: Mapping[str, set[str]]) -> bool:
    """Whether a chain passes what another starts from and leads to its goal, or to kinds of them."""

    def kinds(iri: str) -> set[str]:
        return {iri, *wider.get(iri, ())}

    passed = set().union(*(kinds(each.iri) for each in worked.materials))
    reached = set().union(*(kinds(end.material.iri) for end in worked.goals))
    starts = {end.material.iri for end in announced.starts}
    goals = {end.material.iri for end in announced.goals}
    return bool(passed & starts) and bool(reached & goals)
