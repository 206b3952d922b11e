"""Values of the model as JSON."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode

from anshan_kg.model import Labels, text_of


def to_json(value: Any) -> Any:  # noqa: ANN401 - JSON is untyped on both sides
    """
    Return a value of the model as JSON values.

    Labels become `{"en": ..., "zh": ...}`, IRIs become strings, literals objects with value and
    language or datatype; what is empty is left out.
    """
    if isinstance(value, Labels):
        return {"en": value.en, "zh": value.zh}
    if isinstance(value, Literal):
        kind = {"language": value.language} if value.language else {"datatype": value.datatype.value}
        return {"value": value.value, **kind}
    if isinstance(value, NamedNode):
        return {"iri": value.value}
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: to_json(part) for name, part in pairs if part not in (None, "", (), Labels())}
    if isinstance(value, (list, tuple)):
        return [to_json(part) for part in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return text_of(value)
