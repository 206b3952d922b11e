"""What may be written into a cell that a spreadsheet opens."""

from __future__ import annotations

import re

# full-width signs count too: OWASP, CSV injection, https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]\d[\d,]*(?:\.\d+)?%?")


def tame(cell: str) -> str:
    """
    Return a cell that no spreadsheet takes for a formula: with an apostrophe before it, unless a number.

    >>> tame("=1+1"), tame("-12.5"), tame("鞍钢")
    ("'=1+1", '-12.5', '鞍钢')
    """
    plain = cell.replace("\x00", "")
    return f"'{plain}" if plain.startswith(_FORMULA) and not _NUMBER.fullmatch(plain) else plain
