"""Rows to be judged as a plain table, out to a spreadsheet and back."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from anshan_kg import files
from anshan_kg.curation.judge import Judgement, Verdict
from anshan_kg.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anshan_kg.curation.desk import Pair

COLUMNS = (
    "judgement", "why", "predicate", "subject", "object", "ours", "theirs", "ours_place", "theirs_place",
    "ours_note", "theirs_note", "score", "suggested", "reasons",
)  # fmt: skip
"""The columns; only the first five are read back."""

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 64 * 2**20


def write(pairs: Sequence[Pair], lang: str) -> str:
    """
    Return rows as tab-separated text, with an empty column for the judgement.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it.

    Args:
        pairs: The rows with both records.
        lang: Language of the reasons.
    """
    out = io.StringIO()
    table = csv.writer(out, delimiter="\t", lineterminator="\n")
    table.writerow(COLUMNS)
    for pair in pairs:
        reasons = [
            reason.zh if lang == "zh" else reason.en for reason in (pair.match.reasons if pair.match else ())
        ]
        other = pair.theirs
        cells = (
            _judgement(pair), "", pair.row.predicate_id, pair.row.subject_id, pair.row.object_id,
            " · ".join(name for kind, name in pair.ours.names if kind in {"zh", "en"}),
            " · ".join(name for _, name in other.names) if other else pair.row.object_label,
            " > ".join(pair.ours.places), " > ".join(other.places) if other else "",
            pair.ours.note, other.note if other else "",
            pair.row.confidence, pair.row.other.get("decision", ""), "; ".join(reasons) or pair.row.comment,
        )  # fmt: skip
        table.writerow([_safe(cell) for cell in cells])
    return out.getvalue()


def _judgement(pair: Pair) -> str:
    marks = {"reviewed": Judgement.YES, "refused": Judgement.NO, "unsure": Judgement.UNSURE}
    return marks[pair.row.state.value].value if pair.row.state.value in marks else ""


def _safe(text: str) -> str:
    plain = " ".join(text.split())
    return f"'{plain}" if plain.startswith(_FORMULAS) else plain


def read(path: str | Path) -> list[Verdict]:
    """
    Return the judgements of a table; rows without one are passed over.

    Raises:
        DataError: it is no such table, or a judgement is neither y, n nor ?.
    """
    place = Path(path)
    text = files.read_text(place)
    if len(text) > _LONGEST:
        raise DataError(place, f"has more than {_LONGEST // 2**20} MB")
    found: list[Verdict] = []
    try:
        table = csv.DictReader(io.StringIO(text), delimiter="\t", strict=True)
        lacking = [
            name for name in ("judgement", "subject", "object") if name not in (table.fieldnames or ())
        ]
        if lacking:
            raise DataError(
                place, f"has no column {', '.join(lacking)}; make one with review TARGET --list", 1
            )
        for row in table:
            said = (row["judgement"] or "").strip().lower()
            if not said:
                continue
            if said not in set(Judgement):
                raise DataError(place, f"has the judgement {said!r}; it can be y, n or ?", table.line_num)
            cells = {
                name: (row.get(name) or "").strip() for name in ("subject", "object", "why", "predicate")
            }
            found.append(
                Verdict(cells["subject"], cells["object"], Judgement(said), cells["why"], cells["predicate"])
            )
    except csv.Error as error:
        raise DataError(place, f"is not a tab-separated table: {error}") from error
    return found
