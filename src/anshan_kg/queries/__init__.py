"""
Questions and look-ups as `.rq` files: load them, read their parameters, bind values.

A file runs as it stands in any SPARQL client. Its first comment is its title in English, the line
`# zh:` its title in Chinese, `# for:` who asks it. A parameter is a line of the form::

    VALUES ?mine { <https://w3id.org/anshan-kg/id/mine/chentaigou> }  # param iri: the mine / 矿山

with a sample value that is also its default; the sample `UNDEF` leaves it open. `param iri of akg:Mine`
says of which class a thing has to be, or `of scheme:modality` of which scheme; several are separated
by blanks.

Folders: `questions/` are the named questions people ask, `lookups/` are what the facade needs,
`views/` are the edges and nodes that exports draw, `examples/` are what the query editor begins with.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from anshan_kg.errors import ParameterError, UnknownName
from anshan_kg.model import Labels
from anshan_kg.terms import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = ("iri", "lang", "string", "integer", "decimal", "year")
"""What a parameter can be: a thing, a language, a text, a number, a year."""

_PARAMETER = re.compile(
    r"VALUES \?(?P<name>\w+) \{ (?P<sample>[^{}]*?) \}[ ]*# param (?P<kind>\w+)"
    r"(?: of (?P<of>[\w-]+:[\w-]+(?: [\w-]+:[\w-]+)*))?(?:: (?P<help>.*))?"
)
_OF_NO_TERM = re.compile(r'<[^<>\s]*>|"[^"\n]*"|#.*')
_TERM = re.compile(r"[a-z][\w-]*:[A-Za-z_][\w-]*")
_LANGUAGES = {"en": "en", "zh": "zh-Hans", "zh-hans": "zh-Hans", "zh-cn": "zh-Hans"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    One value a query can be asked with.

    Attributes:
        name: Its name, as in the query, without the question mark.
        kind: One of `KINDS`.
        sample: Its default as SPARQL text; "UNDEF" where it may be left open.
        help: What it means, in a few words of either language.
        of: The classes (`akg:Mine`) or schemes (`scheme:modality`) it is taken from; empty for any.
    """

    name: str
    kind: str
    sample: str
    help: Labels
    of: tuple[str, ...] = ()

    @property
    def optional(self) -> bool:
        """Whether it may be left open."""
        return self.sample == "UNDEF"


@dataclass(frozen=True, slots=True)
class Query:
    """
    One `.rq` file.

    Attributes:
        name: File name without ending; what people type.
        title: The question in both languages.
        audience: Who asks it.
        text: The whole file.
        parameters: Its parameters, in the order of the file.
        notes: What else its first comments say, in English; mostly empty.
    """

    name: str
    title: Labels
    audience: str
    text: str
    parameters: tuple[Parameter, ...] = field(default=())
    notes: str = ""

    @property
    def terms(self) -> tuple[str, ...]:
        """The short names in it, in the order in which they first stand there."""
        lines = (line for line in self.text.splitlines() if not line.startswith(("#", "PREFIX")))
        bare = _OF_NO_TERM.sub(" ", "\n".join(lines))
        return tuple(dict.fromkeys(found[0] for found in _TERM.finditer(bare)))

    def parameter(self, name: str) -> Parameter:
        """
        Return one parameter.

        Raises:
            UnknownName: the query has no parameter of that name.
        """
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise UnknownName(f"parameter of {self.name}", name, [known.name for known in self.parameters])

    def bind(self, **terms: NamedNode | Literal | Sequence[NamedNode | Literal]) -> str:
        """
        Return the query's text with parameters set, in one pass over the file.

        Terms are written by their own serialisation, which escapes what has to be escaped; text
        never meets text.

        Raises:
            UnknownName: the query has no parameter of that name.
        """
        for name in terms:
            self.parameter(name)

        def fill(found: re.Match[str]) -> str:
            given = terms.get(found["name"])
            if given is None:
                return found[0]
            several = [given] if isinstance(given, NamedNode | Literal) else given
            return f"VALUES ?{found['name']} {{ {' '.join(map(str, several))} }}"

        return _PARAMETER.sub(fill, self.text)


def parse(name: str, text: str) -> Query:
    """Return a query file's text as a `Query`."""
    comments = [line[1:].strip() for line in text.splitlines() if line.startswith("#")]
    marked = dict(line.split(": ", 1) for line in comments if re.match(r"(zh|for): ", line))
    parameters = tuple(
        Parameter(
            found["name"],
            found["kind"],
            found["sample"],
            Labels(*(found["help"] or "").split(" / ")),
            tuple((found["of"] or "").split()),
        )
        for found in _PARAMETER.finditer(text)
    )
    title = Labels(comments[0] if comments else "", marked.get("zh", ""))
    head = itertools.takewhile(lambda line: line.startswith("#"), text.splitlines())
    said = [line[1:].strip() for line in head][1:]
    notes = " ".join(line for line in said if line and not re.match(r"(zh|for): ", line))
    return Query(name, title, marked.get("for", ""), text, parameters, notes)


@cache
def names(folder: str = "questions") -> tuple[str, ...]:
    """Return the names of the queries in a folder, sorted."""
    place = files(__name__) / folder
    return tuple(sorted(entry.name[:-3] for entry in place.iterdir() if entry.name.endswith(".rq")))


@cache
def load(name: str, folder: str = "questions") -> Query:
    """
    Return one query of a folder.

    Raises:
        UnknownName: there is none of that name; the error lists those there are.
    """
    if name not in names(folder):
        raise UnknownName("question" if folder == "questions" else folder[:-1], name, names(folder))
    return parse(name, (files(__name__) / folder / f"{name}.rq").read_text(encoding="utf-8"))


def literal(parameter: Parameter, text: str) -> Literal:
    """
    Return the text that a user gave for a parameter as the literal it stands for.

    Raises:
        ParameterError: the text is not of the parameter's kind, or the kind is `iri`, whose
            texts are names that only the graph can resolve.
    """
    pattern = {"integer": r"[+-]?\d+", "decimal": r"[+-]?(\d+\.?\d*|\.\d+)", "year": r"-?\d{4,9}"}
    if parameter.kind in pattern and not re.fullmatch(pattern[parameter.kind], text, re.ASCII):
        raise ParameterError(f"--{parameter.name} is {text!r}, but has to be of kind {parameter.kind}")
    if parameter.kind == "lang":
        if text.lower() not in _LANGUAGES:
            raise ParameterError(f"--{parameter.name} is {text!r}; it can be en or zh-Hans")
        return Literal(_LANGUAGES[text.lower()])
    if parameter.kind == "string":
        return Literal(text)
    if parameter.kind in pattern:
        datatype = {"year": "gYear"}.get(parameter.kind, parameter.kind)
        return Literal(text, datatype=NamedNode(PREFIXES["xsd"] + datatype))
    raise ParameterError(f"--{parameter.name} is of kind {parameter.kind}, which is not a literal")
