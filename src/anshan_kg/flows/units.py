"""Amounts with units, exact: what people type, what factors are counted in, what they are shown in."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from anshan_kg.errors import ParameterError

if TYPE_CHECKING:
    import pint

_DEFINITIONS = """\
gram = [mass] = g = 克
kilogram = 1000 * gram = kg = 千克 = 公斤
tonne = 1000000 * gram = t = 吨
kilotonne = 1000 * tonne = kt = 千吨
megatonne = 1000000 * tonne = Mt = 百万吨
cubic_metre = [volume] = m3 = 立方米 = 方
litre = 0.001 * cubic_metre = L = 升
normal_cubic_metre = [gas] = Nm3 = 标准立方米 = 标方 = 标立方米
megajoule = [energy] = MJ = 兆焦
gigajoule = 1000 * megajoule = GJ = 吉焦
kilowatt_hour = 3.6 * megajoule = kWh = 千瓦时 = 度
megawatt_hour = 3600 * megajoule = MWh = 兆瓦时
gigawatt_hour = 3600000 * megajoule = GWh = 吉瓦时
year = [time] = a = yr = 年
one = [] = 个
percent = 0.01 = % = 百分之一
"""
"""
The units of factors; nothing is converted that would need a fact of its own.

A cubic metre of gas at rest in the pipe and one at 0 °C and 101.325 kPa (Nm³) are of different
kinds here, since no source gives the conditions that would turn one into the other.
"""

KINDS = {
    "[mass]": ("mass", "质量"), "[volume]": ("volume", "体积"),
    "[gas]": ("gas volume at 0 °C and 101.325 kPa", "标准状态气体体积"),
    "[energy]": ("energy", "能量"), "": ("a bare number", "纯数"),
}  # fmt: skip
"""Dimension -> what it is called in both languages."""

_OF_GRAPH = {
    "GM": "g", "KiloGM": "kg", "TONNE": "t", "KiloTONNE": "kt", "MegaTONNE": "Mt", "M3": "m3", "L": "L",
    "Nm3": "Nm3", "MegaJ": "MJ", "KiloW-HR": "kWh", "MegaW-HR": "MWh", "FRACTION": "one", "UNITLESS": "one",
    "PERCENT": "percent", "NUM": "one", "MOL": "one",
}  # fmt: skip
"""Slug of a unit of the ontology -> unit here; moles occur only as mole per mole."""

_WORDS = {
    "": 1, "thousand": 10**3, "million": 10**6, "billion": 10**9, "千": 10**3, "万": 10**4, "百万": 10**6,
    "千万": 10**7, "亿": 10**8, "十亿": 10**9,
}  # fmt: skip
_AMOUNT = re.compile(
    r"(?P<number>[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d{1,2})?)\s*"
    r"(?P<word>thousand|million|billion|十亿|千万|百万|[千万亿])?\s*"
    r"(?P<unit>[A-Za-z%\u4e00-\u9fff][A-Za-z0-9³\u4e00-\u9fff]*)"
    r"(?P<rate>\s*(?:/\s*(?:a|yr|year|年)|per year|per annum|每年))?"
)
_SHOWN = {
    "[mass]": (("Mt", 10**6), ("kt", 10**3), ("t", 1)),
    "[gas]": (("million Nm3", 10**6), ("thousand Nm3", 10**3), ("Nm3", 1)),
    "[volume]": (("million m3", 10**6), ("m3", 1)),
    "[energy]": (("GWh", 3_600_000), ("MWh", 3_600), ("MJ", 1)),
    "": (("", 1),),
}  # fmt: skip
_BASE = {"[mass]": "t", "[gas]": "Nm3", "[volume]": "m3", "[energy]": "MJ", "": "one"}
LARGEST = Decimal(10) ** 18
"""Amounts above this, in base units, are taken for a slip."""


@cache
def _registry() -> pint.UnitRegistry[Any]:
    import pint  # noqa: PLC0415 - takes a fifth of a second, and only amounts need it

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(None, non_int_type=Decimal)
    for line in _DEFINITIONS.splitlines():
        if not line.startswith(("one", "percent")):
            registry.define(line)
    return registry


def dimension(unit: str) -> str:
    """
    Return what a unit measures, as a key of `KINDS`.

    Raises:
        ParameterError: no such unit is known; the message lists those that are.
    """
    if unit in {"one", "percent"}:
        return ""
    import pint  # noqa: PLC0415

    try:
        found = _registry().get_dimensionality(unit)
    except (pint.UndefinedUnitError, pint.DefinitionSyntaxError, AttributeError, ValueError) as error:
        raise ParameterError(
            f"no unit is called {unit!r}; there are: t, kt, Mt, kg, Nm3, m3, L, kWh, MWh, MJ, GJ, and 吨, "
            "万吨, 标准立方米, 立方米",
            f"没有名为“{unit}”的单位；可用：t、kt、Mt、kg、Nm3、m3、L、kWh、MWh、MJ、GJ，以及吨、万吨、标准立方米、立方米",
        ) from error
    return next(iter(found), "") if len(found) == 1 else str(found)


def factor_to_base(unit: str) -> Decimal:
    """
    Return how many base units (t, Nm³, m³, MJ) one of a unit is.

    Raises:
        ParameterError: no such unit is known.
    """
    if unit == "one":
        return Decimal(1)
    if unit == "percent":
        return Decimal("0.01")
    kind = dimension(unit)
    if kind not in _BASE:
        raise ParameterError(f"{unit} does not count an amount of material", f"{unit}不是物料数量的单位")
    return Decimal(_registry().convert(Decimal(1), unit, _BASE[kind]))


def of_graph(slug: str) -> str | None:
    """Return the unit that a unit of the ontology is here, None where amounts are never counted in it."""
    return _OF_GRAPH.get(slug)


def amount(text: str) -> tuple[Decimal, str, bool]:
    """
    Return what an amount says: number in base units, its dimension, and whether it is per year.

    >>> amount("1 Mt"), amount("3.5万吨/年")
    ((Decimal('1000000'), '[mass]', False), (Decimal('35000.0'), '[mass]', True))
    >>> amount("430 million Nm3")
    (Decimal('430000000'), '[gas]', False)

    Raises:
        ParameterError: it is no amount above zero in a known unit.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise ParameterError(
            f"the amount is {text!r}; write a number and a unit, such as '10 Mt', '35万吨' or '4e8 Nm3'",
            f"数量为“{text}”；请写数字和单位，如“10 Mt”、“35万吨”或“4e8 Nm3”",
        )
    number = Decimal(found["number"].replace(",", "")) * _WORDS[found["word"] or ""]
    if number <= 0:
        raise ParameterError(f"the amount is {text!r}; it has to be above zero", f"数量为“{text}”；须大于零")
    unit = found["unit"].replace("³", "3")
    base = number * factor_to_base(unit)
    if base > LARGEST:
        raise ParameterError(
            f"the amount is {text!r}, more than the world holds; is the unit right?",
            f"数量为“{text}”，超过世界所有；单位是否有误？",
        )
    return base, dimension(unit), found["rate"] is not None


def shown(values: tuple[Decimal | None, ...], kind: str) -> tuple[str, Decimal]:
    """Return the unit in which numbers of a dimension read best, and how many base units it is."""
    largest = max((value for value in values if value is not None), default=Decimal(0))
    steps = _SHOWN[kind]
    for name, size in steps:
        if largest >= size:
            return name, Decimal(size)
    name, size = steps[-1]
    return name, Decimal(size)


def rounded(value: Decimal, digits: int = 3) -> str:
    """
    Return a number to so many significant digits, without exponent.

    >>> [rounded(Decimal(each)) for each in ("37.5", "23.3658", "6.29856", "1254")]
    ['37.5', '23.4', '6.3', '1250']
    """
    if value == 0:
        return "0"
    step = Decimal(1).scaleb(value.adjusted() - digits + 1)
    text = f"{value.quantize(step) if step < 1 else (value / step).quantize(Decimal(1)) * step:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
