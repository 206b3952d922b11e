"""
What imports have changed, kept so that it can be undone.

Each import that wrote something has a folder of its own below the tree, `.anshan-kg/imports/NAME`,
with the files as they were before under `before/`, and `journal.json`, which knows them by their
digests before and after. Undoing puts exactly those files back, and only if they are as the import
left them.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anshan_kg import files
from anshan_kg.errors import DataError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER = ".anshan-kg/imports"

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,120}")
_PATH = re.compile(r"graph/[a-z0-9]+(?:/[a-z0-9][a-z0-9.-]*)*\.ttl")
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One import.

    Attributes:
        name: What `--undo` calls it.
        number: The how manieth import of this tree it is.
        table, mapping: The table's file name and the mapping.
        before: Path below the root -> digest of the file before; "" where there was none.
        after: Path -> digest of the file after.
    """

    name: str
    number: int
    table: str
    mapping: str
    before: Mapping[str, str]
    after: Mapping[str, str]


def _digest(data: bytes | None) -> str:
    return "" if data is None else hashlib.sha256(data).hexdigest()


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.exists() else None
    except OSError as error:
        raise DataError(path, f"cannot be read: {error.strerror}") from error


class Journal:
    """The imports of one tree, below its root."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder = root, root / FOLDER

    def entries(self) -> list[Entry]:
        """
        Return the imports that can be undone, the newest first.

        Raises:
            DataError: a journal is not readable.
        """
        if not self.folder.is_dir():
            return []
        found = [self._read(place) for place in self.folder.iterdir() if (place / "journal.json").is_file()]
        return sorted(found, key=lambda entry: -entry.number)

    def begin(self, table: str, mapping: str, contents: Mapping[str, bytes]) -> Entry:
        """
        Note what an import is about to write, before it does.

        Raises:
            DataError: it cannot be noted; then nothing may be written.
        """
        known = self.entries()
        before = {path: _content(self.root / path) for path in contents}
        after = {path: _digest(data) for path, data in contents.items()}
        number = max((entry.number for entry in known), default=0) + 1
        made = hashlib.sha256(json.dumps([sorted(after.items()), number]).encode()).hexdigest()[:8]
        slug = re.sub(r"[^a-z0-9]+", "-", table.rpartition(".")[0].lower()).strip("-")[:60]
        name = "-".join(part for part in (str(number), slug, made) if part)
        entry = Entry(
            name, number, table, mapping, {path: _digest(data) for path, data in before.items()}, after
        )
        place = self.folder / name
        try:
            for path, data in before.items():
                if data is not None:
                    kept = place / "before" / path
                    kept.parent.mkdir(parents=True, exist_ok=True)
                    files.write_file(kept, data)
            place.mkdir(parents=True, exist_ok=True)
            told = {
                "number": number, "table": table, "mapping": mapping,
                "before": entry.before, "after": entry.after,
            }  # fmt: skip
            files.write_file(
                place / "journal.json", (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()
            )
        except (OSError, DataError) as error:
            shutil.rmtree(place, ignore_errors=True)
            raise DataError(place, f"cannot be written, so nothing was imported: {error}") from error
        return entry

    def forget(self, entry: Entry) -> None:
        """Drop an import from the journal; the graph stays as it is."""
        shutil.rmtree(self.folder / entry.name, ignore_errors=True)

    def undo(self, name: str) -> Entry:
        """
        Put back what was there before an import, whole or not at all.

        Raises:
            UnknownName: there is no such import; the error lists those there are.
            DataError: a file was changed since, or what was kept is damaged; nothing is changed.
        """
        known = {entry.name: entry for entry in self.entries()}
        if name not in known:
            raise UnknownName("import", name, known)
        entry = known[name]
        contents: dict[str, bytes | None] = {}
        for path, after in entry.after.items():
            now = _digest(_content(self.root / path))
            # What is as it was before is left over from an import that was broken off.
            if now not in {after, entry.before[path]}:
                later = next(
                    (each for each in known.values() if each.number > entry.number and path in each.after),
                    None,
                )
                hint = f"undo {later.name} first" if later else "undo that edit first, or mend it by hand"
                raise DataError(path, f"was changed since the import {name}; {hint}")
            kept = self.folder / name / "before" / path
            old = _content(kept) if entry.before[path] else None
            if _digest(old) != entry.before[path]:
                raise DataError(kept, "is not what was kept; nothing was undone")
            contents[path] = old
        files.restore_files(self.root, contents)
        self.forget(entry)
        return entry

    def _read(self, place: Path) -> Entry:
        path = place / "journal.json"
        try:
            told = json.loads(files.read_text(path))
            before, after = dict(told["before"]), dict(told["after"])
            entry = Entry(
                place.name, int(told["number"]), str(told["table"]), str(told["mapping"]), before, after
            )
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(path, f"is no journal of an import: {error}") from error
        sound = (
            _NAME.fullmatch(entry.name) and set(before) == set(after)
            and all(_PATH.fullmatch(name) for name in after)
            and all(not each or _HEX.fullmatch(each) for each in before.values())
            and all(_HEX.fullmatch(each) for each in after.values())
        )  # fmt: skip
        if not sound:
            raise DataError(path, "is no journal of an import: it names files outside graph/, or no digests")
        return entry
