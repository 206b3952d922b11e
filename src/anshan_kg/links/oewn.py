"""Open English WordNet: words for substances and things, with CILI and Wikidata."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from anshan_kg.errors import DataError
from anshan_kg.linking.record import Kind, Record
from anshan_kg.links._table import Once, csv_rows, split, whole
from anshan_kg.links._target import CC_BY, REFERENCES, Target
from anshan_kg.model import Labels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TARGET = Target(
    title=Labels("Open English WordNet", "开放英语词网"),
    publisher="Open English WordNet",
    licence=CC_BY,
    home="https://github.com/globalwordnet/english-wordnet",
    release="d94538a",
    sample="oewn_synsets_industry_wikidata.csv",
    ours=("materials",),
    prefix="oewn",
    space=f"{REFERENCES}oewn/",
    forms="a noun.*.yaml of the repository, a folder of them, or a table synset, ili, members, wikidata, ...",
    attribution="Open English WordNet (CC BY 4.0), derived from Princeton WordNet (WordNet licence)",
)

_SHAPE = ("synset", "ili", "members", "wikidata", "definition", "file")
_IDENTIFIER = re.compile(r"\d{8}-[nvars]")
_SUBSTANCES = {"noun.substance", "noun.object", "noun.artifact"}


def records(path: Path) -> Iterator[Record]:
    """Yield the senses of nouns; see `Module.records`."""
    once = Once(path)
    for synset, ili, members, wikidata, definition, file in _rows(path):
        if not _IDENTIFIER.fullmatch(synset):
            raise DataError(path, f"has {synset!r} for a synset; they are written 01234567-n")
        identifiers = {"ili": ili, "wikidata": wikidata}
        yield Record(
            once(synset),
            tuple(("en", member) for member in members),
            kind=Kind.MATERIAL if file.removesuffix(".yaml") in _SUBSTANCES else Kind.OTHER,
            identifiers={scheme: value for scheme, value in identifiers.items() if value},
            note=definition,
        )


def _rows(path: Path) -> Iterator[tuple[str, str, tuple[str, ...], str, str, str]]:
    if path.is_dir():
        files = sorted(path.glob("noun.*.yaml"))
        if not files:
            raise DataError(path, "is a folder without a noun.*.yaml")
        for file in files:
            yield from _from_yaml(file)
    elif path.suffix.lower() in {".yaml", ".yml"}:
        yield from _from_yaml(path)
    else:
        for row in csv_rows(path, [_SHAPE]):
            yield (
                row["synset"], row["ili"], split(row["members"], "|"), row["wikidata"], row["definition"],
                row["file"],
            )  # fmt: skip


def _from_yaml(path: Path) -> Iterator[tuple[str, str, tuple[str, ...], str, str, str]]:
    try:
        import yaml  # noqa: PLC0415 - an extra, which only this form needs
    except ImportError as error:
        raise DataError(path, "needs PyYAML; pip install anshan-kg[links]") from error
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = whole(path)
    if re.search(r"(?m)^[^#'\"]*:\s[&*]\w", text):
        raise DataError(path, "has YAML anchors, which the publisher's files have not")
    try:
        found = yaml.load(text, Loader=loader)  # noqa: S506 - a safe loader either way
    except (yaml.YAMLError, RecursionError) as error:
        raise DataError(path, f"is not YAML, or was cut off: {str(error).splitlines()[0]}") from error
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise DataError(path, "is not a file of synsets")
    for synset, facts in found.items():
        if "members" not in facts:
            raise DataError(path, f"has no members for {synset}; is this a file of synsets?")
        meanings = facts.get("definition") or [""]
        wikidata = facts.get("wikidata") or ""
        yield (
            str(synset), str(facts.get("ili") or ""), tuple(str(each) for each in facts["members"]),
            str(wikidata[0] if isinstance(wikidata, list) else wikidata), str(meanings[0]), path.name,
        )  # fmt: skip
