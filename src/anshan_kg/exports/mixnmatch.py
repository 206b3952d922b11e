"""A catalogue for Mix'n'match (https://mix-n-match.toolforge.org/), where people look what Wikidata lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anshan_kg.cells import tame
from anshan_kg.exports._unlinked import things
from anshan_kg.terms import path_of

if TYPE_CHECKING:
    from anshan_kg.model import Table

TITLE = "Mix'n'match catalogue: id, name, description of things that are not linked to Wikidata"
TAKES, MEDIA_TYPE, EXTENSION = "unlinked", "text/tab-separated-values", "tsv"

_COLUMNS = ("id", "name", "desc", "url", "type")


def write(table: Table) -> bytes:
    """Return the catalogue as tab-separated text: the Chinese name, the English one in the description."""
    lines = ["\t".join(_COLUMNS)]
    for thing in things(table):
        name = thing.labels.zh or thing.labels.en
        told = [
            thing.labels.en,
            *(other for _, other in thing.others[:3]),
            thing.definition.en,
            thing.definition.zh,
        ]
        note = "; ".join(part.rstrip(".。") for part in dict.fromkeys(told) if part and part != name)
        cells = path_of(thing.iri) or thing.iri, name, note, thing.iri, thing.type.removeprefix("akg:")
        lines.append("\t".join(tame(cell, numbers=False) for cell in cells))
    return ("\n".join(lines) + "\n").encode()
