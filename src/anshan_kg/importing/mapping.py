"""
Mappings: a text file each that says which things and facts a row of a table stands for.

A mapping is TOML. It names the columns and the things that a row makes, each with the file it is
kept in and its facts. A fact has a property and one value, a template of columns in braces under
the kind of value it is; a fact whose columns are empty is left out::

    title = "Numbers that sources give"
    title_zh = "来源给出的数值"

    [columns]
    source = { required = true, help = "the source, by its slug" }
    bound = { default = "exact", one_of = ["exact", "about"] }

    [[things]]
    iri = "claim:{source}-{place}-{n}"
    file = "graph/claims/{source}.ttl"
    facts = [
      { property = "rdf:type", iri = "akg:QuantitativeClaim" },
      { property = "akg:value", number = "{value}" },
      { property = "akg:scopeNote", text = "{scope_en}", lang = "en" },
    ]

`docs/import.md` lists every key.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode

from anshan_kg.errors import DataError, UnknownName
from anshan_kg.model import Refusal
from anshan_kg.terms import PREFIXES, iri, slug_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anshan_kg.importing.rows import Row

KINDS = ("iri", "thing", "text", "number", "integer", "year", "date", "flag", "url", "pinyin")
"""What a fact's value can be; `thing` is looked up by any of its names."""

_COLUMN = re.compile(r"\{(\w+)(?::slug)?\}")
_TEMPLATE = re.compile(r"\{(\w+)(:slug)?\}")
_AT = "at"
"""The name under which a thing that is made for each member of a list knows which one it is, from 1."""
_SLUG = re.compile(r"[a-z0-9][a-z0-9.-]*")
_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?")
_URL = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
_DATE = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?")
_FILE = re.compile(r"graph/[a-z0-9]+(?:/[a-z0-9][a-z0-9.-]*)*\.ttl")
_TRUE, _FALSE = frozenset({"true", "yes", "1", "是"}), frozenset({"false", "no", "0", "否"})
_DATE_TYPES = ("gYear", "gYearMonth", "date")
_COLUMN_KEYS = {"required", "default", "one_of", "pattern", "list", "help", "from"}
_THING_KEYS = {"iri", "file", "when", "each", "unique", "shared", "head", "facts"}
_FACT_KEYS = {"property", "lang", "times", "each", "when"}


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column of the tables that a mapping reads.

    Attributes:
        name: Its name in the header.
        required: Whether a row without it is refused.
        default: What an empty cell stands for; "" for nothing.
        one_of: The values it may have; empty for any.
        pattern: Regular expression its values match; "" for any.
        many: Whether its cells are lists.
        source: A thing and a property, `"source:{source} dcterms:publisher"`, whose value in the
            graph an empty cell stands for; "" for none.
        help: What it holds.
    """

    name: str
    required: bool = False
    default: str = ""
    one_of: tuple[str, ...] = ()
    pattern: str = ""
    many: bool = False
    source: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a thing: a property, a kind of `KINDS`, and templates for value and language."""

    predicate: str
    kind: str
    template: str
    lang: str = ""
    times: str = ""
    each: str = ""
    when: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns its value is made of."""
        return tuple(_COLUMN.findall(self.template))


@dataclass(frozen=True, slots=True)
class Thing:
    """
    One thing that a row makes.

    Attributes:
        iri: Template of its name.
        file: Template of the file it is kept in.
        facts: What is said of it.
        when: A column without which the row makes no such thing, or `column=value` for rows where it
            has that value; "" for always.
        each: A list column for each of whose members the row makes one; "" for one thing a row.
        unique: Whether two rows that make it are a mistake rather than two parts of it.
        shared: Whether what is said of it is added to what is there, because other tables speak of
            it too, rather than put in its place.
        head: Comment line for a new file.
    """

    iri: str
    file: str
    facts: tuple[Fact, ...]
    when: str = ""
    unique: bool = False
    shared: bool = False
    head: str = ""
    each: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping file: its columns and the things that each row makes."""

    name: str
    title: str
    title_zh: str
    columns: dict[str, Column]
    things: tuple[Thing, ...]
    ignored: tuple[str, ...] = ()
    separator: str = "|"


@dataclass(frozen=True, slots=True)
class Made:
    """
    One thing as one row makes it.

    Attributes:
        iri: Its name.
        file: The file it is kept in.
        facts: Property, value, and the column that the value came from.
        unique: As in `Thing`.
        head: As in `Thing`.
        properties: The properties whose values in the graph are replaced by these.
    """

    iri: str
    file: str
    facts: tuple[tuple[NamedNode, NamedNode | Literal, str], ...]
    unique: bool
    head: str
    properties: frozenset[NamedNode]


def read(name: str, text: str) -> Mapping:
    """
    Return a mapping file's text as a `Mapping`.

    Raises:
        DataError: it is not TOML, or not a mapping; the message names the key.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(name, f"is not TOML: {error}") from error
    try:
        return _mapping(name, data)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise DataError(name, f"is not a mapping: {error}") from error


def _mapping(name: str, data: dict[str, Any]) -> Mapping:
    _known(data, {"title", "title_zh", "columns", "things", "ignored", "separator"}, "the mapping")
    columns = {}
    for column, keys in data["columns"].items():
        _known(keys, _COLUMN_KEYS, f"column {column}")
        re.compile(keys.get("pattern", ""))
        columns[column] = Column(
            column, bool(keys.get("required", False)), keys.get("default", ""), tuple(keys.get("one_of", ())),
            keys.get("pattern", ""), bool(keys.get("list", False)), keys.get("from", ""),
            keys.get("help", ""),
        )  # fmt: skip
    things = tuple(_thing(keys, columns) for keys in data["things"])
    if not things:
        raise ValueError("it makes no things")
    return Mapping(
        name, data["title"], data["title_zh"], columns, things, tuple(data.get("ignored", ())),
        data.get("separator", "|"),
    )  # fmt: skip


def _thing(keys: dict[str, Any], columns: dict[str, Column]) -> Thing:
    _known(keys, _THING_KEYS, "a thing")
    facts = tuple(_fact(fact) for fact in keys["facts"])
    each = keys.get("each", "")
    used = {*_COLUMN.findall(keys["iri"] + keys["file"]), _needed(keys.get("when", "")), each}
    for fact in facts:
        used |= {*fact.columns, *_COLUMN.findall(fact.lang), fact.each, _needed(fact.when)}
    used -= {"", *({_AT} if each else ())}
    if unknown := used - set(columns):
        raise ValueError(f"{keys['iri']} uses columns that are not listed: {', '.join(sorted(unknown))}")
    return Thing(
        keys["iri"], keys["file"], facts, keys.get("when", ""), bool(keys.get("unique", False)),
        bool(keys.get("shared", False)), keys.get("head", ""), each,
    )  # fmt: skip


def _needed(when: str) -> str:
    """Return the column that a condition asks."""
    return when.partition("=")[0]


def _holds(when: str, cells: dict[str, tuple[str, ...]]) -> bool:
    column, equals, value = when.partition("=")
    return not when or (cells.get(column) == (value,) if equals else column in cells)


def _fact(keys: dict[str, Any]) -> Fact:
    _known(keys, {*_FACT_KEYS, *KINDS}, "a fact")
    kinds = [kind for kind in KINDS if kind in keys]
    if len(kinds) != 1:
        raise ValueError(f"a fact has one value of one kind ({', '.join(KINDS)}), not {keys}")
    iri(keys["property"])
    return Fact(
        keys["property"], kinds[0], keys[kinds[0]], keys.get("lang", ""), str(keys.get("times", "")),
        keys.get("each", ""), keys.get("when", ""),
    )  # fmt: skip


def _known(keys: dict[str, Any], known: set[str], where: str) -> None:
    if unknown := set(keys) - known:
        raise ValueError(f"{where} has unknown keys: {', '.join(sorted(unknown))}")


def unknown_columns(mapping: Mapping, row: Row) -> list[str]:
    """Return the columns of a row that the mapping neither reads nor ignores."""
    return [name for name in row.cells if name not in mapping.columns and name not in mapping.ignored]


def things_of(
    mapping: Mapping,
    row: Row,
    given: dict[str, str],
    look_up: Callable[[str, str], str],
    resolve: Callable[[str], str],
) -> tuple[list[Made], list[Refusal]]:
    """
    Return what one row makes, and why it is not taken; one of the two is empty.

    Args:
        mapping: How to read it.
        row: The row.
        given: Values for columns that the row leaves empty, from the command line.
        look_up: From a thing and a property to the value in the graph, "" where there is none.
        resolve: From a name to the thing it means.
    """
    cells, refusals = _cells(mapping, row, given, look_up)
    made: list[Made] = []
    if refusals:
        return made, refusals
    for thing in mapping.things:
        for some in _variants(thing, cells):
            try:
                made.append(_make(thing, some, row.number, resolve))
            except _RefusedError as error:
                refusals += error.refusals
    return ([], refusals) if refusals else (made, [])


def _variants(thing: Thing, cells: dict[str, tuple[str, ...]]) -> Iterator[dict[str, tuple[str, ...]]]:
    """Yield the cells for each thing that a row makes by one template."""
    if not _holds(thing.when, cells):
        return
    if not thing.each:
        yield cells
        return
    for at, value in enumerate(dict.fromkeys(cells.get(thing.each, ())), start=1):
        yield {**cells, thing.each: (value,), _AT: (str(at),)}


class _RefusedError(Exception):
    def __init__(self, refusals: list[Refusal]) -> None:
        self.refusals = refusals
        super().__init__(str(refusals))


def _cells(
    mapping: Mapping, row: Row, given: dict[str, str], look_up: Callable[[str, str], str]
) -> tuple[dict[str, tuple[str, ...]], list[Refusal]]:
    refusals = list(row.refusals)
    for name in unknown_columns(mapping, row):
        known = ", ".join(mapping.columns)
        refusals.append(Refusal(row.number, name, f"the mapping knows no such column; it knows: {known}"))
    cells: dict[str, tuple[str, ...]] = {}
    for column in mapping.columns.values():
        values = row.cells.get(column.name) or ((given[column.name],) if given.get(column.name) else ())
        if not values and column.default:
            values = (column.default,)
        if not values and column.source:
            values = _from_graph(column, cells, look_up)
        if not values:
            if column.required:
                refusals.append(Refusal(row.number, column.name, "is empty, but every row needs it"))
            continue
        cells[column.name] = values
        for value in values:
            if column.one_of and value not in column.one_of:
                reason = f"is {value!r}; it can be {', '.join(column.one_of)}"
                refusals.append(Refusal(row.number, column.name, reason))
            elif column.pattern and not re.fullmatch(column.pattern, value):
                reason = f"is {value!r}, which does not have the form {column.pattern}"
                refusals.append(Refusal(row.number, column.name, reason))
    return cells, refusals


def _from_graph(
    column: Column, cells: dict[str, tuple[str, ...]], look_up: Callable[[str, str], str]
) -> tuple[str, ...]:
    template, _, predicate = column.source.partition(" ")
    names = _COLUMN.findall(template)
    if any(name not in cells for name in names):
        return ()
    found = look_up(_filled(template, {name: cells[name][0] for name in names}), predicate)
    return (found,) if found else ()


def _make(
    thing: Thing, cells: dict[str, tuple[str, ...]], number: int, resolve: Callable[[str], str]
) -> Made:
    refusals: list[Refusal] = []
    single = {name: values[0] for name, values in cells.items()}
    name, file = _named(thing, single, number)
    facts: list[tuple[NamedNode, NamedNode | Literal, str]] = []
    for fact in thing.facts:
        if any(column not in cells for column in fact.columns) or not _holds(fact.when, cells):
            continue
        column = fact.columns[0] if fact.columns else ""
        variants = [{**single, fact.each: value} for value in cells[fact.each]] if fact.each else [single]
        for values in variants:
            try:
                facts.append((iri(fact.predicate), _value(fact, values, resolve), column))
            except (ValueError, KeyError, UnknownName) as error:
                refusals.append(Refusal(number, column, str(error).strip("'\"") or "cannot be read"))
    if refusals:
        raise _RefusedError(refusals)
    properties = frozenset(() if thing.shared else (iri(fact.predicate) for fact in thing.facts))
    return Made(name, file, tuple(facts), thing.unique, thing.head, properties)


def _named(thing: Thing, values: dict[str, str], number: int) -> tuple[str, str]:
    """Return a thing's IRI and file; both have to be plain, because they become names on disk."""
    missing = [name for name in _COLUMN.findall(thing.iri + thing.file) if name not in values]
    if missing:
        raise _RefusedError([Refusal(number, name, "is empty, but names the thing") for name in missing])
    short, file = _filled(thing.iri, values), _filled(thing.file, values)
    columns = _COLUMN.findall(thing.iri)
    prefix, _, local = short.partition(":")
    if prefix not in PREFIXES or not _SLUG.fullmatch(local):
        reason = f"gives the name {short!r}; names are prefix:slug, in lower-case letters, digits and hyphens"
        raise _RefusedError([Refusal(number, columns[0] if columns else "", reason)])
    if not _FILE.fullmatch(file):
        raise _RefusedError(
            [Refusal(number, "", f"would be kept in {file!r}, which is no file under graph/")]
        )
    return iri(short).value, file


def _filled(template: str, values: dict[str, str]) -> str:
    return _TEMPLATE.sub(lambda found: _slug(values[found[1]]) if found[2] else values[found[1]], template)


def _slug(name: str) -> str:
    """Return the last part of the name of a thing, in full or short: `{id:slug}` in a template."""
    return slug_of(name).rpartition(":")[2]


def _value(fact: Fact, values: dict[str, str], resolve: Callable[[str], str]) -> NamedNode | Literal:
    text = _filled(fact.template, values)
    if fact.kind == "iri":
        return _iri(text)
    if fact.kind == "thing":
        return NamedNode(resolve(text))
    if fact.kind == "text":
        lang = _filled(fact.lang, values)
        return Literal(text, language=lang) if lang else Literal(text)
    if fact.kind == "pinyin":
        return Literal(_pinyin(text), language="zh-Latn-pinyin")
    if fact.kind == "url":
        if not _URL.fullmatch(text):
            raise ValueError(f"is {text!r}, which is no web address")
        return NamedNode(text)
    return _literal(fact, text)


def _literal(fact: Fact, text: str) -> Literal:
    if fact.kind in {"number", "integer"}:
        text = unicodedata.normalize("NFKC", text)  # full-width digits are digits
        if not _NUMBER.fullmatch(text):
            raise ValueError(f"is {text!r}, which is no number such as 1234.5 or 1,234.5")
        number = Decimal(text.replace(",", "")) * Decimal(fact.times or 1)
        if fact.kind == "integer" and number != number.to_integral_value():
            raise ValueError(f"is {text!r}, which is no whole number")
        plain = f"{number.normalize():f}"
        kind = "xsd:integer" if fact.kind == "integer" else "xsd:decimal"
        return Literal("0" if plain == "-0" else plain, datatype=iri(kind))
    if fact.kind == "flag":
        if text.lower() not in _TRUE | _FALSE:
            raise ValueError(f"is {text!r}; it can be true or false")
        return Literal("true" if text.lower() in _TRUE else "false", datatype=iri("xsd:boolean"))
    found = _DATE.fullmatch(text)
    if found is None or (fact.kind == "year" and found[2]):
        form = "YYYY" if fact.kind == "year" else "YYYY, YYYY-MM or YYYY-MM-DD"
        raise ValueError(f"is {text!r}; a {fact.kind} has the form {form}")
    precision = sum(part is not None for part in found.groups()) - 1
    return Literal(text, datatype=iri(f"xsd:{_DATE_TYPES[precision]}"))


def _iri(text: str) -> NamedNode:
    if re.match(r"https?://", text):
        if not _URL.fullmatch(text):
            raise ValueError(f"is {text!r}, which is no IRI")
        return NamedNode(text)
    prefix, colon, local = text.partition(":")
    if not colon or prefix not in PREFIXES or not re.fullmatch(r"[A-Za-z0-9][\w.-]*", local):
        raise ValueError(f"is {text!r}; things are named prefix:slug, such as mine:chentaigou")
    return iri(text)


def _pinyin(text: str) -> str:
    """Return Chinese as pinyin without tones, the form in which people type it."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - takes time to import, and only names need it

    spelt = lazy_pinyin(text, errors=lambda rest: " ".join(re.findall(r"[A-Za-z0-9]+", rest)))
    return " ".join(part.lower() for part in spelt if part)


def columns_of(mapping: Mapping, predicate: NamedNode) -> Iterator[str]:
    """Yield the columns that a property's values come from."""
    for thing in mapping.things:
        for fact in thing.facts:
            if iri(fact.predicate) == predicate:
                yield from fact.columns
