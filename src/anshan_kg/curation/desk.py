"""The desk where links are suggested, judged, counted and shown: all that needs the graph or its files."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from anshan_kg import files, links, locks, queries, sssom
from anshan_kg.curation import facts, judge, ours, suggest
from anshan_kg.errors import DataError, ParameterError, UnknownName
from anshan_kg.linking.matcher import Matcher
from anshan_kg.linking.record import Record
from anshan_kg.sssom import NOTHING, MappingSet, State
from anshan_kg.terms import curie, iri, slug_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from anshan_kg.curation.judge import Change, Verdict
    from anshan_kg.files import Tree
    from anshan_kg.linking.record import Match
    from anshan_kg.links._target import Target
    from anshan_kg.model import Labels, Table
    from anshan_kg.sssom import Row

FOLDER, SAMPLES = "graph/links", "graph/open-data"


@dataclass(frozen=True, slots=True)
class Coverage:
    """
    How far the links to one target have come.

    Attributes:
        name, title, publisher, licence, attribution: The target, and what its licence asks to be said.
        release: Release that the links were made with; several where judgements are older.
        ours: Things of ours that were looked for.
        linked: Of those, how many have a reviewed link; likewise `open` with nothing but
            suggestions, `unsure` where a person could not say, and `nil` for which there is nothing.
        rows: Rows by state: reviewed, refused, unsure, open, nil, retired.
    """

    name: str
    title: Labels
    publisher: str
    licence: str
    attribution: str
    release: str
    ours: int
    linked: int
    open: int
    unsure: int
    nil: int
    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class LinkReport:
    """
    What `link` did.

    Attributes:
        target, release: What was linked to.
        coverage: How far the links have come with it.
        read, dropped: Records of the target; those with wrong check digits.
        changes: What is new, gone, changed, retired; empty where it was linked for the first time.
        first: Whether there was no table before.
        path: The file; empty where nothing had to be written.
    """

    target: str
    release: str
    coverage: Coverage
    read: int
    dropped: int
    changes: tuple[Change, ...]
    first: bool
    path: str


@dataclass(frozen=True, slots=True)
class Pair:
    """
    One row with both records beside each other.

    Attributes:
        row: The row.
        ours: Our record.
        theirs: Theirs; None where the sample that comes with the graph does not hold it.
        match: What the matcher says of the two now, with reasons in both languages.
    """

    row: Row
    ours: Record
    theirs: Record | None
    match: Match | None


class Desk:
    """
    Where links are made.

    Args:
        tree: The text files; tables lie in `graph/links/`, samples in `graph/open-data/`.
        ask: Answers a query of ours.
        fetch: Fetches a file from an address, where that is wished.
    """

    def __init__(
        self, tree: Tree, ask: Callable[[str], Table], fetch: Callable[[str], Path] | None = None
    ) -> None:
        self._tree, self._ask, self._fetch = tree, ask, fetch
        self._theirs: dict[str, dict[str, Record]] = {}

    # reading

    def path(self, target: str) -> Path:
        """
        Return where the table of a target lies.

        Raises:
            UnknownName: there is no such target.
        """
        links.load(target)
        return self._tree.root / FOLDER / f"{target}.sssom.tsv"

    def table(self, target: str) -> MappingSet | None:
        """
        Return the table of a target; None where nothing was linked to it yet.

        Raises:
            UnknownName: there is no such target.
            DataError: the file is no such table.
        """
        path = self.path(target)
        if not path.exists():
            return None
        return sssom.parse(self._tree.relative(path), files.read_text(path))

    def named_elsewhere(self) -> dict[str, tuple[str, Labels]]:
        """Return the address of each record that a table names -> its name, and the title of its data set."""
        found: dict[str, tuple[str, Labels]] = {}
        for name in links.names():
            target, table = links.load(name).TARGET, self.table(name)
            for row in table.rows if table else ():
                own, _, identifier = row.object_id.partition(":")
                if own == target.prefix and row.object_label:
                    found[f"{target.space}{identifier}"] = row.object_label, target.title
        return found

    def ours(self, target: str) -> list[Record]:
        """Return the things of ours that are looked for in a target, by IRI."""
        kinds: dict[str, str] = {}
        for name in links.load(target).TARGET.ours:
            for row in self._ask(queries.load(name, "ours").text).texts():
                kinds.setdefault(row["thing"], row["kind"])
        return self.records(kinds)

    def records(self, kinds: dict[str, str]) -> list[Record]:
        """Return things of ours as records; `kinds` is IRI -> kind."""
        if not kinds:
            return []
        wanted = [NamedNode(thing) for thing in sorted(kinds)]
        return ours.records(kinds, self._ask(queries.load("records", "lookups").bind(thing=wanted)))

    def coverage(self) -> list[Coverage]:
        """Return how far the links to each target have come, by the names of the targets."""
        return [self._coverage(name, self.table(name)) for name in links.names()]

    def _coverage(self, name: str, table: MappingSet | None) -> Coverage:
        target, rows = links.load(name).TARGET, table.rows if table else ()
        by_thing: dict[str, set[State]] = {}
        for row in rows:
            by_thing.setdefault(row.subject_id, set()).add(row.state)
        best = [next(state for state in _ORDER if state in found) for found in by_thing.values()]
        linked, still_open, unsure, nil = (sum(state in wanted for state in best) for wanted in _WANTED)
        releases = sorted({row.object_source_version for row in rows if row.object_source_version})
        return Coverage(
            name, target.title, target.publisher, target.licence, target.attribution,
            ", ".join(releases) or target.release, len(by_thing),
            linked, still_open, unsure, nil, dict(judge.counts(rows)),
        )  # fmt: skip

    def pair(self, target: str, subject: str, object: str) -> Pair:  # noqa: A002 - the standard's word
        """
        Return one row of a target with both records.

        Raises:
            UnknownName: there is no such target or pair.
        """
        table = self.table(target)
        found = [row for row in table.rows if row.key == (subject, object)] if table else []
        if not found or found[0].object_id == NOTHING:
            raise UnknownName("pair", f"{subject} {object}")
        return self.pairs(target, found)[0]

    def pairs(self, target: str, rows: Sequence[Row]) -> list[Pair]:
        """Return rows of a target with both records each."""
        mine = {curie(record.id): record for record in self.ours(target)}
        theirs, prefix = self._sampled(target), links.load(target).TARGET.prefix
        made, matcher = [], Matcher(())
        for row in rows:
            one = mine.get(row.subject_id) or Record(row.subject_id, (("en", row.subject_label),))
            own, _, identifier = row.object_id.partition(":")
            other = theirs.get(identifier.rstrip("/")) if own == prefix else None
            made.append(Pair(row, one, other, matcher.judge(one, other) if other else None))
        return made

    def _sampled(self, target: str) -> dict[str, Record]:
        """Return the records of the sample that the table speaks of."""
        if target not in self._theirs:
            module, table = links.load(target), self.table(target)
            wanted = {row.object_id.partition(":")[2].rstrip("/") for row in table.rows} if table else set()
            path = self._tree.root / SAMPLES / module.TARGET.sample
            known = module.records(path) if module.TARGET.sample and path.exists() else iter(())
            self._theirs[target] = {record.id: record for record in known if record.id in wanted}
        return self._theirs[target]

    # writing

    def link(
        self,
        target: str,
        today: str,
        *,
        data: str | Path | None = None,
        release: str | None = None,
        out: str | Path | None = None,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> LinkReport:
        """
        Suggest links to a target, and write them with every judgement that was made before.

        Nothing is written unless the whole file could be read.

        Args:
            target: Its name.
            today: Date of new rows.
            data: A file of its publisher, or the address of one on a listed host; the sample that
                comes with the graph where not given.
            release: What its publisher calls that file; has to be told with `data`.
            out: Where to write to; the table under `graph/links/` where not given.
            progress: Called with what is being done, how much is done, and how much there is.

        Raises:
            UnknownName: there is no such target.
            ParameterError: data without a release, or neither data nor a sample.
            DataError: the file is not one of the publisher's, or the table cannot be written.
        """
        module = links.load(target)
        source, version = self._source(target, module.TARGET, data, release)
        before = self.table(target)
        place = Path(out) if out is not None else self.path(target)
        if out is None and self._tree.packaged:
            raise DataError(
                place, "lies in the installed package; write elsewhere with -o FILE, or name --root DIR"
            )
        found = suggest.suggest(
            module.TARGET, self.ours(target), module.records(source), version, today,
            progress or (lambda *_: None), _refused(before),
        )  # fmt: skip
        table, changes = judge.merge(before, found, version, module.TARGET.prefix)
        written = self._write(place, table)
        return LinkReport(
            target, version, self._coverage(target, table), found.read, found.dropped,
            tuple(changes) if before else (), before is None, place.as_posix() if written else "",
        )  # fmt: skip

    def _source(
        self, name: str, target: Target, data: str | Path | None, release: str | None
    ) -> tuple[Path, str]:
        if data is not None:
            if release is None:
                raise ParameterError(
                    "say which release the file is, as its publisher writes it: --release 2026-06"
                )
            if isinstance(data, str) and data.startswith(("http://", "https://")):
                if self._fetch is None:
                    raise ParameterError("this graph fetches nothing; name a file")
                return self._fetch(data), release
            return Path(data), release
        if not target.sample:
            raise ParameterError(
                f"no sample of {name} comes with the graph; name a file with --data: {target.forms}"
            )
        return self._tree.root / SAMPLES / target.sample, release or target.release

    def facts(
        self, target: str, data: str | Path | None = None, release: str | None = None
    ) -> dict[str, bytes]:
        """
        Return what a data set says of things that are reviewed, as CSV by the mapping that reads it.

        Raises:
            UnknownName: there is no such target.
            ParameterError: it has no facts, or nothing linked to it is reviewed.
            DataError: the file is not one of the publisher's.
        """
        module, table = links.load(target), self.table(target)
        if not module.TARGET.speaker:
            having = ", ".join(name for name in links.names() if links.load(name).TARGET.speaker)
            raise ParameterError(f"{target} has no facts to show beside ours; there are: {having}")
        source, version = self._source(target, module.TARGET, data, release)
        linked = facts.wanted(table, module.TARGET.prefix) if table else {}
        if not linked:
            raise ParameterError(f"nothing linked to {target} is reviewed yet: anshan-kg review {target}")
        shorts = {thing for thing, _ in linked.values()}
        disputed: dict[tuple[str, str], str] = {}
        for row in self._ask(
            queries.load("disputed", "lookups").bind(thing=[iri(each) for each in shorts])
        ).texts():
            key = curie(row["thing"]), slug_of(row["property"])
            disputed[key] = "|".join(filter(None, (disputed.get(key, ""), slug_of(row["conflict"]))))
        said = module.facts(source, linked.keys())
        made = facts.tables(target, module.TARGET, version, said, linked, disputed)
        rows = {"sources": [facts.source(target, module.TARGET, version)], **made}
        return {mapping: facts.as_csv(each) for mapping, each in rows.items()}

    def judge(
        self,
        target: str,
        verdicts: Iterable[Verdict],
        reviewer: str,
        today: str,
        out: str | Path | None = None,
    ) -> MappingSet:
        """
        Write judgements into the table of a target, all of them or none.

        Raises:
            UnknownName: there is no such target or pair.
            ParameterError: a judgement is impossible, or nothing was linked yet.
            DataError: the table cannot be written.
        """
        place = Path(out) if out is not None else self.path(target)
        if out is None and self._tree.packaged:
            raise DataError(place, "lies in the installed package; name a working tree with --root DIR")
        with _alone(place.parent):
            table = self.table(target)
            if table is None:
                raise ParameterError(f"nothing was linked to {target} yet: anshan-kg link {target}")
            made = judge.apply(table, verdicts, reviewer, today)
            self._write(place, made)
        self._theirs.pop(target, None)
        return made

    def _write(self, place: Path, table: MappingSet) -> bool:
        text = sssom.write(table)
        sssom.parse(place.as_posix(), text)  # what cannot be read back is not written
        if place.exists() and place.read_bytes() == text.encode():
            return False
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(place, f"cannot be written: {error.strerror}") from error
        files.write_file(place, text.encode())
        return True


_ORDER = (State.REVIEWED, State.UNSURE, State.OPEN, State.NIL, State.RETIRED, State.REFUSED)
_WANTED = (
    {State.REVIEWED}, {State.OPEN}, {State.UNSURE}, {State.NIL, State.RETIRED, State.REFUSED},
)  # fmt: skip


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time judge in a folder, so that no judgement is lost."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise DataError(folder, f"cannot be read: {error.strerror}") from error
    try:
        locks.lock(handle)
        yield
    finally:
        os.close(handle)


def _refused(table: MappingSet | None) -> frozenset[tuple[str, str]]:
    return frozenset(row.key for row in table.rows if row.state is State.REFUSED) if table else frozenset()


def key_of(row: Row) -> str:
    """Return what a row is called in addresses and lists: its two short names."""
    return f"{row.subject_id} {row.object_id}"
