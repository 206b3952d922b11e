"""
The tree of errors; each class answers "whose fault is it?".

::

    AnshanError
    ├── UserError            what was asked cannot be done as asked
    │   ├── UnknownName      no such question, entity, format, view ...
    │   ├── ParameterError   a parameter is missing, unknown or of the wrong kind
    │   ├── QueryError       a query that is not SPARQL; knows line and column
    │   ├── QueryTooLong     a query with more characters than are read
    │   ├── TooMuch          more at one time than is taken at one time
    │   ├── QueryRefused     a query that is SPARQL but is not allowed here
    │   ├── ReadOnly         there is no writing here
    │   ├── Unauthorised     no token, or a wrong one
    │   ├── Forbidden        a token that is not good for this
    │   ├── InvalidChange    a write that would break the shapes of the ontology
    │   └── NotAcceptable    no format that the client takes can hold the answer
    ├── DataError            a file under ontology/ or graph/ is wrong; knows path and line
    ├── LimitError           a query passed a bound of this service
    │   ├── QueryTimeout     it took longer than its deadline
    │   ├── QueryMemory      it needed more memory than it may have
    │   ├── AnswerTooLarge   its answer has more bytes than it may
    │   ├── ChangeTimeout    a write took longer than its deadline
    │   ├── ChangeMemory     a write needed more memory than it may have
    │   ├── ChangeRoom       a write found no room on the disk
    │   ├── QueryCancelled   it was told to stop, or nobody waits for its answer any more
    │   ├── Throttled        its client has used up its time for now
    │   └── Overloaded       too many queries are waiting
    └── SourceError          something outside failed
        ├── StoreError       a remote SPARQL store did not answer, or not with SPARQL
        ├── WorkerError      a query worker died for a reason not listed above
        └── MissingAssets    the scripts and styles of the pages are not built

Messages say what, where and what to do. Which HTTP status or exit code an error becomes is
decided in `anshan_kg.web.problems` and `anshan_kg.cli.exits`, once each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


class AnshanError(Exception):
    """Anything this package raises on purpose."""


class UserError(AnshanError):
    """What was asked cannot be done as asked."""


class UnknownName(UserError, LookupError):
    """
    No such thing goes by that name.

    Attributes:
        kind: What was looked for: "question", "export", "entity" ...
        name: The name as given.
        known: The names there are, or the likeliest ones; may be empty.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str] = (), *, suggestions: bool = False) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        message = f"no {kind} is called {name!r}"
        if self.known:
            lead = "did you mean" if suggestions else "there are"
            message += f"; {lead}: {', '.join(self.known)}"
        super().__init__(message)


class ParameterError(UserError, ValueError):
    """
    A parameter is missing, unknown or of the wrong kind.

    Attributes:
        zh: The message in Chinese; "" where there is none.
    """

    def __init__(self, message: str, zh: str = "") -> None:
        self.zh = zh
        super().__init__(message)


class QueryError(UserError, ValueError):
    """
    A text that is not SPARQL.

    Attributes:
        line: Line of the error, counted from 1; None where the engine does not say.
        column: Column of the error, counted from 1; None where the engine does not say.
    """

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        self.line, self.column = line, column
        where = f"line {line}, column {column}: " if line is not None else ""
        super().__init__(f"{where}{message}")


class QueryTooLong(UserError):
    """A query with more characters than are read."""

    def __init__(self, length: int, most: int) -> None:
        super().__init__(f"the query has {length:,} characters; {most:,} are the most")


class TooMuch(UserError):
    """More at one time than is taken at one time; send it in parts."""


class QueryRefused(UserError):
    """A query that is SPARQL but is not allowed here."""


class ReadOnly(UserError):
    """There is no writing here."""


class Unauthorised(UserError):
    """
    A write came without a token, or with one that is not ours.

    Attributes:
        wrong: Whether there was one.
    """

    def __init__(self, message: str, *, wrong: bool = False) -> None:
        self.wrong = wrong
        super().__init__(message)


class Forbidden(UserError):
    """
    A token that is not good for what it was shown for.

    Attributes:
        scope: What it would have to be good for.
    """

    def __init__(self, message: str, scope: str) -> None:
        self.scope = scope
        super().__init__(message)


class InvalidChange(UserError):
    """
    A write that would break the shapes of the ontology; nothing was changed.

    Attributes:
        faults: What is wrong: focus, path, value, severity, and messages by language.
        report: The SHACL validation report, in N-Triples.
    """

    def __init__(self, faults: Sequence[Mapping[str, Any]], report: bytes) -> None:
        self.faults, self.report = tuple(faults), report
        first = next((each for each in faults if each["severity"] == "Violation"), faults[0])
        words = first["messages"].get("en") or next(iter(first["messages"].values()), "")
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        super().__init__(
            f"nothing was changed: the data would break the shapes of the ontology; "
            f"{first['focus']} {first['path']}: {words}{more}"
        )


class NotAcceptable(UserError):
    """No format that the client takes can hold the answer."""


class DataError(AnshanError):
    """
    A file under ontology/ or graph/ is wrong.

    Attributes:
        path: The file, as given.
        line: Line of the error, counted from 1; None where it concerns the whole file.
    """

    def __init__(self, path: Path | str, reason: str, line: int | None = None) -> None:
        self.path, self.line = path, line
        where = f"{path}:{line}" if line is not None else f"{path}"
        super().__init__(f"{where}: {reason}")


class InvalidGraph(DataError):
    """
    The graph breaks its own shapes or checks.

    Attributes:
        findings: What was found, as text lines, worst first.
    """

    def __init__(self, path: Path | str, findings: Sequence[str]) -> None:
        self.findings = tuple(findings)
        super().__init__(path, f"{len(self.findings)} finding(s)\n" + "\n".join(self.findings))


class LimitError(AnshanError):
    """A query passed a bound of this service."""


class QueryTimeout(LimitError):
    """The query took longer than its deadline and was stopped."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(
            f"the query was stopped after {seconds:g} s; make it more selective, add a LIMIT, "
            "or run it on your own copy of the data"
        )


class QueryMemory(LimitError):
    """The query needed more memory than a query may have and was stopped."""

    def __init__(self, megabytes: int) -> None:
        self.megabytes = megabytes
        super().__init__(
            f"the query was stopped because it needed more than {megabytes} MB; "
            "sort or group fewer rows, or add a LIMIT"
        )


class ChangeTimeout(LimitError):
    """A write took longer than its deadline; nothing was changed."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(
            f"nothing was changed: the write was stopped after {seconds:g} s; make it smaller, "
            "or use 'anshan-kg load' while the service is stopped"
        )


class ChangeMemory(LimitError):
    """A write needed more memory than it may have; nothing was changed."""

    def __init__(self, megabytes: int) -> None:
        self.megabytes = megabytes
        super().__init__(
            f"nothing was changed: the write was stopped because it needed more than {megabytes} MB; "
            "make it smaller, or use 'anshan-kg load' while the service is stopped"
        )


class ChangeRoom(LimitError):
    """A write could not be written: the disk is full, or broken; nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            "nothing was changed: the disk that holds the data is full, or cannot be written to; the one "
            "who runs the service has to look after it"
        )


class AnswerTooLarge(LimitError):
    """The answer is larger than the service sends."""

    def __init__(self, megabytes: int) -> None:
        self.megabytes = megabytes
        super().__init__(f"the answer is larger than {megabytes} MB; add a LIMIT or download the whole data")


class QueryCancelled(LimitError):
    """
    The query was stopped because somebody said so, or because its client has gone.

    Attributes:
        retry_after: Seconds after which it may be asked again.
    """

    retry_after = 2

    def __init__(self, reason: str = "the query was cancelled") -> None:
        super().__init__(reason)


class Throttled(LimitError):
    """
    The client has used up its query time for now.

    Attributes:
        retry_after: Whole seconds after which it has some again.
    """

    def __init__(self, retry_after: int, reason: str | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(
            reason
            or f"your queries took more time than a client may take; try again in {retry_after} s, "
            "or run them on your own copy of the data"
        )


class Overloaded(LimitError):
    """Too many queries are waiting already."""

    def __init__(self, retry_after: int = 2) -> None:
        self.retry_after = retry_after
        super().__init__(f"all query workers are busy; try again in {retry_after} s")


class SourceError(AnshanError):
    """Something outside this package failed."""


class StoreError(SourceError):
    """A remote SPARQL store did not answer, or not with SPARQL."""


class WorkerError(SourceError):
    """A query worker died; the service has replaced it."""


class MissingAssets(SourceError):
    """The scripts and styles of the pages are not built."""
