"""Keeping: checks, imports, validation, releases."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, NamedNode

from anshan_kg import (
    dataset,
    files,
    foreign,
    release,
    shacl,
    validate,
)
from anshan_kg.errors import DataError, InvalidGraph, ParameterError, UnknownName
from anshan_kg.importing import table
from anshan_kg.importing.journal import Journal
from anshan_kg.kg._taking import Taking
from anshan_kg.reconciling.example import invented_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from anshan_kg.dataset import Dataset
    from anshan_kg.importing.journal import Entry
    from anshan_kg.model import Finding, ImportReport


class Keeping(Taking):
    """Keeping: checks, imports, validation, releases."""

    def check(self, paths: Iterable[str | Path] = ()) -> list[Finding]:
        """
        Return the faults of the graph, by file and line; an empty list is a clean graph.

        Args:
            paths: Turtle files or folders to check as if they lay under graph/.

        Raises:
            DataError: a file is missing or not well-formed.
        """
        extra = [files.read_document(path) for path in files.turtle_files(paths)]
        return self._faults_with(extra) if extra else list(self._own_faults)

    @cached_property
    def _own_faults(self) -> tuple[Finding, ...]:
        """The faults of the graph as it was opened, which does not change while it is open."""
        return tuple(self._findings(self.dataset))

    def _findings(self, data: Dataset, only: Collection[NamedNode] | None = None) -> list[Finding]:
        checks = [validate.parse_check(path, text) for path, text in self.tree.queries("ontology/checks")]

        def place(thing: str) -> tuple[str, int | None]:
            document = data.places.get(thing)
            return (document.path, document.line_of(thing)) if document else ("", None)

        return validate.findings(data.written, data.store, self.tree.shapes, checks, place, only)

    def mappings(self) -> tuple[tuple[str, str, str], ...]:
        """Return name and title, in English and Chinese, of each mapping that `import_table` knows."""
        found = (table.find_mapping(self.tree, name) for name in self.tree.tables())
        return tuple((Path(each.name).stem, each.title, each.title_zh) for each in found)

    def import_table(
        self,
        path: str | Path,
        mapping: str,
        *,
        source: str | None = None,
        data: bytes | None = None,
        dry_run: bool = False,
        skip_refused: bool = False,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> ImportReport:
        """
        Add the rows of a table to the text files, as things and cited claims.

        Nothing is written if a row is refused, and importing the same table twice changes nothing.
        Open the graph again to ask it about what was added.

        Args:
            path: A `.csv`, `.tsv` or `.jsonl` file.
            mapping: Name of a mapping in `ontology/tables/`, or path of a mapping file.
            source: The source of rows that name none, by its slug.
            data: The bytes of the table, where it does not lie on disk.
            dry_run: Only say what would change.
            skip_refused: Write the good rows even if others are refused.
            progress: Called with what is being done, how much is done, and how much there is.

        Raises:
            UnknownName: there is no such mapping.
            DataError: the file is no table, or the text files are not to be written.
        """
        if self.tree.packaged and not dry_run:
            raise DataError(
                self.tree.root, "is the installed package; name a working tree to write to with --root DIR"
            )
        chosen = table.find_mapping(self.tree, mapping)
        given = {"source": source} if source else {}
        if source and "source" not in chosen.columns:
            raise ParameterError(f"the mapping {mapping} has no column source")
        run = table.TableImport(
            self.tree, chosen, given, self.resolve, self._faults_with, progress or (lambda *_: None)
        )
        return run.run(Path(path), data=data, dry_run=dry_run, skip_refused=skip_refused)

    def import_facts(
        self,
        target: str,
        *,
        data: str | Path | None = None,
        release: str | None = None,
        dry_run: bool = False,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> list[ImportReport]:
        """
        Add what a data set says of the things that are reviewed as linked to it, as cited claims.

        A number that contradicts another claim is refused until the two share a conflict set; a
        new claim joins the set that claims of the same thing and property are in.

        Args:
            target, data, release: As in `Desk.link`.
            dry_run: Only say what would change.
            progress: As in `import_table`.

        Raises:
            ParameterError: the data set has no facts, or nothing linked to it is reviewed.
            UnknownName, DataError: as in `Desk.link` and `import_table`.
        """
        if self.tree.packaged and not dry_run:
            raise DataError(
                self.tree.root, "is the installed package; name a working tree to write to with --root DIR"
            )
        reports: list[ImportReport] = []
        with tempfile.TemporaryDirectory() as place:  # so that all tables are written, or none
            for folder in ("ontology", "graph"):
                shutil.copytree(self.tree.root / folder, Path(place) / folder)
            for mapping, rows in self.desk.facts(target, data, release).items():
                beside = type(self).open(replace(self.config, root=place, data=None, store=None, cache=None))
                report = beside.import_table(f"{target}.csv", mapping, data=rows, progress=progress)
                reports.append(report)
                if report.refused:
                    break
            whole = not dry_run and not reports[-1].refused
            changed = sorted({path for report in reports for path in report.files if report.written})
            if whole and changed:
                contents = {path: (Path(place) / path).read_bytes() for path in changed}
                Journal(self.tree.root).begin(f"{target}.facts", "facts", contents)
                files.write_files(self.tree.root, contents)
        return [replace(report, written=whole) for report in reports]

    def invented_list(self, count: int, seed: int) -> list[tuple[str, ...]]:
        """Return rows of a list of enterprises with invented figures; see `synth.sheet`."""
        return invented_rows(self.reconciliation, count, seed)

    def imports(self) -> list[Entry]:
        """Return the imports into this tree that can be undone, the newest first."""
        return Journal(self.tree.root).entries()

    def undo_import(self, name: str) -> Entry:
        """
        Put the text files back to what they were before an import; see `Journal.undo`.

        Raises:
            UnknownName: there is no such import.
            DataError: a file was changed since; nothing is changed.
        """
        return Journal(self.tree.root).undo(name)

    def validate(
        self,
        data: bytes,
        media_type: str,
        shapes: bytes | None = None,
        shapes_type: str = "text/turtle",
    ) -> shacl.Report:
        """
        Return what SHACL shapes find in RDF from elsewhere; nothing is kept.

        Without shapes of its own, it is judged by the graph's, which then see what the graph says
        of the things that the data names.

        Args:
            data: The RDF.
            media_type: Its format.
            shapes: Shapes to use instead of the graph's.
            shapes_type: Their format.

        Raises:
            ParameterError: data or shapes cannot be read or used.
        """
        sent = [quad.triple for quad in foreign.parse(data, media_type)]
        if shapes is not None:
            return shacl.check(sent, [quad.triple for quad in foreign.parse(shapes, shapes_type, "shapes")])
        subjects = {triple.subject for triple in sent}
        named = {triple.object for triple in sent if isinstance(triple.object, NamedNode)} - subjects
        store = self.dataset.store
        context = [
            quad.triple
            for each in named
            for quad in store.quads_for_pattern(each, None, None, DefaultGraph())
        ]
        own = [triple for document in self.tree.shapes for triple in document.triples]
        return shacl.check(sent, own, context)

    def validate_table(self, data: bytes, name: str, mapping: str, source: str | None = None) -> shacl.Report:
        """
        Return why rows of a table cannot become part of the graph; nothing is kept.

        Args:
            data: The table.
            name: Its file name; the ending tells its format.
            mapping: Name of a mapping in `ontology/tables/`.
            source: The source of rows that name none, by its slug.

        Raises:
            UnknownName: there is no such mapping.
            DataError: the data is no table.
        """
        known = self.tree.tables()
        if mapping not in known:  # a path would be read from this machine
            raise UnknownName("mapping", mapping, known)
        report = self.import_table(name, mapping, source=source, data=data, dry_run=True)
        return shacl.of_refusals(
            (each.row, each.column, each.reason, each.reason_zh) for each in report.refused
        )

    def _faults_with(self, changed: Sequence[files.Document]) -> list[Finding]:
        """Return the faults the graph would have if files were as given."""
        made = dataset.assemble(self.tree, changed)
        paths = {document.path for document in changed}
        before = (triple for each in self.tree.documents if each.path in paths for triple in each.triples)
        after = (triple for each in changed for triple in each.triples)
        return self._findings(made, validate.affected(made.store, before, after))

    def build(self, out: str | Path) -> dict[str, int]:
        """
        Write the release to a folder and return its statistics.

        The folder appears whole or not at all; two builds of the same text files are byte-equal.

        Raises:
            InvalidGraph: the graph has faults; nothing is written.
            DataError: the folder exists and holds something else.
        """
        faults = [str(finding) for finding in self.check() if finding.severity == "violation"]
        if faults:
            raise InvalidGraph(self.tree.root, faults)
        numbers = release.statistics(self.dataset)
        with files.new_folder(out, release.NAMES) as folder:
            release.write(folder, self.dataset, numbers, self.partitions())
        return numbers

    def dumps(self, folder: str | Path) -> tuple[release.Dump, ...]:
        """
        Write the dataset as files for downloading, unless they lie in the folder already.

        The folder appears whole or not at all, so that several processes may share it. A store
        elsewhere is not dumped: it is larger than its answers, and not ours to publish.

        Raises:
            DataError: the folder cannot be written.
        """
        if not self.holds_data:
            return ()
        place = Path(folder)
        if not place.exists():
            with self.standing_still() as still, files.new_folder(place, release.NAMES) as made:
                release.write_dumps(still.dataset.store, made)
                release.write_sums(made)
        return release.read_dumps(place)
