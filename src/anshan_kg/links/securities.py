"""Listed securities, from FinanceDatabase: the lines under which shares are traded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from anshan_kg.linking.record import Kind, Record
from anshan_kg.links._table import Once, csv_rows
from anshan_kg.links._target import CLOSE, REFERENCES, Target
from anshan_kg.model import Labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

TARGET = Target(
    title=Labels("Listed securities (FinanceDatabase)", "上市证券（FinanceDatabase）"),
    publisher="JerBouma/FinanceDatabase",
    licence="https://opensource.org/license/mit",
    home="https://github.com/JerBouma/FinanceDatabase",
    release="268be5d",
    sample="financedatabase_equities_china_materials_liaoning.csv",
    ours=("actors",),
    prefix="security",
    space=f"{REFERENCES}security/",
    check="isin",
    # A share is not the company that issued it; both lines of one company are close to it.
    relations={"exact": CLOSE, "close": CLOSE},
    unlike={Kind.GROUP: ""},
    forms="equities of FinanceDatabase by exchange (SHZ.csv, SHH.csv, HKG.csv)",
    attribution="FinanceDatabase by Jeroen Bouma (MIT)",
)

_SHAPE = ("symbol", "name", "exchange", "country", "city", "isin")
_H_SHARE = re.compile(r"\s+Class H$")


def records(path: Path) -> Iterator[Record]:
    """
    Yield the lines.

    The data set gives the A line of a company that is listed twice the name and the ISIN of its
    H line; such a line keeps neither, and says so. See `Module.records`.
    """
    once = Once(path)
    for row in csv_rows(path, [_SHAPE]):
        symbol = once(row["symbol"])
        borrowed = not symbol.endswith(".HK") and bool(_H_SHARE.search(row["name"]))
        name = _H_SHARE.sub("", row["name"]) if borrowed else row["name"]
        yield Record(
            symbol,
            (("en", name), ("code", symbol)),
            kind=Kind.SECURITY,
            places=tuple(filter(None, (row["country"], row["city"]))),
            identifiers=_identifiers(row, symbol, borrowed=borrowed),
            status="delisted" if row.get("delisted", "").lower() == "true" else "listed",
            note=_note(row, borrowed=borrowed),
        )


def ticker(symbol: str) -> str:
    """Return a symbol as exchanges write it: Shanghai is SH, not SS."""
    return re.sub(r"\.SS$", ".SH", symbol)


def _identifiers(row: Mapping[str, str], symbol: str, *, borrowed: bool) -> dict[str, str]:
    found = {"ticker": ticker(symbol)}
    if row["isin"] and not borrowed:
        found["isin"] = row["isin"]
    if row.get("figi"):
        found["figi"] = row["figi"]
    return found


def _note(row: Mapping[str, str], *, borrowed: bool) -> str:
    parts = [row.get("industry", ""), row["exchange"], row.get("website", "")]
    parts += ["name and ISIN of the H line left out"] if borrowed else []
    return "; ".join(filter(None, parts))
