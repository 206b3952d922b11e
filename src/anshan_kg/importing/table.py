"""One table into the text files: read, map, plan, check, and write if nothing is refused."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from anshan_kg import files
from anshan_kg.errors import DataError, UnknownName
from anshan_kg.importing import mapping as mappings
from anshan_kg.importing.journal import Journal
from anshan_kg.importing.plan import Plan, plan
from anshan_kg.importing.rows import read
from anshan_kg.labels import Facts
from anshan_kg.model import ImportReport, Refusal, text_of
from anshan_kg.terms import curie, iri

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anshan_kg.files import Document, Tree
    from anshan_kg.importing.mapping import Made, Mapping
    from anshan_kg.model import Finding


def find_mapping(tree: Tree, name: str) -> Mapping:
    """
    Return the mapping of that name in `ontology/tables/`, or the mapping file of that path.

    Raises:
        UnknownName: there is none.
        DataError: the file is not a mapping.
    """
    known = tree.tables()
    path = known.get(name) or Path(name)
    if not path.is_file():
        raise UnknownName("mapping", name, known)
    return mappings.read(tree.relative(path), files.read_text(path))


_RESOLVED = 65_536
"""Names whose things are remembered during an import."""


class TableImport:
    """
    One table on its way into the graph.

    Args:
        tree: The text files it goes into.
        mapping: How its rows are read.
        given: Values for columns that rows leave empty.
        resolve: From a name to the IRI it means, for values of the kind `thing`.
        check: From files as they would be to the faults the graph would have.
        progress: Called with what is being done, how much is done, and how much there is.
    """

    def __init__(
        self,
        tree: Tree,
        mapping: Mapping,
        given: dict[str, str],
        resolve: Callable[[str], str],
        check: Callable[[Sequence[Document]], list[Finding]],
        progress: Callable[[str, int, int], None],
    ) -> None:
        self.tree, self.mapping, self.given = tree, mapping, given
        # A list names the same districts again and again, and each look-up goes through all names.
        self.resolve = lru_cache(maxsize=_RESOLVED)(resolve)
        self.check, self.progress = check, progress
        self._facts = Facts(triple for document in tree.documents for triple in document.triples)

    def run(
        self, table: Path, *, data: bytes | None = None, dry_run: bool = False, skip_refused: bool = False
    ) -> ImportReport:
        """
        Return what the table changes, having written it unless a row is refused.

        Args:
            table: The file.
            data: Its bytes, where it does not lie on disk.
            dry_run: Write nothing.
            skip_refused: Write what is good even if some rows are refused.

        Raises:
            DataError: the file is not a table, or the text files cannot be written.
        """
        made, refused, count = self._read(table, data)
        planned = plan(self.tree.documents, made)
        refused += planned.refused
        if planned.documents and (skip_refused or not refused):
            planned, more = self._checked(planned, made, skip_refused=skip_refused)
            refused += more
        write = bool(planned.documents) and not dry_run and (skip_refused or not refused)
        name = self._write(table, planned) if write else ""
        return ImportReport(
            count, planned.added, planned.changed, planned.unchanged,
            tuple(sorted(set(refused), key=lambda each: (each.row, each.column, each.reason))),
            tuple(sorted(planned.documents)), write, name,
        )  # fmt: skip

    def _write(self, table: Path, planned: Plan) -> str:
        """Write the files, and return the name by which that can be undone."""
        contents = {path: document.text.encode() for path, document in planned.documents.items()}
        journal = Journal(self.tree.root)
        entry = journal.begin(table.name, Path(self.mapping.name).stem, contents)
        try:
            files.write_files(self.tree.root, contents)
        except DataError:
            journal.forget(entry)
            raise
        return entry.name

    def _read(
        self, table: Path, data: bytes | None
    ) -> tuple[list[tuple[int, list[Made]]], list[Refusal], int]:
        lists = frozenset(column.name for column in self.mapping.columns.values() if column.many)
        rows = list(read(table, self.mapping.separator, lists, data))
        made, refused = [], []
        for done, row in enumerate(rows, start=1):
            things, reasons = mappings.things_of(self.mapping, row, self.given, self._look_up, self.resolve)
            refused += reasons
            if things:
                made.append((row.number, things))
            if done % 100 == 0 or done == len(rows):
                self.progress("rows", done, len(rows))
        return made, refused, len(rows)

    def _look_up(self, thing: str, predicate: str) -> str:
        try:
            found = self._facts.one(iri(thing), predicate)
        except KeyError:
            return ""
        return curie(text_of(found))

    def _checked(
        self, planned: Plan, made: list[tuple[int, list[Made]]], *, skip_refused: bool
    ) -> tuple[Plan, list[Refusal]]:
        """Return the plan without rows at fault, and those rows; faults of no row stop the import."""
        refused: list[Refusal] = []
        while planned.documents:
            self.progress("check", 0, 1)
            found = self.check(tuple(planned.documents.values()))
            self.progress("check", 1, 1)
            faults = [finding for finding in found if finding.severity == "violation"]
            reasons = [reason for finding in faults for reason in self._reasons(finding, planned)]
            if not reasons:
                break
            refused += reasons
            bad = {reason.row for reason in reasons}
            if not skip_refused or 0 in bad:
                break
            made = [(number, things) for number, things in made if number not in bad]
            planned = plan(self.tree.documents, made)
        return planned, refused

    def _reasons(self, finding: Finding, planned: Plan) -> list[Refusal]:
        """Return why rows are refused for a fault; row 0 where no row makes the thing at fault."""
        prefix, _, _ = finding.focus.partition(":")
        thing = iri(finding.focus).value if prefix and "//" not in finding.focus else finding.focus
        column = ""
        if finding.property:
            column = next(mappings.columns_of(self.mapping, NamedNode(finding.property)), "")
        reason = f"{finding.message} [{finding.focus}; rule {finding.rule}]"
        chinese = f"{finding.message_zh or finding.message} [{finding.focus}; {finding.rule}]"
        return [Refusal(number, column, reason, chinese) for number in planned.rows.get(thing, (0,))]
