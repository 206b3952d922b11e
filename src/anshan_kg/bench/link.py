"""How well things are matched: on pairs that a person judged, on whole tables, and on many names."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from anshan_kg import queries
from anshan_kg.bench import gold, naming
from anshan_kg.execution import engine
from anshan_kg.linking.folding import fold, fold_many, is_chinese
from anshan_kg.linking.matcher import Matcher
from anshan_kg.linking.record import Decision
from anshan_kg.model import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from anshan_kg.bench.gold import Pair
    from anshan_kg.linking.record import Match, Record

PARTS = ("tuned", "reported", "both")
_ACCEPTED = {"exact", "close"}
_STEPS = 100
_KIB_IN_MB = 1000 / 1.024


@dataclass(slots=True)
class Counts:
    """
    What came of a number of decisions.

    Attributes:
        right: accepted, and rightly.
        wrong: accepted, and wrongly.
        missed: not accepted, or another was, although there is a right one.
        none: rightly nothing was accepted.
        asked: how many decisions there were; a wrong one may be a missed one as well.
    """

    right: int = 0
    wrong: int = 0
    missed: int = 0
    none: int = 0
    asked: int = 0

    @property
    def share(self) -> float:
        """The share of decisions that are right, none being an answer too."""
        astray = self.asked - self.right - self.none
        return 1 - astray / self.asked if self.asked else 1.0

    @property
    def precision(self) -> float:
        """The share of the accepted that is right."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of what is right that was accepted."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(slots=True)
class Quality:
    """
    What was found on the judged pairs.

    Attributes:
        pairs: counts by part and by `named` or `concepts`.
        top: counts of the first answer over whole tables by part and by `named`, `concepts` or `all`.
        amiss: what was decided otherwise than the person did, for reading.
    """

    pairs: dict[tuple[str, str], Counts] = field(default_factory=dict)
    top: dict[tuple[str, str], Counts] = field(default_factory=dict)
    amiss: list[str] = field(default_factory=list)


def accepted(match: Match) -> bool:
    """Say whether a match is taken for the same thing, or nearly."""
    return match.decision is Decision.ACCEPT and match.relation in _ACCEPTED


def aliases(store: ox.Store) -> Callable[[Record], Iterable[tuple[str, str]]]:
    """Return what gives for a record the other names of the one thing of a graph that bears its first."""
    table = engine.evaluate(store, queries.load("names", "picks").text)
    assert isinstance(table, Table)  # noqa: S101 - our own SELECT
    by_thing: dict[str, list[str]] = defaultdict(list)
    bearers: dict[str, set[str]] = defaultdict(set)
    for row in table:
        thing, name = row["thing"], row["name"]
        if isinstance(thing, ox.NamedNode) and isinstance(name, ox.Literal):
            by_thing[thing.value].append(name.value)
            bearers[fold(name.value)].add(thing.value)

    def more(record: Record) -> Iterable[tuple[str, str]]:
        things = bearers.get(fold(record.names[0][1]), set()) if record.names else set()
        if len(things) != 1:
            return []
        known = {fold(name) for _, name in record.names}
        found = [name for name in by_thing[next(iter(things))] if fold(name) not in known]
        return [("zh" if is_chinese(name) else "en", name) for name in found]

    return more


def quality(pairs: Sequence[Pair], tables: Mapping[str, Sequence[Record]]) -> Quality:
    """Judge all pairs, and find all things in the tables that pairs are from."""
    found = Quality()
    _judge(pairs, found)
    _retrieve(pairs, tables, found)
    return found


def _count(into: dict[tuple[str, str], Counts], part: str, group: str) -> list[Counts]:
    return [into.setdefault((each, group), Counts()) for each in (part, "both")]


def _judge(pairs: Sequence[Pair], found: Quality) -> None:
    matcher = Matcher([])
    for pair in pairs:
        if pair.match == "broad":
            continue
        match = matcher.judge(pair.ours, pair.theirs)
        took, same = accepted(match), pair.match in gold.SAME
        for counts in _count(found.pairs, pair.part, "concepts" if pair.concept else "named"):
            counts.right += took and same
            counts.wrong += took and not same
            counts.missed += same and not took
            counts.none += not same and not took
            counts.asked += 1
        if took != same:
            found.amiss.append(_told(pair, match))


def _told(pair: Pair, match: Match) -> str:
    theirs = " | ".join(name for _, name in pair.theirs.names)
    why = "; ".join(reason.en for reason in match.reasons)
    return (
        f"{pair.ours.id} and {pair.dataset} {pair.theirs.id} ({theirs}): {pair.match}, but {match.score:.2f} "
        f"{match.decision} {match.relation}: {why}"
    )


def _retrieve(pairs: Sequence[Pair], tables: Mapping[str, Sequence[Record]], found: Quality) -> None:
    asked: dict[tuple[str, str, str], list[Pair]] = defaultdict(list)
    for pair in pairs:
        if pair.dataset in tables:
            asked[pair.dataset, pair.ours.id, pair.ours.kind].append(pair)
    matchers = {name: Matcher(records) for name, records in tables.items()}
    for (dataset, *_), judged in asked.items():
        ours = judged[0].ours
        right = {pair.theirs.id for pair in judged if pair.match in gold.SAME}
        top = next((match for match in matchers[dataset].match(ours) if accepted(match)), None)
        group = "concepts" if judged[0].concept else "named"
        for name in (group, "all"):
            for counts in _count(found.top, judged[0].part, name):
                counts.right += top is not None and top.record.id in right
                counts.wrong += top is not None and top.record.id not in right
                counts.missed += bool(right) and (top is None or top.record.id not in right)
                counts.none += top is None and not right
                counts.asked += 1
        if (top.record.id not in right) if top else bool(right):
            said = f"{top.record.id} ({top.record.names[0][1]})" if top else "none"
            found.amiss.append(
                f"{ours.id} in {dataset}: {said} instead of {', '.join(sorted(right)) or 'none'}"
            )


# size


@dataclass(slots=True)
class Run:
    """
    One way of finding many names among many more, measured in a process of its own.

    Attributes:
        name: the way.
        seconds: of each round, from the records to the answers.
        megabytes: the most memory the process had.
        suggested: counts of what is accepted or put before a person.
        taken: counts of what is accepted without one; none of a way that knows one threshold.
    """

    name: str
    seconds: list[float] = field(default_factory=list)
    megabytes: float = 0.0
    suggested: Counts = field(default_factory=Counts)
    taken: Counts | None = None

    @property
    def median(self) -> float:
        """The seconds of the middle round."""
        return statistics.median(self.seconds)


def size(names: int, asked: int, seed: int, rounds: int, say: Callable[[str], None]) -> list[Run]:
    """Measure finding so many names among so many, beside plain TF-IDF where scikit-learn is installed."""
    ways = {"anshan-kg": _ours}
    try:
        import sklearn  # noqa: F401, PLC0415 - only to know whether it is there
    except ImportError:
        say("scikit-learn is not installed, so there is nothing to compare with: pip install scikit-learn")
    else:
        ways["TF-IDF of 1 to 3 characters"] = _tfidf
    runs = {name: Run(name) for name in ways}
    spawn = multiprocessing.get_context("spawn")
    for at in range(rounds):
        for name, way in ways.items():
            with spawn.Pool(1) as pool:
                seconds, memory, suggested, taken = pool.apply(way, (names, asked, seed))
            run = runs[name]
            run.seconds.append(seconds)
            run.megabytes = max(run.megabytes, memory)
            run.suggested, run.taken = suggested, taken
            say(f"round {at + 1}: {name} {seconds:.2f} s")
    return list(runs.values())


def _memory() -> float:
    import resource  # noqa: PLC0415 - Windows has none, and has to be able to import this module

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_IN_MB


_Measured = tuple[float, float, Counts, Counts | None]


def _ours(names: int, asked: int, seed: int) -> _Measured:
    invented = naming.invent(names, asked, seed)
    start = time.perf_counter()
    answers = Matcher(invented.table).match_many(invented.queries, limit=1)
    seconds = time.perf_counter() - start
    best = [answer[0] if answer else None for answer in answers]
    taken, shown = {Decision.ACCEPT}, {Decision.ACCEPT, Decision.REVIEW}
    told, sure = (
        [match.record.id if match and match.decision in wanted else "" for match in best]
        for wanted in (shown, taken)
    )
    return seconds, _memory(), counted(told, invented.truth), counted(sure, invented.truth)


def _tfidf(names: int, asked: int, seed: int) -> _Measured:
    """Take the nearest by cosine, and the threshold that does best on these very names."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    invented = naming.invent(names, asked, seed)
    start = time.perf_counter()
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
    table = vectorizer.fit_transform(fold_many([record.names[0][1] for record in invented.table]))
    queries_ = vectorizer.transform(fold_many([record.names[0][1] for record in invented.queries]))
    best: list[tuple[float, str]] = []
    for first in range(0, asked, _STEPS):
        cosines = (queries_[first : first + _STEPS] @ table.T).tocsr()
        for row in range(cosines.shape[0]):
            data = cosines.getrow(row)
            top = data.data.argmax() if data.nnz else -1
            best.append((float(data.data[top]), f"n{data.indices[top]}") if data.nnz else (0.0, ""))
    seconds = time.perf_counter() - start
    found = [
        counted([name if cosine >= least / _STEPS else "" for cosine, name in best], invented.truth)
        for least in range(_STEPS)
    ]
    return seconds, _memory(), max(found, key=lambda counts: counts.f1), None


def counted(answers: Sequence[str], truth: Sequence[str]) -> Counts:
    """Compare answers with the truth; an empty one says that there is none."""
    counts = Counts()
    for answer, meant in zip(answers, truth, strict=True):
        counts.right += bool(answer) and answer == meant
        counts.wrong += bool(answer) and answer != meant
        counts.missed += bool(meant) and answer != meant
        counts.none += not answer and not meant
        counts.asked += 1
    return counts


# reports


def markdown(found: Quality | None, runs: Sequence[Run], names: int, asked: int) -> str:
    """Return everything that was measured as text."""
    lines: list[str] = []
    if found is not None:
        lines += ["## Judged pairs", ""]
        lines += ["| pairs | part | right | wrong | missed | precision | recall | F1 |", _RULE]
        lines += [_row(group, part, counts) for (part, group), counts in _sorted(found.pairs)]
        lines += ["", "## First answer over whole tables", ""]
        lines += [
            "| things | part | right | wrong | missed | precision | recall | F1 | right or rightly none |"
        ]
        lines += [f"{_RULE} ---: |"]
        for (part, group), counts in _sorted(found.top):
            lines.append(f"{_row(group, part, counts)} {counts.share:.3f} |")
        lines += ["", "## Decided otherwise than the person did", ""]
        lines += [f"- {line}" for line in found.amiss] or ["nothing"]
        lines.append("")
    if runs:
        lines += [f"## {asked:,} names among {names:,}", ""]
        lines += ["| way | seconds | MB | precision | recall | F1 | precision of accepted |", _SIZES]
        for run in runs:
            counts, taken = run.suggested, run.taken
            alone = f"{taken.precision:.3f}" if taken else "–"
            lines.append(
                f"| {run.name} | {run.median:.2f} | {run.megabytes:.0f} | {counts.precision:.3f} | "
                f"{counts.recall:.3f} | {counts.f1:.3f} | {alone} |"
            )
        lines.append("")
    return "\n".join(lines)


_RULE = "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
_SIZES = "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"


def _sorted(found: Mapping[tuple[str, str], Counts]) -> list[tuple[tuple[str, str], Counts]]:
    return sorted(found.items(), key=lambda item: (item[0][1], PARTS.index(item[0][0])))


def _row(group: str, part: str, counts: Counts) -> str:
    return (
        f"| {group} | {part} | {counts.right} | {counts.wrong} | {counts.missed} | {counts.precision:.3f} | "
        f"{counts.recall:.3f} | {counts.f1:.3f} |"
    )


def document(found: Quality | None, runs: Sequence[Run]) -> dict[str, Any]:
    """Return everything that was measured as plain values."""
    return {
        "pairs": _plain(found.pairs) if found else [],
        "top": _plain(found.top) if found else [],
        "amiss": found.amiss if found else [],
        "size": [asdict(run) | {"f1": run.suggested.f1} for run in runs],
    }


def _plain(found: Mapping[tuple[str, str], Counts]) -> list[dict[str, Any]]:
    return [
        {"part": part, "group": group, "precision": c.precision, "recall": c.recall, "f1": c.f1} | asdict(c)
        for (part, group), c in _sorted(found)
    ]


def load(path: Path, store: ox.Store | None) -> tuple[list[Pair], dict[str, list[Record]]]:
    """Read judged pairs, with the other names a graph knows of our things, and the tables beside them."""
    pairs = gold.read(path, aliases(store) if store is not None else None)
    return pairs, gold.tables(path.parent, {pair.dataset for pair in pairs})
