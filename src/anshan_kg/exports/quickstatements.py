"""
QuickStatements of what Wikidata lacks, by https://www.wikidata.org/wiki/Help:QuickStatements, version 1.

For a person to read and to run: it makes new items. What is not sure to be missing is to be looked
for first, with the query `wikidata-candidates`, because a second item for the same thing is worse
than none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anshan_kg.exports._unlinked import things

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anshan_kg.exports._unlinked import Lacking
    from anshan_kg.model import Table

TITLE = "QuickStatements V1: new items for Wikidata, of things that are not linked to it"
TAKES, MEDIA_TYPE, EXTENSION = "unlinked", "text/plain", "txt"

_SAME = "P2888"
"""The property "exact match", whose value is an address."""
_IS, _CLASSES = "P31", {"akg:Enterprise": "Q6881511"}
"""The property "instance of", and the items of classes, from Open English WordNet's links to Wikidata."""
_LONGEST = 250
"""Characters of a label, an alias or a description in Wikidata."""
_CODES = {"en": "en", "zh": "zh-hans"}


def write(table: Table) -> bytes:
    """Return the commands as text; each item begins with CREATE."""
    return "".join(line + "\n" for thing in things(table) for line in _commands(thing)).encode()


def _commands(thing: Lacking) -> Iterator[str]:
    yield "CREATE"
    labels = {"en": thing.labels.en, "zh": thing.labels.zh}
    notes = {"en": thing.definition.en, "zh": thing.definition.zh}
    for lang, code in _CODES.items():
        if labels[lang]:
            yield f"LAST\tL{code}\t{_quoted(labels[lang])}"
        if notes[lang]:
            yield f"LAST\tD{code}\t{_quoted(notes[lang].rstrip('.。'))}"
    for lang, name in thing.others:
        if name != labels[lang]:
            yield f"LAST\tA{_CODES[lang]}\t{_quoted(name)}"
    if thing.type in _CLASSES:
        yield f"LAST\t{_IS}\t{_CLASSES[thing.type]}"
    yield f"LAST\t{_SAME}\t{_quoted(thing.iri)}"


def _quoted(text: str) -> str:
    """Return a text in quotation marks; the format knows no way to write one inside, nor `||`."""
    plain = text.replace('"', "”").replace("||", "|")[:_LONGEST]
    return f'"{plain}"'
