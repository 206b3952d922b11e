"""
Identifiers with check digits, and codes that have to be written in one way.

A code says nothing without its scheme: the same digits are iron ore in one classification and
stone in another, so nothing here compares identifiers of different schemes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}")
_LEI = re.compile(r"[0-9A-Z]{18}\d{2}")
_ISIN = re.compile(r"[A-Z]{2}[0-9A-Z]{9}\d")
_DIVISION = re.compile(r"\d{2}|\d{4}|\d{6}|\d{9}|\d{12}")


def _tidy(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()


def uscc(text: str) -> bool:
    """
    Say whether a unified social credit code passes its check character.

    Source: GB 32100-2015, section 4.6: 31 minus the weighted sum of the first 17 characters modulo 31.

    >>> uscc("9121030024150404XH"), uscc("9121030024150404XJ")
    (True, False)
    """
    code = _tidy(text)
    if not _USCC.fullmatch(code):
        return False
    total = sum(
        _USCC_ALPHABET.index(char) * weight for char, weight in zip(code, _USCC_WEIGHTS, strict=False)
    )
    return _USCC_ALPHABET[-total % len(_USCC_ALPHABET)] == code[-1]


def lei(text: str) -> bool:
    """
    Say whether a legal entity identifier passes its check digits.

    Source: ISO 17442-1 with ISO/IEC 7064 MOD 97-10: letters as 10 to 35, the number modulo 97 is 1.

    >>> lei("529900C743CUJOB8U132"), lei("529900C743CUJOB8U133")
    (True, False)
    """
    code = _tidy(text)
    return bool(_LEI.fullmatch(code)) and int("".join(str(int(char, 36)) for char in code)) % 97 == 1


def isin(text: str) -> bool:
    """
    Say whether an international securities identification number passes its check digit.

    Source: ISO 6166: letters as 10 to 35, then the Luhn formula over all digits.

    >>> isin("CNE1000001V4"), isin("CNE1000001V5")
    (True, False)
    """
    code = _tidy(text)
    if not _ISIN.fullmatch(code):
        return False
    total = 0
    for place, digit in enumerate(reversed("".join(str(int(char, 36)) for char in code))):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the sum of two digits
    return total % 10 == 0


def division(text: str) -> str:
    """
    Return a division code of GB/T 2260 in six digits, or of towns in nine; empty where it is none.

    >>> division("21"), division("2103"), division("210381107"), division("2103x")
    ('210000', '210300', '210381107', '')
    """
    code = _tidy(text)
    if not _DIVISION.fullmatch(code):
        return ""
    return code[:9] if len(code) > 6 else code.ljust(6, "0")  # noqa: PLR2004 - digits down to the county


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "uscc": uscc,
    "lei": lei,
    "isin": isin,
    "gbt2260": lambda text: bool(division(text)),
}
"""The schemes whose identifiers can be checked; the others are taken as they are."""

UNIQUE = frozenset({"uscc", "lei", "gbt2260"})
"""Schemes in which one thing has one identifier, so that two different ones are two things."""


def normal(scheme: str, value: str) -> str:
    """Return an identifier as it is compared within its scheme."""
    return division(value) if scheme == "gbt2260" else _tidy(value)


def valid(scheme: str, value: str) -> bool:
    """Say whether an identifier passes the check of its scheme; true where the scheme has none."""
    check = CHECKS.get(scheme)
    return check is None or check(value)
