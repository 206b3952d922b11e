"""What a client asks, from JSON to values, with what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anshan_kg.errors import ParameterError, TooMuch
from anshan_kg.model import Labels
from anshan_kg.reconciling.model import Ask, Given, Value, Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_QUERIES = 100
"""Queries that one request may bring."""
MOST_IDS, MOST_PROPERTIES = 200, 50
MOST_CANDIDATES = 50
LONGEST_TEXT = 500
"""Characters that a name or a value may have."""

_DEFAULT_LIMIT = 5
_STRICT = ("any", "all", "should")
_QUERY_KEYS = {"query", "type", "limit", "properties", "type_strict"}


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of the properties of a data extension: kind, default, name and help in both languages."""

    name: str
    kind: str
    default: str | int | bool
    label: Labels
    help: Labels
    choices: tuple[tuple[str, Labels], ...] = ()


SETTINGS = (
    Setting(
        "limit", "number", 0, Labels("Values at most", "最多取值数"), Labels("0 for all", "0 表示全部")
    ),
    Setting(
        "lang", "select", "", Labels("Language of texts", "文本语言"),
        Labels("names come in it anyhow where there are both", "名称两种语言俱全时按此给出"),
        (("", Labels("both", "两种")), ("en", Labels("English", "英文")), ("zh", Labels("Chinese", "中文"))),
    ),
    Setting(
        "year", "text", "", Labels("Year", "年份"),
        Labels("only numbers of this year; newest first where empty", "仅该年的数值；留空则由新到旧"),
    ),
    Setting(
        "unit", "checkbox", False, Labels("With unit, year and source", "附单位、年份与来源"),
        Labels("gives text instead of bare numbers", "给出文字而非单纯数值"),
    ),
)  # fmt: skip
"""What can be set for each property that is fetched."""


def queries(text: str) -> dict[str, Ask]:
    """
    Return a batch of queries.

    Raises:
        ParameterError: it is not JSON, or not a batch; the message names the query and the key.
        TooMuch: it has more than `MOST_QUERIES`.
    """
    found = _json(text, "queries")
    if not isinstance(found, dict):
        raise ParameterError('queries has to be an object of queries: {"q0": {"query": "鞍钢股份"}}')
    if len(found) > MOST_QUERIES:
        raise TooMuch(f"queries has {len(found)} queries; send at most {MOST_QUERIES} at a time")
    return {name: _ask(f"queries.{name}", query) for name, query in found.items()}


def single(text: str) -> Ask:
    """
    Return one query: an object as in a batch, or just a name.

    Raises:
        ParameterError: it is no query.
    """
    if text.lstrip().startswith("{"):
        return _ask("query", _json(text, "query"))
    return _ask("query", {"query": text})


def _json(text: str, name: str) -> Any:  # noqa: ANN401 - whatever a client sends
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ParameterError(f"{name} is not JSON: {error}") from error


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _ask(where: str, query: Any) -> Ask:  # noqa: ANN401
    if not isinstance(query, dict):
        raise ParameterError(f"{where} has to be an object with a key query or properties")
    if unknown := sorted(set(query) - _QUERY_KEYS):
        raise ParameterError(f"{where} has unknown keys: {', '.join(unknown)}")
    text = _text(f"{where}.query", query.get("query", ""))
    types = query.get("type") or []
    if isinstance(types, str):
        types = [types]
    if not isinstance(types, list) or len(types) > MOST_PROPERTIES:
        raise ParameterError(f"{where}.type has to be the name of a class, or a short list of them")
    strict = query.get("type_strict", "any")
    if strict not in _STRICT:
        raise ParameterError(f"{where}.type_strict can be {', '.join(_STRICT)}")
    properties = _list(f"{where}.properties", query.get("properties") or [])
    if not text.strip() and not properties:
        raise ParameterError(f"{where} has neither a query nor properties")
    classes = tuple(_text(f"{where}.type", each) for each in types)
    return Ask(
        text, classes, strict, _limit(where, query.get("limit")),
        tuple(_given(f"{where}.properties.{at}", each) for at, each in enumerate(properties)),
    )  # fmt: skip


def _limit(where: str, value: Any) -> int:  # noqa: ANN401
    if value is None:
        return _DEFAULT_LIMIT
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 1 or value != int(value):
        raise ParameterError(f"{where}.limit has to be a whole number from 1")
    return min(int(value), MOST_CANDIDATES)


def _given(where: str, found: Any) -> Given:  # noqa: ANN401
    if not isinstance(found, dict) or not {"pid", "v"} <= set(found):
        raise ParameterError(f'{where} has to be an object: {{"pid": "akg:locatedIn", "v": "海城市"}}')
    values = found["v"] if isinstance(found["v"], list) else [found["v"]]
    kept = _list(f"{where}.v", values)
    return Given(_text(f"{where}.pid", found["pid"]), tuple(_value(f"{where}.v", each) for each in kept))


def _value(where: str, found: Any) -> Value:  # noqa: ANN401
    if isinstance(found, dict):
        if "id" not in found:
            raise ParameterError(f"{where} is an object without id")
        return Value(_text(where, found.get("name", "")), _text(f"{where}.id", found["id"]))
    if isinstance(found, bool):
        return Value("true" if found else "false")
    if isinstance(found, int | float):
        return Value(str(found))
    return Value(_text(where, found))


def _text(where: str, found: Any) -> str:  # noqa: ANN401
    if not isinstance(found, str):
        raise ParameterError(f"{where} has to be text")
    if len(found) > LONGEST_TEXT:
        raise ParameterError(f"{where} has {len(found)} characters; {LONGEST_TEXT} are the most")
    if any("\ud800" <= character <= "\udfff" for character in found):
        raise ParameterError(f"{where} has half a character (a lone surrogate) in it")
    return found


def _list(where: str, found: Any) -> Sequence[Any]:  # noqa: ANN401
    if not isinstance(found, list):
        raise ParameterError(f"{where} has to be a list")
    if len(found) > MOST_PROPERTIES:
        raise ParameterError(f"{where} has {len(found)} members; {MOST_PROPERTIES} are the most")
    return found


def extension(text: str) -> tuple[tuple[str, ...], tuple[Wanted, ...]]:
    """
    Return the identifiers and properties of a data extension query.

    Raises:
        ParameterError: it is not JSON, or not such a query.
        TooMuch: it has too many identifiers.
    """
    found = _json(text, "extend")
    if not isinstance(found, dict) or not {"ids", "properties"} <= set(found):
        raise ParameterError('extend has to be an object: {"ids": [...], "properties": [{"id": ...}]}')
    ids = found["ids"]
    if not isinstance(ids, list):
        raise ParameterError("extend.ids has to be a list")
    if len(ids) > MOST_IDS:
        raise TooMuch(f"extend.ids has {len(ids)} members; send at most {MOST_IDS} at a time")
    properties = _list("extend.properties", found["properties"])
    return (
        tuple(_text("extend.ids", each) for each in ids),
        tuple(_wanted(f"extend.properties.{at}", each) for at, each in enumerate(properties)),
    )


def _wanted(where: str, found: Any) -> Wanted:  # noqa: ANN401
    if not isinstance(found, dict) or "id" not in found:
        raise ParameterError(f'{where} has to be an object: {{"id": "akg:locatedIn"}}')
    given = found.get("settings") or {}
    if not isinstance(given, dict):
        raise ParameterError(f"{where}.settings has to be an object")
    known = {setting.name: setting for setting in SETTINGS}
    settings: dict[str, str | int | bool] = {}
    for name, value in given.items():
        if name not in known:
            raise ParameterError(f"{where}.settings has no {name!r}; there are: {', '.join(known)}")
        settings[name] = _setting(f"{where}.settings.{name}", known[name], value)
    return Wanted(_text(f"{where}.id", found["id"]), settings)


def _setting(where: str, setting: Setting, value: Any) -> str | int | bool:  # noqa: ANN401
    """Return the value of a setting; forms send numbers and ticks as text."""
    if setting.kind == "number":
        text = str(value).strip() or "0"
        if isinstance(value, bool) or not text.isdecimal() or len(text) > _DIGITS:
            raise ParameterError(f"{where} has to be a whole number")
        return int(text)
    if setting.kind == "checkbox":
        if value in (True, False, "on", "true", "false", ""):
            return value in (True, "on", "true")
        raise ParameterError(f"{where} has to be true or false")
    text = _text(where, value)
    if setting.choices and text not in {choice for choice, _ in setting.choices}:
        raise ParameterError(f"{where} can be {', '.join(repr(choice) for choice, _ in setting.choices)}")
    return text


_DIGITS = 6
