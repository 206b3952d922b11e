"""Numbers as people of either language read them: 100 million, 1亿."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_STEPS = {
    "en": ((Decimal(10**12), " trillion"), (Decimal(10**9), " billion"), (Decimal(10**6), " million")),
    "zh": ((Decimal(10**12), "万亿"), (Decimal(10**8), "亿"), (Decimal(10**4), "万")),
}  # fmt: skip
_DECIMALS = 4
_GROUPED_FROM = 10_000


def spell(value: Decimal, lang: str) -> str:
    """
    Return a number in the words of a language, without loss.

    A number is put in millions (万, 亿) only where at most four decimals then remain; otherwise
    it is written out, its digits grouped where there are more than four before the point.

    >>> spell(Decimal(100000000), "en"), spell(Decimal(100000000), "zh-Hans")
    ('100 million', '1亿')
    >>> spell(Decimal("2025"), "en"), spell(Decimal("1234567.25"), "en")
    ('2025', '1,234,567.25')
    """
    for size, word in _STEPS["zh" if lang.startswith("zh") else "en"]:
        scaled = value / size
        if abs(scaled) >= 1 and scaled == round(scaled, _DECIMALS):
            return f"{_plain(scaled, grouped=word.isascii())}{word}"
    return _plain(value, grouped=True)


def with_unit(number: str, unit: str, lang: str) -> str:
    """
    Return a spelt number with what is written for its unit behind it.

    >>> with_unit("100 million", "t/a", "en"), with_unit("1亿", "吨/年", "zh"), with_unit("6", "%", "en")
    ('100 million t/a', '1亿吨/年', '6%')
    """
    close = not unit or unit == "%" or lang.startswith("zh")
    return f"{number}{unit}" if close else f"{number} {unit}"


def _plain(value: Decimal, *, grouped: bool) -> str:
    text = f"{value:,f}" if grouped and abs(value) >= _GROUPED_FROM else f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_WORDS = {
    "hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "bn": 10**9, "kt": 10**3, "mt": 10**6,
    "百": 10**2, "千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8, "万亿": 10**12,
    "萬": 10**4, "百萬": 10**6, "千萬": 10**7, "億": 10**8, "萬億": 10**12,
}  # fmt: skip
_OTHER_UNITS = frozenset({"ha", "hectares", "mu", "kg", "km", "mm", "公顷", "亩", "公里", "平方米"})
"""Units that numbers are not kept in; what is printed in them was converted, and is not compared."""
_OF_DATES = frozenset({"月", "日", "号"})
"""Words after the numbers of a date; a date that leaves out its year says no amount."""
_NUMERALS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_SMALL = {word: number for number, word in enumerate(_NUMERALS, start=1)}
_PRINTED = re.compile(
    r"^\D*?(?P<minus>(?<!\w)[-\u2212]\s?)?(?P<number>\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"[\s(]*(?P<word>[a-z]+|[百千万亿萬億]+|公顷|亩|公里|平方米|[月日号])?",
    re.IGNORECASE,
)


def read(printed: str) -> Decimal | None:
    """
    Return the number that printed words say, None where they hold none that is understood.

    >>> read("over 1 billion"), read("5.5亿"), read("three bases"), read("unchanged")
    (Decimal('1000000000'), Decimal('550000000.0'), Decimal('3'), None)
    >>> read("-1.44%"), read("5月29日")
    (Decimal('-1.44'), None)
    """
    found = _PRINTED.match(printed)
    if found:
        word = (found["word"] or "").lower()
        if word in _OTHER_UNITS | _OF_DATES:
            return None
        amount = Decimal(re.sub("[, ]", "", found["number"])) * _WORDS.get(word, 1)
        return -amount if found["minus"] else amount
    first = re.match(r"[a-z]+", printed.lower())
    return Decimal(_SMALL[first[0]]) if first and first[0] in _SMALL else None


def decimal(text: str) -> Decimal | None:
    """Return a text as a number, None where it is none."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
