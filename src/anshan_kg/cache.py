"""
Keep an assembled dataset on disk, under a digest of everything it was made from.

Reading it back takes a third of the time of assembling it. The text files stay the truth: with one
byte of them changed, or of the code that assembles them, the digest is another and nothing old is
found. What cannot be kept or read is assembled; it is never an error.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from anshan_kg import files
from anshan_kg.dataset import Dataset, assemble
from anshan_kg.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEPT = 3
"""How many datasets are kept; the one used longest ago goes first."""
_HEAD = re.compile(r"# version ([0-9a-f]{64})\n")


def dataset(tree: files.Tree, folder: str | Path | None) -> Dataset:
    """
    Return the dataset of a tree, from the folder if it was kept there, and keep it if not.

    Args:
        tree: The text files.
        folder: Where datasets are kept; None keeps none.

    Raises:
        DataError: a text file is not well-formed.
    """
    if folder is None:
        return assemble(tree)
    kept = Path(folder) / f"{_digest(tree)}.nq"
    if found := _read(kept, tree):
        return found
    made = assemble(tree)
    _keep(kept, made)
    return made


def _digest(tree: files.Tree) -> str:
    """Return a digest of the text files, of the code that assembles them, and of the engine."""
    total = hashlib.sha256(ox.__version__.encode())
    for name, data in _parts(tree):
        total.update(f"\0{name}\0{len(data)}\0".encode())
        total.update(data)
    return total.hexdigest()


def _parts(tree: files.Tree) -> Iterator[tuple[str, bytes]]:
    code = sorted(Path(__file__).parent.glob("*.py"))
    text = sorted(path for folder in ("ontology", "graph") for path in (tree.root / folder).rglob("*.*"))
    for path in (*code, *text):
        if path.is_file():
            yield path.name if path in code else tree.relative(path), path.read_bytes()


def _read(kept: Path, tree: files.Tree) -> Dataset | None:
    try:
        with kept.open(encoding="utf-8") as start:
            head = _HEAD.match(start.readline())
        if head is None:
            return None
        store = ox.Store()
        # The engine wrote it, so it need not be validated again.
        store.bulk_load(path=str(kept), format=ox.RdfFormat.N_QUADS, lenient=True)
        with contextlib.suppress(OSError):  # it may lie where nothing can be written, as in a container
            kept.touch()  # so that it is not the one used longest ago
    except (OSError, SyntaxError, UnicodeDecodeError):
        return None
    return Dataset(store, tree, known_version=head[1])


def _keep(kept: Path, made: Dataset) -> None:
    text = "".join(f"{line}\n" for line in made.lines)
    with contextlib.suppress(OSError, DataError):
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        files.write_file(kept, f"# version {made.version}\n{text}".encode())
        by_age = sorted(kept.parent.glob("*.nq"), key=lambda path: path.stat().st_mtime)
        for old in by_age[:-_KEPT]:
            old.unlink(missing_ok=True)
