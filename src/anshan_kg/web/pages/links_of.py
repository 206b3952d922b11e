"""The links to one data set: rows by state, and one pair side by side with what speaks for and against it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import current_app, request

from anshan_kg import links
from anshan_kg.curation.judge import counts
from anshan_kg.errors import ParameterError
from anshan_kg.sssom import NOTHING, State
from anshan_kg.web.data import to_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Table
    from anshan_kg.sssom import Row

PATH = "/links/<target>"
_PAGE = 50


def view(kg: KnowledgeGraph, target: str) -> dict[str, Any]:
    """Return rows of a state, and the pair that the address names, if it names one."""
    said, rows, state = links.load(target).TARGET, _rows(kg, target), _state()
    thing, other = request.args.get("subject", ""), request.args.get("object", "")
    if other and not thing:
        found = [row for row in rows if row.object_id == other]
        thing = found[0].subject_id if len(found) == 1 else ""
        chosen: Sequence[Row] = found
    else:
        chosen = [row for row in rows if state is None or row.state is state]
    start = _start(len(chosen))
    return {
        "target": target,
        "said": said,
        "counts": counts(rows),
        "state": state,
        "rows": chosen[start : start + _PAGE],
        "start": start,
        "size": _PAGE,
        "total": len(chosen),
        "nothing": NOTHING,
        "address_of": said.space if not said.space.startswith("https://w3id.org/anshan-kg/") else "",
        "pair": kg.desk.pair(target, thing, other) if thing and other else None,
        "judging": current_app.config.get("JUDGING", lambda: False)(),
    }


def data(kg: KnowledgeGraph, target: str) -> list[dict[str, Any]]:
    """Return the rows of a state with the columns of SSSOM."""
    state = _state()
    links.load(target)
    rows = (row for row in _rows(kg, target) if state is None or row.state is state)
    return [{**asdict(row), "other": dict(row.other), "state": row.state.value} for row in rows]


def table(kg: KnowledgeGraph, target: str) -> Table:
    """Return the same as a table."""
    return to_table(data(kg, target))


def things(kg: KnowledgeGraph, target: str) -> list[str]:
    """Return the things of ours in those rows."""
    known = kg.desk.table(target)
    rows = data(kg, target)
    return [known.expand(row["subject_id"]).value for row in rows] if known else []


def _rows(kg: KnowledgeGraph, target: str) -> tuple[Row, ...]:
    table = kg.desk.table(target)
    # What has nothing there comes last: it is most of many tables, and not what people come for.
    return tuple(sorted(table.rows, key=lambda row: row.state is State.NIL)) if table else ()


def _state() -> State | None:
    wanted = request.args.get("state", "")
    if wanted and wanted not in set(State):
        raise ParameterError(f"no state is called {wanted!r}; there are: {', '.join(State)}")
    return State(wanted) if wanted else None


def _start(total: int) -> int:
    text = request.args.get("start", "0") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - digits of any table
        raise ParameterError(f"start is {text[:20]!r}; it is the number of the first row, from 0")
    return min(int(text), max(total - 1, 0))
