"""What is wrong with a text that is not SPARQL: where, and said so that it can be mended."""

from __future__ import annotations

import re

from anshan_kg.errors import QueryError
from anshan_kg.execution.gate import TOKEN
from anshan_kg.terms import PREFIXES

_PLACE = re.compile(r"error at (\d+):(\d+): ?(.*)", re.DOTALL)
_LONGEST_REASON = 200
_CONTEXT = 20
_LONGEST_LOOKED_AT = 100_000
"""Characters of a text in which the place of a prefix is looked for."""

FAULTS = {
    "unbound": (
        "The SELECT contains a variable that is unbound",
        "a variable of SELECT is neither in GROUP BY nor inside an aggregate",
    ),
    "twice": (
        "The SELECT overrides an existing variable using an expression",
        "AS names a variable that has a value already; take another name",
    ),
    "star": (
        "SELECT * is not authorized with GROUP BY",
        "SELECT * does not go with GROUP BY; name the variables",
    ),
    "address": ("IRI parsing failed", "what stands between < and > is no IRI"),
}
"""Kinds of fault that the engine tells in words: its words, and ours."""

ENDS = "the query ends too early"
"""Said of a text that is the beginning of a query."""

_UNDECLARED = re.compile(r"the prefix ([^:]*): is not declared")


def syntax_error(error: SyntaxError, text: str) -> QueryError:
    """Return the engine's syntax error with line, column, and what stands there."""
    found = _PLACE.search(str(error))
    if not found:
        return QueryError(f"not a SPARQL query: {str(error).splitlines()[0][:_LONGEST_REASON]}")
    line, column, reason = int(found[1]), int(found[2]), found[3].strip()
    # The engine stops at a name whose prefix it does not know, and seldom says so.
    if (place := _undeclared(text)) and place[1:] <= (line, column):
        prefix, line, column = place
        known = (
            f"add PREFIX {prefix}: <{PREFIXES[prefix]}>"
            if prefix in PREFIXES
            else f"add PREFIX {prefix}: <...>"
        )
        return QueryError(f"not a SPARQL query: the prefix {prefix}: is not declared; {known}", line, column)
    for theirs, ours in FAULTS.values():
        if theirs in reason:
            return QueryError(f"not a SPARQL query: {ours}", line, column)
    lines = text.splitlines()
    here = lines[line - 1] if line <= len(lines) else ""
    # The engine tells how far it could read, which may be just past the fault.
    near = here[max(0, column - 1 - _CONTEXT) : column - 1 + _CONTEXT].strip()
    to_the_end = not here[column - 1 :].strip() and not "".join(lines[line:]).strip()
    there = ENDS if to_the_end or not near else f"something is wrong near {near!r}"
    if not reason.startswith("expected"):  # the engine's own words, where they are not its grammar
        there = reason.splitlines()[0][:_LONGEST_REASON] if reason else there
    return QueryError(f"not a SPARQL query: {there}", line, column)


def kind_of(error: QueryError) -> tuple[str, str]:
    """
    Return of which kind a fault is, for those who say it in words of their own, and the prefix it is about.

    The kinds are those of `FAULTS`, and `prefix`, `end`, `update`, `syntax`.
    """
    said = str(error)
    if found := _UNDECLARED.search(said):
        return "prefix", found[1]
    if ENDS in said:
        return "end", ""
    if "is an update" in said:
        return "update", ""
    return next((kind for kind, (_, ours) in FAULTS.items() if ours in said), "syntax"), ""


def _undeclared(text: str) -> tuple[str, int, int] | None:
    """Return the first prefix that is used and not declared, with the line and column of its use."""
    declared: set[str] = set()
    last = ""
    for token in TOKEN.finditer(text[:_LONGEST_LOOKED_AT]):
        kind = token.lastgroup
        if kind == "name":
            prefix = token[0].partition(":")[0]
            if last == "PREFIX":
                declared.add(prefix)
            elif prefix not in declared and prefix != "_":
                before = text[: token.start()]
                return prefix, before.count("\n") + 1, token.start() - (before.rfind("\n") + 1) + 1
        if kind != "comment":
            last = token[0].upper() if kind == "words" else ""
    return None
