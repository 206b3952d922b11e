"""Values of the model as JSON."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from pyoxigraph import Literal, NamedNode

from anshan_kg.model import Labels


def to_json(value: Any) -> Any:  # noqa: ANN401 - JSON is untyped on both sides
    """
    Return a value of the model as JSON values.

    Labels become `{"en": ..., "zh": ...}`, IRIs become strings, literals objects with value and
    language or datatype; what is empty is left out.
    """
    if isinstance(value, str | int):  # most values by far
        return value
    if isinstance(value, Labels):
        return {"en": value.en, "zh": value.zh}
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (NamedNode, Literal)):
        return _term(value)
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: to_json(part) for name, part in pairs if part not in (None, "", (), Labels())}
    if isinstance(value, dict):
        return {name: to_json(part) for name, part in value.items()}
    return [to_json(part) for part in value] if isinstance(value, (list, tuple)) else value


def _term(term: NamedNode | Literal) -> dict[str, str]:
    if isinstance(term, NamedNode):
        return {"iri": term.value}
    kind = {"language": term.language} if term.language else {"datatype": term.datatype.value}
    return {"value": term.value, **kind}
