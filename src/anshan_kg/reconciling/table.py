"""A whole table reconciled: its rows again, each with the thing that its name means."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from anshan_kg.errors import ParameterError
from anshan_kg.reconciling.model import Ask, Given, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from anshan_kg.reconciling.model import Candidate
    from anshan_kg.reconciling.service import Reconciliation
    from anshan_kg.sheets import Line, Sheet

ADDED = ("id", "name", "score", "match")
"""The columns that are added: the likeliest thing, its name, 0 to 100, and whether it is sure."""
EXPLAINED = ("reasons", "others")
"""The columns that `explain` adds: why, and what else it may be."""

_TOGETHER = 200
_LIMIT = 4


class Reconciled:
    """
    A table on its way through reconciliation; go through it for its rows.

    Args:
        service: What knows the things.
        sheet: The table.
        column: The column with the names.
        kind: The class of the things; "" for any.
        properties: Property -> the column that holds its values.
        lang: Language of the names that are added.
        explain: Whether to say why.

    Raises:
        DataError: the table has no such column.
        ParameterError: there is no such class or property.
    """

    def __init__(
        self, service: Reconciliation, sheet: Sheet, column: str, *, kind: str = "",
        properties: Mapping[str, str] | None = None, lang: str = "zh", explain: bool = False,
    ) -> None:  # fmt: skip
        known = service.catalogue
        if kind and known.class_of(kind) is None:
            names = sorted(name.removeprefix("akg:") for name in known.inhabited)
            raise ParameterError(f"there is no class {kind!r}; there are: {', '.join(names)}")
        self._service, self._sheet, self._lang, self._explain = service, sheet, lang, explain
        self._column = sheet.column(column)
        self._kind = kind
        self._properties: dict[str, str] = {}
        for name, given in (properties or {}).items():
            if known.property_of(name) is None:
                raise ParameterError(
                    f"there is no property {name!r}; such as akg:locatedIn, skos:notation, akg:makes"
                )
            self._properties[name] = sheet.column(given)
        wanted = (*ADDED, *(EXPLAINED if explain else ()))
        self.added = {name: _free(name, sheet.columns) for name in wanted}
        self.sure = self.open = self.nothing = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the result: those of the table, then those that are added."""
        return (*self._sheet.columns, *self.added.values())

    def rows(self, progress: Callable[[int], None] = lambda _: None) -> Iterator[dict[str, str]]:
        """
        Yield the rows of the table with what was found; the same name is looked for once.

        Args:
            progress: Called with how many rows are done.
        """
        lines, known, done = iter(self._sheet), dict[Ask, "Sequence[Candidate]"](), 0
        while some := list(islice(lines, _TOGETHER)):
            asks = {str(line.number): self._ask(line) for line in some}
            new = {
                ask: str(at)
                for at, ask in enumerate(dict.fromkeys(asks.values()))
                if ask and ask not in known
            }
            found = self._service.answer({name: ask for ask, name in new.items() if ask})
            if len(known) > _REMEMBERED:
                known.clear()
            known |= {ask: found[name] for ask, name in new.items() if ask}
            for line in some:
                ask = asks[str(line.number)]
                yield {**line.cells, **self._told(known[ask] if ask else ())}
            done += len(some)
            progress(done)

    def _ask(self, line: Line) -> Ask | None:
        text = line.cells[self._column]
        if not text:
            return None
        given = tuple(
            Given(name, (Value(line.cells[column]),))
            for name, column in self._properties.items()
            if line.cells[column]
        )
        return Ask(text[:_LONGEST], (self._kind,) if self._kind else (), limit=_LIMIT, properties=given)

    def _told(self, found: Sequence[Candidate]) -> dict[str, str]:
        if not found:
            self.nothing += 1
            return {self.added["match"]: "false"}
        best, *others = found
        self.sure, self.open = self.sure + best.match, self.open + (not best.match)
        told = {
            "id": best.id, "name": self._name(best), "score": f"{best.score:g}",
            "match": "true" if best.match else "false",
        }  # fmt: skip
        if self._explain:
            told["reasons"] = "; ".join(reason.best(self._lang) for reason in best.reasons)
            told["others"] = "; ".join(f"{self._name(each)} ({each.score:g}) {each.id}" for each in others)
        return {self.added[name]: value for name, value in told.items()}

    def _name(self, found: Candidate) -> str:
        return self._service.catalogue.things[found.id].labels.best(self._lang)


_LONGEST = 500
_REMEMBERED = 20_000
"""Names whose answers are kept, so that a table of a million rows needs no more memory than this."""


def _free(name: str, columns: Sequence[str]) -> str:
    """Return a name for a column that the table does not have."""
    return name if name not in columns else _free(f"{name} (anshan-kg)", columns)
