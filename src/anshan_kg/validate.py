"""
Find the faults of a dataset: SHACL shapes, checks whose rows are faults, and literals.

Shapes see the triples as written, not as the store gives them back, because the store rewrites
literals. So that checks, which the store runs, see the same, a literal that the store would
rewrite is itself a fault. A shape or check that nothing in the data meets is one too: it would
pass for ever without looking at anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Triple

from anshan_kg import quantities
from anshan_kg.errors import DataError
from anshan_kg.labels import Facts
from anshan_kg.model import Finding, Labels, text_of
from anshan_kg.queries import parse as parse_query
from anshan_kg.terms import PREFIXES, curie, iri, slug_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    import rdflib
    from pyoxigraph import Store

    from anshan_kg.files import Document

_SHACL = PREFIXES["sh"]
_SPLIT = "  # fault when\n"


@dataclass(frozen=True, slots=True)
class Check:
    """
    One check file: a query whose rows are faults.

    Attributes:
        name: File name without ending.
        path: The file, relative to the root.
        rule: What has to hold, in both languages.
        text: The query; it gives `?focus` and may give `?detail`.
        population: A query that gives every `?focus` the check looks at.
        severity: "violation", or "warning" where the file has the line `# severity: warning`.
    """

    name: str
    path: str
    rule: Labels
    text: str
    population: str
    severity: str = "violation"


def parse_check(path: str, text: str) -> Check:
    """
    Return a check file's text as a `Check`.

    The pattern above the line `# fault when` says what is looked at, the one below what is wrong
    with it; so what a check looks at can be counted.

    Raises:
        DataError: the file has no such line.
    """
    if text.count(_SPLIT) != 1:
        raise DataError(
            path, "a check has one line '# fault when' between what it looks at and what is wrong"
        )
    name = slug_of(path).removesuffix(".rq")
    population = (
        text.split(_SPLIT, maxsplit=1)[0].replace("SELECT DISTINCT ?focus ?detail", "SELECT DISTINCT ?focus")
        + "} LIMIT 1"
    )
    severity = "warning" if "\n# severity: warning\n" in text else "violation"
    return Check(name, path, parse_query(name, text).title, text, population, severity)


def findings(
    written: Sequence[Triple],
    store: Store,
    shapes: Sequence[Document],
    checks: Iterable[Check],
    place: Callable[[str], tuple[str, int | None]],
    only: Collection[NamedNode] | None = None,
) -> list[Finding]:
    """
    Return every fault, by file, line and rule.

    Args:
        written: What the text files state, as written.
        store: The assembled dataset.
        shapes: SHACL files.
        checks: Check files.
        place: From a thing's IRI to the file and line that state it; ("", None) where unknown.
        only: The things that shapes look at, see `affected`; None for all.
    """
    found = {
        *_rewritten(written, store),
        *_misprinted(written),
        *_shape_findings(written, store, shapes, only),
        *_check_findings(store, checks),
    }
    placed = []
    for finding in found:
        file, line = place(finding.focus) if not finding.file else (finding.file, finding.line)
        placed.append(replace(finding, focus=curie(finding.focus), file=file, line=line))
    return sorted(placed, key=lambda f: (f.file, f.line or 0, f.rule, f.focus, f.message))


def _rewritten(written: Sequence[Triple], store: Store) -> Iterator[Finding]:
    """Yield a fault for each literal that the store would give back in another form."""
    kept = {quad.triple for quad in store}
    for triple in written:
        if isinstance(triple.object, Literal) and triple not in kept:
            value = triple.object
            yield Finding(
                "literal-is-canonical",
                text_of(triple.subject),
                f"{curie(text_of(triple.predicate))} has {value}, which the query engine rewrites; "
                "write it in its canonical form (no leading or trailing zeros, xsd:integer or xsd:decimal)",
                f"{curie(text_of(triple.predicate))} 的值 {value} 会被查询引擎改写，请写成规范形式",
            )


def _misprinted(written: Sequence[Triple]) -> Iterator[Finding]:
    """Yield a fault for each number that is not the one its printed words say."""
    facts = Facts(written)
    for claim in facts.typed("akg:QuantitativeClaim"):
        value, printed = facts.one(claim, "akg:value"), facts.one(claim, "akg:originalText")
        if not (isinstance(value, Literal) and isinstance(printed, Literal)):
            continue
        said, kept = quantities.read(printed.value), quantities.decimal(value.value)
        if said is None or kept is None:
            continue
        fall = kept < 0 < said  # what is printed as a fall bears no minus
        if said != (-kept if fall else kept):
            yield Finding(
                "number-is-as-printed",
                text_of(claim),
                f"the value is {kept:f}, but the printed words {printed.value!r} say {said:f}",
                f"数值为 {kept:f}，但原文“{printed.value}”表示 {said:f}",
            )


def _check_findings(store: Store, checks: Iterable[Check]) -> Iterator[Finding]:
    for check in checks:
        try:
            if not any(True for _ in store.query(check.population)):  # type: ignore[union-attr]
                yield _idle("check", check.name, check.path)
                continue
            rows = list(store.query(check.text))  # type: ignore[arg-type]
        except SyntaxError as error:
            raise DataError(check.path, f"is not SPARQL: {str(error).splitlines()[0]}") from error
        for row in rows:
            detail = row["detail"]
            about = f": {curie(text_of(detail))}" if detail is not None else ""
            yield Finding(
                check.name,
                text_of(row["focus"]),
                check.rule.en.rstrip(".") + about,
                check.rule.zh.rstrip("。") + about,
                severity=check.severity,
            )


def _idle(kind: str, name: str, path: str) -> Finding:
    return Finding(
        name, "", f"this {kind} looks at nothing in the data, so it can find no fault; remove or mend it",
        "没有任何数据被检查，因而不可能发现错误，请修正或删除", path,
    )  # fmt: skip


def affected(store: Store, before: Iterable[Triple], after: Iterable[Triple]) -> set[NamedNode]:
    """
    Return the things whose shapes a change can break: those changed, and those one relation away.

    No shape looks farther than from its focus to a value and that value's own facts.

    Args:
        store: The dataset after the change.
        before, after: What the changed files stated, and what they state.
    """
    old, new = set(before), set(after)
    found: set[NamedNode] = set()
    for triple in old ^ new:
        found |= {term for term in (triple.subject, triple.object) if isinstance(term, NamedNode)}
    for subject in {triple.subject for triple in old ^ new if isinstance(triple.subject, NamedNode)}:
        pointing = store.quads_for_pattern(None, None, subject, DefaultGraph())
        found |= {quad.subject for quad in pointing if isinstance(quad.subject, NamedNode)}
    return found


def _around(written: Iterable[Triple], derived: Iterable[Triple], only: Collection[NamedNode]) -> set[Triple]:
    """Return what shapes on some things can see: their facts, those of their values, and what names them."""
    seen = [*written, *derived]
    wanted: set[object] = set(only)
    values = {triple.object for triple in seen if triple.subject in wanted}
    return {
        triple
        for triple in seen
        if triple.subject in wanted or triple.subject in values or triple.object in wanted
    }


def _shape_findings(
    written: Sequence[Triple],
    store: Store,
    shapes: Sequence[Document],
    only: Collection[NamedNode] | None,
) -> Iterator[Finding]:
    # rdflib and pyshacl take a fifth of a second to import, and only validation needs them.
    import pyshacl  # noqa: PLC0415
    from rdflib import RDF, SH, URIRef  # noqa: PLC0415

    derived = (
        quad.triple
        for quad in store
        if isinstance(quad.graph_name, NamedNode) and quad.graph_name in _DERIVED
    )
    data = _graph({*written, *derived} if only is None else _around(written, derived, only))
    shape_graph = _graph(triple for document in shapes for triple in document.triples)
    for document in shapes:
        for shape in {t.subject for t in document.triples if t.predicate == iri("sh:targetClass")}:
            classes = [
                t.object
                for t in document.triples
                if t.subject == shape and t.predicate == iri("sh:targetClass")
            ]
            for kind in classes:
                if next(store.quads_for_pattern(None, iri("rdf:type"), kind, DefaultGraph()), None) is None:
                    name = f"{slug_of(text_of(shape))}/{slug_of(text_of(kind))}"
                    yield _idle("shape", name, document.path)
    if only is not None and not only:  # which pyshacl would take for everything
        return
    _, report, _ = pyshacl.validate(
        data,
        shacl_graph=shape_graph,
        inference="none",
        advanced=False,
        meta_shacl=False,
        focus_nodes=None if only is None else [each.value for each in only],
    )
    for result in report.subjects(RDF.type, SH.ValidationResult):
        focus, path = report.value(result, SH.focusNode), report.value(result, SH.resultPath)
        value = report.value(result, SH.value)
        owner = _owner(shape_graph, report.value(result, SH.sourceShape))
        words = {m.language: str(m) for m in report.objects(result, SH.resultMessage)}
        about = (
            f" ({_short(path)}{' = ' + _short(value) if value is not None else ''})"
            if path is not None
            else ""
        )
        yield Finding(
            slug_of(owner),
            str(focus),
            words.get("en", "breaks the shape") + about,
            words.get("zh-hans", "") + about,
            severity="warning" if report.value(result, SH.resultSeverity) == SH.Warning else "violation",
            property=str(path) if isinstance(path, URIRef) else "",
        )


def _owner(shapes: rdflib.Graph, shape: rdflib.term.Node | None) -> str:
    """Return the IRI of the named shape that a property shape belongs to."""
    from rdflib import BNode  # noqa: PLC0415

    while isinstance(shape, BNode):
        shape = next(shapes.subjects(None, shape), None)
    return str(shape)


def _short(node: rdflib.term.Node | None) -> str:
    from rdflib import BNode  # noqa: PLC0415

    return "one of several properties" if isinstance(node, BNode) else curie(str(node))


def _graph(triples: Iterable[Triple]) -> rdflib.Graph:
    """Return triples as an rdflib graph, literals exactly as they are."""
    import rdflib  # noqa: PLC0415

    graph = rdflib.Graph()
    for triple in triples:
        graph.add((_term(triple.subject), _term(triple.predicate), _term(triple.object)))
    return graph


def _term(term: object) -> rdflib.term.Node:
    import rdflib  # noqa: PLC0415

    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    if not isinstance(term, Literal):
        raise TypeError(f"no RDF 1.1 term: {term!r}")
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value), normalize=False)


_DERIVED = {iri("graph:shortcuts"), iri("graph:inferred"), iri("graph:labels")}
