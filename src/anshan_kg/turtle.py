"""Turtle in one canonical form: the same triples give the same text, so that diffs stay small."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple

from anshan_kg.terms import LANGUAGES, PREFIXES, curie, iri

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIRST = tuple(
    iri(short)
    for short in (
        "rdf:type", "rdfs:label", "skos:prefLabel", "skos:altLabel", "skos:definition", "skos:notation",
        "akg:chineseNameStatus", "skos:scopeNote", "owl:differentFrom", "skos:inScheme",
        "dcterms:title", "dcterms:language", "dcterms:issued", "dcterms:publisher",
        "akg:inDocument", "akg:page", "akg:paragraph", "akg:sentence", "akg:placeNotRecorded",
        "akg:rangeStart", "akg:rangeEnd", "akg:textDigest", "akg:paraphrase", "akg:quoteText",
        "akg:claimSubject", "akg:claimProperty", "akg:claimObject", "akg:share", "akg:indicator", "akg:value",
        "akg:valueMin", "akg:valueMax", "akg:bound", "qudt:hasUnit", "akg:statement", "akg:originalText",
        "akg:scopeNote", "akg:modality", "akg:targetYear", "akg:validYear", "akg:yearNotStated",
        "akg:hasBaseline", "akg:editorialConfidence",
    )
)  # fmt: skip
"""Properties in the order a reader wants them; the others follow by name."""
_LAST = tuple(
    iri(short)
    for short in ("prov:wasAttributedTo", "akg:saidAt", "prov:hadPrimarySource", "prov:wasQuotedFrom")
)
_RANK = {term: number for number, term in enumerate(_FIRST)}
_RANK |= {term: 10_000 + number for number, term in enumerate(_LAST)}
_BETWEEN = 5_000
_XSD = PREFIXES["xsd"]
_STRING = NamedNode(f"{_XSD}string")
_BARE = {f"{_XSD}boolean": re.compile(r"true|false"), f"{_XSD}integer": re.compile(r"-?(0|[1-9]\d*)")}
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FRONT = ("source", "scheme")


def write(triples: Iterable[Triple], head: str = "") -> str:
    """
    Return triples as Turtle, each thing once, in an order that depends on nothing but them.

    Things come by kind and name, numbers in names by their size (`p2` before `p10`); their
    properties in reading order; names in English before Chinese.

    Args:
        triples: What is written; no blank nodes, because those have no name to order by.
        head: Lines to put before the prefixes, such as `# What this file is.`

    Raises:
        ValueError: a triple has a blank node or a quoted triple in it.
    """
    facts: dict[NamedNode, dict[NamedNode, set[NamedNode | Literal]]] = defaultdict(lambda: defaultdict(set))
    for subject, predicate, value in triples:
        if not (isinstance(subject, NamedNode) and isinstance(value, NamedNode | Literal)):
            raise ValueError(f"only named things have an order: {subject} {predicate} {value}")  # noqa: TRY004
        facts[subject][predicate].add(value)
    used: set[str] = set()
    blocks = [_block(thing, facts[thing], used) for thing in sorted(facts, key=_place)]
    prefixes = "".join(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in sorted(used))
    lead = head if not head or head.endswith("\n") else f"{head}\n"
    return lead + prefixes + "".join(f"\n{block}" for block in blocks)


def head_of(text: str) -> str:
    """Return the comment lines with which a Turtle text begins."""
    found = re.match(r"(?:#[^\n]*\n)*", text)
    return found[0] if found else ""


def inner_comment(text: str) -> int | None:
    """Return the line, counted from 1, of the first comment after the beginning; None where none is."""
    start = text[: len(head_of(text))].count("\n")
    for number, line in enumerate(text.splitlines()[start:], start=start + 1):
        if line.lstrip().startswith("#"):
            return number
    return None


def _block(thing: NamedNode, facts: dict[NamedNode, set[NamedNode | Literal]], used: set[str]) -> str:
    lines = []
    for predicate in sorted(facts, key=lambda p: (_RANK.get(p, _BETWEEN), curie(p.value))):
        name = "a" if predicate == _FIRST[0] else _name(predicate, used)
        values = " ,\n        ".join(_term(value, used) for value in sorted(facts[predicate], key=_value_key))
        lines.append(f"    {name} {values}")
    return f"{_name(thing, used)}\n" + " ;\n".join(lines) + " .\n"


def _place(thing: NamedNode) -> tuple[int, str, list[tuple[int, str, int]], str]:
    """Return what things are ordered by: documents and schemes first, then by kind and name."""
    kind, _, local = curie(thing.value).partition(":")
    pieces = [
        (1, "", int(piece)) if piece.isdigit() else (0, piece, 0) for piece in re.split(r"(\d+)", local)
    ]
    return (_FRONT.index(kind) if kind in _FRONT else len(_FRONT), kind, pieces, thing.value)


def _value_key(value: NamedNode | Literal) -> tuple[int, int, str, str]:
    if isinstance(value, NamedNode):
        return 0, 0, curie(value.value), ""
    tag = value.language or ""
    order = {lang.lower(): number for number, lang in enumerate(reversed(LANGUAGES))}
    return 1, order.get(tag.lower(), len(order)), tag, value.value


def _name(node: NamedNode, used: set[str]) -> str:
    prefix, colon, local = curie(node.value).partition(":")
    if colon and prefix in PREFIXES and _LOCAL.fullmatch(local):
        used.add(prefix)
        return f"{prefix}:{local}"
    return f"<{node.value}>"


def _term(value: NamedNode | Literal, used: set[str]) -> str:
    if isinstance(value, NamedNode):
        return _name(value, used)
    text = '"' + _CONTROL.sub(_escaped, "".join(_ESCAPES.get(c, c) for c in value.value)) + '"'
    if value.language:
        return f"{text}@{_tag(value.language)}"
    if value.datatype == _STRING:
        return text
    bare = _BARE.get(value.datatype.value)
    if bare is not None and bare.fullmatch(value.value):
        return value.value
    return f"{text}^^{_name(value.datatype, used)}"


def _tag(tag: str) -> str:
    """Return a language tag in its usual case (RFC 5646, section 2.1.1): the engine lowers all."""
    first, *rest = tag.lower().split("-")
    sizes = {4: str.title, 2: str.upper}
    return "-".join([first, *(sizes.get(len(part), str)(part) for part in rest)])


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04X}"
