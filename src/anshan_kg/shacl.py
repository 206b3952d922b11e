"""
SHACL over data and shapes from anywhere: a report with messages in both languages.

Unlike `validate`, which knows the graph and its files, this takes triples and gives a report. Where
a shape has no message of its own, the report says in words of ours which constraint is broken.
Whoever lets strangers bring shapes runs this in a worker: a shape may hold SPARQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from anshan_kg.errors import ParameterError
from anshan_kg.terms import PREFIXES, curie, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import rdflib

_SH = PREFIXES["sh"]
_XSD_STRING = PREFIXES["xsd"] + "string"

_WORDS = {
    "AndConstraintComponent": ("", "does not meet all of the shapes it has to meet", "未满足全部必须满足的形状"),
    "ClassConstraintComponent": ("class", "is not of the class {}", "不属于类 {}"),
    "ClosedConstraintComponent": ("", "has a property that the shape does not allow", "含有形状不允许的属性"),
    "DatatypeConstraintComponent": ("datatype", "is not a literal of the datatype {}", "不是数据类型 {} 的字面值"),
    "DisjointConstraintComponent": ("disjoint", "has a value in common with {}", "与 {} 有相同的值"),
    "EqualsConstraintComponent": ("equals", "has not the same values as {}", "与 {} 的值不相同"),
    "HasValueConstraintComponent": ("hasValue", "lacks the value {}", "缺少值 {}"),
    "InConstraintComponent": ("", "is none of the values that are allowed", "不在允许的取值之中"),
    "LanguageInConstraintComponent": ("", "is in none of the languages that are allowed", "不是允许的语言"),
    "LessThanConstraintComponent": ("lessThan", "is not less than {}", "不小于 {}"),
    "LessThanOrEqualsConstraintComponent": ("lessThanOrEquals", "is greater than {}", "大于 {}"),
    "MaxCountConstraintComponent": ("maxCount", "there are more than {} values", "值多于 {} 个"),
    "MaxExclusiveConstraintComponent": ("maxExclusive", "is not below {}", "不低于 {}"),
    "MaxInclusiveConstraintComponent": ("maxInclusive", "is above {}", "高于 {}"),
    "MaxLengthConstraintComponent": ("maxLength", "has more than {} characters", "超过 {} 个字符"),
    "MinCountConstraintComponent": ("minCount", "there are fewer than {} values", "值少于 {} 个"),
    "MinExclusiveConstraintComponent": ("minExclusive", "is not above {}", "不高于 {}"),
    "MinInclusiveConstraintComponent": ("minInclusive", "is below {}", "低于 {}"),
    "MinLengthConstraintComponent": ("minLength", "has fewer than {} characters", "少于 {} 个字符"),
    "NodeConstraintComponent": ("node", "does not meet the shape {}", "不满足形状 {}"),
    "NodeKindConstraintComponent": ("nodeKind", "is not of the kind {}", "不是 {} 类节点"),
    "NotConstraintComponent": ("", "meets a shape that it must not meet", "满足了不得满足的形状"),
    "OrConstraintComponent": ("", "meets none of the shapes of which it has to meet one", "未满足任何一个可选形状"),
    "PatternConstraintComponent": ("pattern", "does not match the pattern {}", "不匹配模式 {}"),
    "QualifiedMaxCountConstraintComponent": (
        "qualifiedMaxCount", "more than {} values meet the shape", "满足形状的值多于 {} 个"
    ),
    "QualifiedMinCountConstraintComponent": (
        "qualifiedMinCount", "fewer than {} values meet the shape", "满足形状的值少于 {} 个"
    ),
    "SPARQLConstraintComponent": ("", "a query of the shape finds it at fault", "形状中的查询发现其有误"),
    "UniqueLangConstraintComponent": ("", "has two values in the same language", "同一语言有两个值"),
    "XoneConstraintComponent": (
        "", "meets not exactly one of the shapes of which it has to meet one", "未恰好满足一个可选形状"
    ),
}  # fmt: skip
"""Constraint component -> the parameter that says how much, and what is wrong in English and Chinese."""


@dataclass(frozen=True, slots=True)
class Result:
    """
    One fault.

    Attributes:
        focus, path, value: Where it is, in Turtle's notation; "" where there is none.
        severity: "Violation", "Warning" or "Info".
        component: The constraint component, by its local name.
        shape: The shape, by its IRI where it has one.
        messages: Language tag -> what is wrong; "" for a message without a language.
        row, column: Of a table: where it is; row 0 for none.
    """

    focus: str
    path: str
    value: str
    severity: str
    component: str
    shape: str
    messages: dict[str, str]
    row: int = 0
    column: str = ""


@dataclass(frozen=True)
class Report:
    """
    What a validation found.

    Attributes:
        results: The faults, in a steady order.
        triples: The same by https://www.w3.org/TR/shacl/#validation-report.
    """

    results: tuple[Result, ...] = ()
    triples: tuple[ox.Triple, ...] = field(default=(), repr=False)

    @property
    def conforms(self) -> bool:
        """Whether nothing was found."""
        return not self.results


def check(
    data: Iterable[ox.Triple],
    shapes: Iterable[ox.Triple],
    context: Iterable[ox.Triple] = (),
) -> Report:
    """
    Return what shapes find in data.

    Args:
        data: What is judged.
        shapes: SHACL Core and SHACL-SPARQL shapes.
        context: What shapes may look at besides. What has facts only there is not judged.

    Raises:
        ParameterError: the shapes are not well-formed, or cannot be evaluated.
    """
    import pyshacl  # noqa: PLC0415 - takes a fifth of a second, and only validation needs it
    from rdflib.exceptions import Error as RdflibError  # noqa: PLC0415

    sent, shape_graph = _graph(data), _graph(shapes)
    whole = sent
    if context := list(context):
        whole = _graph(context)
        whole += sent
    try:
        _, found, _ = pyshacl.validate(
            whole,
            shacl_graph=shape_graph,
            inference="none",
            advanced=False,
            js=False,
            meta_shacl=False,
            do_owl_imports=False,
        )
    except OSError as error:
        raise ParameterError(f"a shape reaches for something outside what was sent: {error}") from error
    except (RuntimeError, ValueError, TypeError, LookupError, AttributeError, RdflibError) as error:
        # pyshacl has no one error for shapes that make no sense.
        raise ParameterError(f"the shapes cannot be used: {_first_line(error)}") from error
    except Exception as error:
        if type(error).__module__.startswith("pyparsing"):
            raise ParameterError(f"a query in the shapes is not SPARQL: {_first_line(error)}") from error
        raise
    if isinstance(found, Exception):
        raise ParameterError(f"the shapes cannot be used: {_first_line(found)}")
    return _report(found, shape_graph, set(whole.subjects()) - set(sent.subjects()))


def of_refusals(refusals: Iterable[tuple[int, str, str, str]]) -> Report:
    """Return rows of a table that cannot be taken, (row, column, reason, Chinese reason), as a report."""
    results = []
    report = ox.BlankNode("report")
    triples = [_said(report, "rdf:type", ox.NamedNode(_SH + "ValidationReport"))]
    for number, (row, column, english, chinese) in enumerate(refusals):
        node, focus = ox.BlankNode(f"r{number}"), ox.Literal(f"row {row}" if row else "the graph")
        messages = {"en": english, "zh-Hans": chinese or f"第 {row} 行: {english}"}
        results.append(Result(focus.value, "", column, "Violation", "Row", "", messages, row, column))
        triples += [
            _said(report, "sh:result", node),
            _said(node, "rdf:type", ox.NamedNode(_SH + "ValidationResult")),
            _said(node, "sh:focusNode", focus),
            _said(node, "sh:resultSeverity", ox.NamedNode(_SH + "Violation")),
            _said(
                node, "sh:sourceConstraintComponent", ox.NamedNode(f"{PREFIXES['akg']}RowConstraintComponent")
            ),
            *(
                _said(node, "sh:resultMessage", ox.Literal(text, language=tag))
                for tag, text in messages.items()
            ),
        ]
        if column:
            triples.append(_said(node, "sh:value", ox.Literal(column)))
    triples.append(_said(report, "sh:conforms", ox.Literal(not results)))
    return Report(tuple(results), tuple(triples))


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def _said(subject: ox.BlankNode, short: str, value: ox.NamedNode | ox.BlankNode | ox.Literal) -> ox.Triple:
    prefix, _, name = short.partition(":")
    return ox.Triple(subject, ox.NamedNode(PREFIXES[prefix] + name), value)


def _report(found: rdflib.Graph, shapes: rdflib.Graph, context: set[rdflib.term.Node]) -> Report:
    """Return a report of rdflib's without what it says of things that only the context speaks of."""
    from rdflib import RDF, SH  # noqa: PLC0415

    report = ox.BlankNode("report")
    nodes = [
        node
        for node in found.objects(found.value(None, RDF.type, SH.ValidationReport), SH.result)
        if found.value(node, SH.focusNode) not in context
    ]
    triples = [
        _said(report, "rdf:type", ox.NamedNode(_SH + "ValidationReport")),
        _said(report, "sh:conforms", ox.Literal(not nodes)),
    ]
    read = sorted(((_result(found, shapes, node), node) for node in nodes), key=lambda pair: _key(pair[0]))
    names: dict[Any, ox.BlankNode] = {}
    for number, (result, node) in enumerate(read):
        names[node] = ox.BlankNode(f"r{number}")
        triples.append(_said(report, "sh:result", names[node]))
        triples += _copied(found, node, names, result)
    return Report(tuple(result for result, _ in read), tuple(triples))


def _key(result: Result) -> tuple[str, ...]:
    said = "".join(result.messages.values())
    return result.focus, result.path, result.component, result.value, result.shape, said


def _result(found: rdflib.Graph, shapes: rdflib.Graph, node: Any) -> Result:  # noqa: ANN401 - untyped nodes
    from rdflib import SH  # noqa: PLC0415

    component = slug_of(str(found.value(node, SH.sourceConstraintComponent)))
    shape = found.value(node, SH.sourceShape)
    messages = {m.language or "": str(m) for m in found.objects(node, SH.resultMessage)}  # type: ignore[attr-defined]
    own = shapes.value(shape, SH.message) is not None or set(messages) - {""}
    if component in _WORDS and not own and not _from_query(found, shapes, node):
        parameter, english, chinese = _WORDS[component]
        limit = shapes.value(shape, SH[parameter]) if parameter else None
        shown = "" if limit is None else _shown(limit)
        messages = {"en": english.format(shown), "zh-Hans": chinese.format(shown)}
    return Result(
        _shown(found.value(node, SH.focusNode)),
        _shown(found.value(node, SH.resultPath)),
        _shown(found.value(node, SH.value)),
        slug_of(str(found.value(node, SH.resultSeverity))),
        component,
        _owner(shapes, shape),
        messages,
    )


def _from_query(found: rdflib.Graph, shapes: rdflib.Graph, node: Any) -> bool:  # noqa: ANN401
    """Whether the message is one that a query in the shape brings along."""
    from rdflib import SH  # noqa: PLC0415

    source = found.value(node, SH.sourceConstraint)
    return source is not None and shapes.value(source, SH.message) is not None


def _owner(shapes: rdflib.Graph, shape: Any) -> str:  # noqa: ANN401
    """Return the IRI of the named shape that a shape belongs to, "" where there is none."""
    from rdflib import BNode, URIRef  # noqa: PLC0415

    seen = set()
    while isinstance(shape, BNode) and shape not in seen:
        seen.add(shape)
        shape = next(shapes.subjects(None, shape), None)
    return str(shape) if isinstance(shape, URIRef) else ""


def _shown(node: Any) -> str:  # noqa: ANN401
    """Return a node as people read it."""
    from rdflib import BNode, URIRef  # noqa: PLC0415

    if node is None:
        return ""
    if isinstance(node, BNode):
        return "[...]"
    if isinstance(node, URIRef):
        return curie(str(node))
    return str(node)


def _copied(
    found: rdflib.Graph,
    node: Any,  # noqa: ANN401 - a node of rdflib, which only validation imports
    names: dict[Any, ox.BlankNode],
    result: Result,
) -> list[ox.Triple]:
    """Return what a report says of a node and of what hangs on it, with blank nodes named in order."""
    from rdflib import SH  # noqa: PLC0415

    message = SH.resultMessage
    triples = [
        _said(names[node], "sh:resultMessage", ox.Literal(text, language=tag) if tag else ox.Literal(text))
        for tag, text in result.messages.items()
    ]
    waiting, done = [node], set()
    while waiting:
        at = waiting.pop()
        if at in done:
            continue
        done.add(at)
        pairs = ((p, o) for p, o in found.predicate_objects(at) if p != message or at != node)
        for predicate, value in sorted(pairs, key=lambda pair: (str(pair[0]), pair[1].n3())):
            triples.append(ox.Triple(_back(at, names), ox.NamedNode(str(predicate)), _back(value, names)))
            if value in names and value not in done:
                waiting.append(value)
    return triples


def _back(node: Any, names: dict[Any, ox.BlankNode]) -> Any:  # noqa: ANN401
    from rdflib import BNode, URIRef  # noqa: PLC0415

    if isinstance(node, URIRef):
        return ox.NamedNode(str(node))
    if isinstance(node, BNode):
        return names.setdefault(node, ox.BlankNode(f"b{len(names)}"))
    if node.language:
        return ox.Literal(str(node), language=node.language)
    return ox.Literal(str(node), datatype=ox.NamedNode(str(node.datatype or _XSD_STRING)))


def _graph(triples: Iterable[ox.Triple]) -> rdflib.Graph:
    """Return triples as an rdflib graph, literals exactly as they are."""
    import rdflib  # noqa: PLC0415

    graph = rdflib.Graph()
    for triple in triples:
        graph.add((_term(triple.subject), _term(triple.predicate), _term(triple.object)))
    return graph


def _term(term: object) -> rdflib.term.Node:
    import rdflib  # noqa: PLC0415

    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if not isinstance(term, ox.Literal):
        raise ParameterError("SHACL knows no triple terms; send RDF 1.1")
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value), normalize=False)
