"""
RDF that strangers sent, parsed so that nothing outside it is read and nothing in it grows.

The engine's parsers fetch no remote JSON-LD context and no external XML entity. But they expand
the entities that an RDF/XML document declares, entities of entities too, so that half a kilobyte
can become gigabytes; that is refused here before they see it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from anshan_kg.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENTITY = re.compile(rb"""<!ENTITY\s+([^\s%]+)\s+(?:"([^"]*)"|'([^']*)')""")
_REFERENCE = re.compile(rb"&([^\s;&#]+);")
_PREDEFINED = {b"lt", b"gt", b"amp", b"apos", b"quot"}
_MOST_GROWTH = 16 * 2**20
_BASE = "urn:x-sent:"


def parse(
    data: bytes, media_type: str, what: str = "data", base: str = _BASE, *, rename: bool = False
) -> Iterator[ox.Quad]:
    """
    Yield the statements of a document.

    Args:
        data: The document.
        media_type: Its format.
        what: What to call it in an error.
        base: What its relative addresses are relative to.
        rename: Give its blank nodes names that no other document has.

    Raises:
        ParameterError: it is not of that format, that format is not RDF, or it would grow.
    """
    form = ox.RdfFormat.from_media_type(media_type)
    if form is None:
        known = (
            "text/turtle, application/n-triples, application/rdf+xml, application/ld+json, application/trig"
        )
        raise ParameterError(f"the {what} is of the type {media_type!r}; send RDF as one of: {known}")
    if form == ox.RdfFormat.RDF_XML:
        refuse_growth(data, what)
    try:
        yield from ox.parse(data, form, base_iri=base, rename_blank_nodes=rename)
    except SyntaxError as error:
        line = f"line {error.lineno}: " if error.lineno else ""
        raise ParameterError(f"the {what} is not {media_type}: {line}{str(error).splitlines()[0]}") from error
    except (ValueError, OSError) as error:
        raise ParameterError(f"the {what} cannot be read: {error}") from error


def refuse_growth(data: bytes, what: str = "data") -> None:
    """
    Return if the entities of an XML document are few and short enough to be expanded.

    Raises:
        ParameterError: an entity is made of others, or they add up to too much.
    """
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in data[:4]:
        raise ParameterError(f"the {what} is not UTF-8")
    if b"<!ENTITY" not in data:
        return
    declared = _ENTITY.findall(data)
    if len(declared) != data.count(b"<!ENTITY"):
        raise ParameterError(f"the {what} declares an XML entity in a way that is not taken; write it out")
    values = {name: one or other for name, one, other in declared}
    for name, value in values.items():
        if set(_REFERENCE.findall(value)) - _PREDEFINED:
            raise ParameterError(
                f"the {what} has an XML entity made of others, {name.decode(errors='replace')!r}; "
                "write it out"
            )
    growth = 0
    for reference in _REFERENCE.finditer(data):
        growth += len(values.get(reference[1], b""))
        if growth > _MOST_GROWTH:
            raise ParameterError(f"the XML entities of the {what} add up to too much; write them out")
