"""What may be written into a cell that a spreadsheet opens."""

from __future__ import annotations

import re

# full-width signs count too: OWASP, CSV injection, https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]\d[\d,]*(?:\.\d+)?%?")


def tame(cell: str, *, numbers: bool = True) -> str:
    """
    Return a cell that no spreadsheet takes for a formula: with an apostrophe before it.

    Args:
        cell: What it says.
        numbers: Leave one that is a number with a sign as it is; a name is none, whatever it looks like.

    >>> tame("=1+1"), tame("-12.5"), tame("-12.5", numbers=False), tame("鞍钢")
    ("'=1+1", '-12.5', "'-12.5", '鞍钢')
    """
    plain = cell.replace("\x00", "")
    if not plain.startswith(_FORMULA) or (numbers and _NUMBER.fullmatch(plain)):
        return plain
    return f"'{plain}"
