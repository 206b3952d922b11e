"""
Whole files into a dataset on disk and out of it, and copies of all of it.

Loading and restoring take the lock, so nobody else writes; dumping and copying read the snapshot
that counts, also while the dataset is served. What is loaded counts all at once, or not at all.
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import re
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import pyoxigraph as ox

from anshan_kg import formats
from anshan_kg.errors import DataError, ParameterError
from anshan_kg.stores.disk import DataDirectory, Reader, copy_store
from anshan_kg.writing.audit import append

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_CHUNK = 2**20
_LINES = {ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS}
_IN_LINE = re.compile(r"^Parser error at line 1 |^Parser error |(?<=\S) \(line 1\)$")
"""What the engine says of where in a text of one line something is."""
_EVERY = 10_000
"""Statements that are handed on together."""
_MOST_REFUSED = 10_000
_WAIT = 5.0
_MANIFEST, _STORE = "backup.json", "store"
_DEFAULT = ox.DefaultGraph()


@dataclass(frozen=True, slots=True)
class Refused:
    """A line of a file that is no statement."""

    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.path}:{self.line}: {self.reason}"


@dataclass(slots=True)
class Loaded:
    """
    What came of loading.

    Attributes:
        statements: How many were read.
        refused: Lines that are no statements, at most some thousands of them.
        refusals: How many there are.
        written: Whether anything was changed.
    """

    statements: int = 0
    refused: list[Refused] = field(default_factory=list)
    refusals: int = 0
    written: bool = False


def load(
    directory: DataDirectory,
    paths: Sequence[str | Path],
    *,
    graph: str | None = None,
    skip_refused: bool = False,
    progress: Callable[[str, int, int, int], None] = lambda *_: None,
) -> Loaded:
    """
    Add files to a dataset on disk, all of them or, where a line is refused, nothing.

    Args:
        directory: The dataset; it has to be there.
        paths: RDF files in any format, told by their endings; `.gz` is unpacked.
        graph: A graph that what stands in no graph goes to, beside the default graph.
        skip_refused: Leave lines of N-Triples and N-Quads out that are no statements.
        progress: Called with a file's name, its bytes read, its bytes, and all statements so far.

    Raises:
        DataError: a file is missing, malformed, or in no known format; or the dataset is in use.
        ParameterError: the graph's name is no IRI.
    """
    target = _node(graph) if graph is not None else None
    files = [(Path(path), _format(Path(path))) for path in paths]
    done = Loaded()
    with directory.locked(_WAIT):
        before = directory.current()
        store = directory.open_live()

        def batches() -> Iterator[list[ox.Quad]]:
            for path, form in files:
                for batch in _statements(path, form, done, progress):
                    done.statements += len(batch)
                    yield batch
                    if target is not None:
                        plain = (quad for quad in batch if quad.graph_name == _DEFAULT)
                        yield [ox.Quad(quad.subject, quad.predicate, quad.object, target) for quad in plain]
            if done.refusals and not skip_refused:
                raise _Refused

        try:
            store.bulk_extend(itertools.chain.from_iterable(batches()))
        except _Refused:
            return done
        except OSError as error:
            raise DataError(directory.path, f"cannot be written: {error}") from error
        version = hashlib.sha256(secrets.token_bytes(32)).hexdigest()
        directory.publish(store, before, version)
        done.written = True
        append(
            directory,
            "load",
            version,
            {"files": [str(path) for path in paths], "statements": done.statements},
        )
        directory.sweep()
    return done


class _Refused(Exception):
    """A line was refused, and none may be."""


def _statements(
    path: Path, form: ox.RdfFormat, done: Loaded, progress: Callable[[str, int, int, int], None]
) -> Iterator[list[ox.Quad]]:
    """Yield what a file states, many statements at a time."""
    with _opened(path) as (file, read):
        size = path.stat().st_size
        for batch in (_by_lines if form in _LINES else _parsed)(path, file, form, done):
            yield batch
            progress(path.name, read(), size, done.statements)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], Callable[[], int]]]:
    try:
        with path.open("rb") as plain:
            if path.suffix == ".gz":
                with gzip.GzipFile(fileobj=plain) as unpacked:
                    yield cast("IO[bytes]", unpacked), plain.tell
            else:
                yield plain, plain.tell
    except (OSError, EOFError) as error:
        raise DataError(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _parsed(path: Path, file: IO[bytes], form: ox.RdfFormat, done: Loaded) -> Iterator[list[ox.Quad]]:
    del done  # a document that is malformed in one place is not read further
    try:
        found = ox.parse(file, form, base_iri=path.absolute().as_uri(), rename_blank_nodes=True)
        while batch := list(itertools.islice(found, _EVERY)):
            yield batch
    except (SyntaxError, ValueError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        raise DataError(path, str(error).splitlines()[0], line) from error


def _by_lines(path: Path, file: IO[bytes], form: ox.RdfFormat, done: Loaded) -> Iterator[list[ox.Quad]]:
    """Yield the statements of a file with one in each line, and note the lines that are none."""
    mark = secrets.token_hex(8)  # so that its blank nodes are nobody else's
    number = 1
    while lines := file.readlines(_CHUNK):
        chunk = b"".join(lines)
        try:
            found = list(ox.parse(chunk, form))
        except (SyntaxError, ValueError):
            found = []
            for offset, line in enumerate(lines):
                try:
                    found += ox.parse(line, form)
                except (SyntaxError, ValueError) as error:
                    done.refusals += 1
                    if len(done.refused) < _MOST_REFUSED:
                        reason = _IN_LINE.sub("", str(error).splitlines()[0])
                        done.refused.append(Refused(str(path), number + offset, reason))
        number += len(lines)
        yield [_marked(quad, mark) for quad in found] if b"_:" in chunk else found


def _marked(quad: ox.Quad, mark: str) -> ox.Quad:
    parts: tuple[Any, ...] = tuple(quad)
    return ox.Quad(*(_renamed(part, mark) for part in parts))


def _renamed(term: Any, mark: str) -> Any:  # noqa: ANN401 - any term
    if isinstance(term, ox.BlankNode):
        return ox.BlankNode(f"{mark}{term.value}")
    if isinstance(term, ox.Triple):
        parts: tuple[Any, ...] = (term.subject, term.predicate, term.object)
        return ox.Triple(*(_renamed(part, mark) for part in parts))
    return term


def _format(path: Path) -> ox.RdfFormat:
    ending = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    found = ox.RdfFormat.from_extension(ending.lstrip("."))
    if found is None:
        known = ", ".join(f".{form.extension}" for form in formats.GRAPHS)
        raise DataError(path, f"has no ending of an RDF format; there are: {known}, also with .gz")
    if not path.is_file():
        raise DataError(path, "is not there, or no file")
    return found


def _node(graph: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(graph)
    except ValueError as error:
        raise ParameterError(f"{graph!r} is no IRI of a graph") from error


def dump(directory: DataDirectory, form: formats.Format, out: IO[bytes]) -> int:
    """
    Write a dataset to a file, and return how many quads it has.

    A format that names no graphs holds the default graph only.

    Raises:
        DataError: there is no dataset.
    """
    with Reader(directory.place(directory.current())) as store:
        engine = form.engine
        assert isinstance(engine, ox.RdfFormat)  # noqa: S101 - one of `formats.GRAPHS`
        if engine.supports_datasets:
            store.dump(out, engine)
        else:
            store.dump(out, engine, from_graph=_DEFAULT)
        return len(store)


def backup(directory: DataDirectory, folder: str | Path) -> dict[str, Any]:
    """
    Copy a dataset to a new folder, whole, with the checksums of its files; return what is told of it.

    The copy shares nothing with the dataset, and it may be served meanwhile.

    Raises:
        DataError: there is no dataset, or the folder is there already.
    """
    place = Path(folder)
    if place.exists() and any(place.iterdir()):
        raise DataError(place, "is there already, and not empty; name a new folder")
    snapshot = directory.current()
    beside = place.with_name(f".{place.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        with Reader(directory.place(snapshot)) as store:
            copy_store(directory.place(snapshot), beside / _STORE, link=False)
            told = {
                "version": snapshot.version,
                "quads": len(store),
                "made": datetime.now(UTC).isoformat(timespec="seconds"),
                "files": {path.name: _sum(path) for path in sorted((beside / _STORE).iterdir())},
            }
        (beside / _MANIFEST).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        if place.exists():
            place.rmdir()
        beside.rename(place)
    except OSError as error:
        raise DataError(place, f"cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return told


def restore(directory: DataDirectory, folder: str | Path) -> dict[str, Any]:
    """
    Let a copy that `backup` made stand in the place of a dataset; return what is told of it.

    Raises:
        DataError: it is no copy, or damaged; or the dataset is in use.
    """
    place = Path(folder)
    try:
        told: dict[str, Any] = json.loads((place / _MANIFEST).read_bytes())
        sums = {path.name: _sum(path) for path in (place / _STORE).iterdir()}
        wrong = sorted(name for name in {*sums, *told["files"]} if sums.get(name) != told["files"].get(name))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(place, f"is no backup: {error}") from error
    if wrong:
        raise DataError(place, f"is damaged: {', '.join(wrong)} is not as it was when it was copied")
    with directory.locked(_WAIT):
        directory.adopt(place / _STORE, told["version"])
        append(directory, "restore", told["version"], {"from": str(place)})
        directory.sweep()
    return told


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
