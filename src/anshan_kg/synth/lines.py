"""Things of a region as N-Triples, N-Quads or Turtle, piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anshan_kg.terms import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from anshan_kg.synth.region import Facts, Thing

FORMATS = ("nt", "nq", "ttl")
"""The endings there are; each names its format."""

_SHORT = {space: name for name, space in PREFIXES.items()}


def write(
    things: Iterable[Thing], form: str, graphs: Mapping[str, str], *, derived: bool = True
) -> Iterator[tuple[str, int]]:
    """
    Yield each thing as text, and how many triples it has.

    Args:
        things: What to write.
        form: One of `FORMATS`. N-Quads hold everything in the default graph and once more in the
            named graph it belongs to, as the published dataset does; the others only the first.
        graphs: Named graphs of what claims say and of what rules infer, under "said" and "inferred".
        derived: Whether to write those two at all; a text file under graph/ does not.
    """
    if form == "ttl":
        yield "".join(f"@prefix {name}: <{space}> .\n" for name, space in sorted(PREFIXES.items())) + "\n", 0
    for thing in things:
        parts: list[tuple[Facts, str]] = [(thing.facts, thing.home)]
        if derived:
            parts += [(thing.said, graphs["said"]), (thing.inferred, graphs["inferred"])]
        if form == "ttl":
            facts = [fact for part, _ in parts for fact in part]
            inner = " ;\n    ".join(f"{_turtle(predicate)} {_turtle(value)}" for predicate, value in facts)
            yield f"{thing.subject}\n    {inner} .\n\n", len(facts)
            continue
        text = []
        for facts, graph in parts:
            for predicate, value in facts:
                line = f"{thing.subject} {predicate} {value} "
                text.append(f"{line}.\n{line}{graph} .\n" if form == "nq" else f"{line}.\n")
        yield "".join(text), sum(len(facts) for facts, _ in parts)


_KNOWN: dict[str, str] = {f"<{PREFIXES['rdf']}type>": "a"}


def _turtle(term: str) -> str:
    """Return a term with a prefix where one of ours covers it."""
    if term in _KNOWN:
        return _KNOWN[term]
    start, mark, kind = term.rpartition("^^")
    if mark:
        return f"{start}^^{_turtle(kind)}"
    if term[0] != "<":
        return term
    end = max(term.rfind("/"), term.rfind("#")) + 1
    prefix = _SHORT.get(term[1:end])
    if prefix is None or end == len(term) - 1:
        return term
    return _KNOWN.setdefault(term, f"{prefix}:{term[end:-1]}")  # terms of the ontology: a few hundred
