"""The disk door: where ontology/ and graph/ lie, and their files as values."""

from __future__ import annotations

import gzip
import re
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files as package_files
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from pyoxigraph import RdfFormat, Triple, parse

from anshan_kg import sssom
from anshan_kg.errors import DataError
from anshan_kg.terms import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Document:
    """
    One text file of the graph or the ontology, read.

    Attributes:
        path: Where it lies, relative to the root, with forward slashes.
        text: Its text.
        triples: What it states, in the order of the file.
    """

    path: str
    text: str
    triples: tuple[Triple, ...]

    def line_of(self, subject: str) -> int | None:
        """Return the line, counted from 1, where an IRI is first the subject; None if nowhere."""
        short = [f"<{subject}>"]
        short += [
            f"{prefix}:{subject[len(space) :]}"
            for prefix, space in PREFIXES.items()
            if subject.startswith(space)
        ]
        starts = re.compile(rf"^(?:{'|'.join(map(re.escape, short))})(?=[\s;]|$)", re.MULTILINE)
        found = starts.search(self.text)
        return self.text.count("\n", 0, found.start()) + 1 if found else None


@dataclass(frozen=True)
class Tree:
    """A folder with `ontology/` and `graph/` in it."""

    root: Path

    @classmethod
    def find(cls, root: str | Path | None = None) -> Tree:
        """
        Return the tree at `root`, else the packaged one, else the checkout this code lies in.

        Raises:
            DataError: there is none; the message names the ways to give one.
        """
        places = (
            [Path(root)]
            if root is not None
            else [Path(str(package_files("anshan_kg"))) / "_data", Path(__file__).parents[2]]
        )
        for place in places:
            if (place / "ontology").is_dir() and (place / "graph").is_dir():
                return cls(place)
        raise DataError(
            places[0],
            "no ontology/ and graph/ here; name a working tree with --root DIR or ANSHAN_KG_ROOT",
        )

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """Every Turtle and SSSOM file that makes up the dataset, in the order of their paths."""
        turtle = (
            path
            for folder in ("ontology", "graph")
            for path in (self.root / folder).rglob("*.ttl")
            if "shapes" not in path.relative_to(self.root).parts
        )
        mappings = (
            path
            for folder in ("ontology", "graph/links")
            for path in (self.root / folder).glob("*.sssom.tsv")
        )
        return tuple(self.read(path) for path in sorted([*turtle, *mappings]))

    @cached_property
    def shapes(self) -> tuple[Document, ...]:
        """The SHACL shapes, in the order of their paths."""
        return tuple(self.read(path) for path in sorted((self.root / "ontology/shapes").glob("*.ttl")))

    @cached_property
    def packaged(self) -> bool:
        """Whether these are the files inside the installed package, which are not to be edited."""
        return self.root.name == "_data" and self.root.parent.name == "anshan_kg"

    def tables(self) -> dict[str, Path]:
        """Return the mappings of tables by name: `ontology/tables/<name>.toml`."""
        return {path.stem: path for path in sorted((self.root / "ontology/tables").glob("*.toml"))}

    def queries(self, folder: str) -> Iterator[tuple[str, str]]:
        """Yield (path relative to the root, text) of each `.rq` file under a folder, by path."""
        for path in sorted((self.root / folder).rglob("*.rq")):
            yield self.relative(path), read_text(path)

    def relative(self, path: Path) -> str:
        """Return a path as it is shown to people: relative to the root where it lies below it."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()

    def read(self, path: Path) -> Document:
        """Return one file of the tree, read; see `read_document`."""
        return read_document(path, self.relative(path))


def read_text(path: Path) -> str:
    """
    Return the text of a UTF-8 file.

    Raises:
        DataError: it cannot be read, or is not UTF-8; the error names the line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(path, f"cannot be read: {error.strerror}") from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(path, "is not UTF-8; save it as UTF-8", line) from error


def read_document(path: Path, shown: str | None = None) -> Document:
    """
    Return a Turtle (`.ttl`) or SSSOM (`.sssom.tsv`) file, read.

    Args:
        path: The file.
        shown: The name for messages; the path where not given.

    Raises:
        DataError: the file is missing, not UTF-8, not well-formed, or of another kind.
    """
    name = shown if shown is not None else path.as_posix()
    try:
        text = read_text(path)
    except DataError as error:
        raise DataError(name, str(error).split(": ", 1)[1], error.line) from error
    if path.name.endswith(".sssom.tsv"):
        return Document(name, text, tuple(_mappings(name, text)))
    if path.suffix == ".ttl":
        return Document(name, text, tuple(_turtle(name, text)))
    raise DataError(name, "is neither Turtle (.ttl) nor a mapping table (.sssom.tsv)")


def _turtle(name: str, text: str) -> Iterator[Triple]:
    try:
        for quad in parse(text, RdfFormat.TURTLE):
            yield quad.triple
    except SyntaxError as error:
        reason = re.sub(r"^(?:Parser )?error at line \d+[^:]*: ", "", error.msg or str(error))
        raise DataError(name, f"malformed Turtle: {reason}", error.lineno) from error


def _mappings(name: str, text: str) -> Iterator[Triple]:
    """Yield what the rows of a SSSOM table state, by the rule of `sssom.as_triples`."""
    table = sssom.parse(name, text)
    try:
        for _, triple in sssom.as_triples(table):
            yield triple
    except ValueError as error:
        raise DataError(name, f"not a mapping row: {error}") from error


def texts_in(folder: str | Path) -> Iterator[str]:
    """
    Yield the text of each `.txt` file directly in a folder, by name.

    Raises:
        DataError: the folder is missing, or a file in it is not UTF-8.
    """
    place = Path(folder)
    if not place.is_dir():
        raise DataError(place, "is not a folder; --sources wants a folder with .txt files")
    for path in sorted(place.glob("*.txt")):
        yield read_text(path)


def turtle_files(paths: Iterable[str | Path]) -> Iterator[Path]:
    """
    Yield the Turtle files that paths name, folders searched through, in order.

    Raises:
        DataError: a path does not exist.
    """
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(path.rglob("*.ttl"))
        elif path.exists():
            yield path
        else:
            raise DataError(path, "does not exist")


@contextmanager
def new_folder(out: str | Path, names: Collection[str]) -> Iterator[Path]:
    """
    Give an empty folder to write to, which takes its place once it is whole, or never.

    Args:
        out: The place. A folder there that holds nothing but such files is replaced.
        names: Names of the files that will be written.

    Raises:
        DataError: something else is in the way, or the folder cannot be written.
    """
    place = Path(out)
    if place.exists() and (not place.is_dir() or {path.name for path in place.iterdir()} - set(names)):
        raise DataError(place, "exists and holds other things; name a new folder")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
        try:
            yield beside
            beside.chmod(0o755)
            if place.exists():
                shutil.rmtree(place)
            beside.rename(place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise DataError(place, f"cannot be written: {error.strerror}") from error


def write_files(root: Path, contents: Mapping[str, bytes]) -> None:
    """
    Write files below a folder, all of them or none: on a failure the old ones are put back.

    Raises:
        DataError: one of them cannot be written.
    """
    wanted = {root / name: data for name, data in contents.items()}
    before = {path: path.read_bytes() if path.exists() else None for path in wanted}
    try:
        for path, data in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, data)
    except (DataError, OSError) as error:
        for path, old in before.items():
            if old is None:
                path.unlink(missing_ok=True)
            elif path.read_bytes() != old:
                write_file(path, old)
        if isinstance(error, OSError):
            raise DataError(root, f"cannot be written: {error.strerror}") from error
        raise


def restore_files(root: Path, contents: Mapping[str, bytes | None]) -> None:
    """
    Make files below a folder as they were, all of them or none; None where there was no file.

    Raises:
        DataError: one of them cannot be written or removed.
    """
    gone = [root / name for name, data in contents.items() if data is None]
    held = {path: path.read_bytes() for path in gone if path.exists()}
    try:
        for path in held:
            path.unlink()
        write_files(root, {name: data for name, data in contents.items() if data is not None})
    except (DataError, OSError) as error:
        for path, data in held.items():
            write_file(path, data)
        if isinstance(error, OSError):
            raise DataError(root, f"cannot be written: {error.strerror}") from error
        raise


def write_file(path: str | Path, data: bytes) -> None:
    """
    Write a file, whole or not at all.

    Raises:
        DataError: it cannot be written.
    """
    place = Path(path)
    beside = place.with_name(f".{place.name}.part")
    try:
        beside.write_bytes(data)
        beside.replace(place)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise DataError(place, f"cannot be written: {error.strerror}") from error


@contextmanager
def writing(path: str | Path) -> Iterator[BinaryIO]:
    """
    Give a file to write piece by piece, which is there whole at the end or not at all.

    A name that ends in `.gz` is compressed; the same content gives the same bytes.

    Raises:
        DataError: it cannot be written.
    """
    place = Path(path)
    beside = place.with_name(f".{place.name}.part")
    try:
        with beside.open("wb") as plain:
            if place.suffix == ".gz":
                with gzip.GzipFile("", "wb", _QUICK, plain, mtime=0) as packed:
                    yield cast("BinaryIO", packed)
            else:
                yield plain
        beside.replace(place)
    except OSError as error:
        raise DataError(place, f"cannot be written: {error.strerror or error}") from error
    finally:
        beside.unlink(missing_ok=True)


_QUICK = 3
"""Level of compression: a tenth larger than the default, and three times as fast."""
