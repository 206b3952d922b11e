"""Values that the user gives for a step, a factor or a product, checked before they are used."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from anshan_kg.errors import ParameterError
from anshan_kg.flows import units
from anshan_kg.flows.factors import Conversion, Factor, Interval
from anshan_kg.flows.knowledge import possible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anshan_kg.flows.knowledge import Knowledge

_ONE = Decimal(1)
_GIVEN = re.compile(r"(?P<numbers>[^\sA-Za-z%³]+)\s*(?P<unit>[A-Za-z0-9³]+/[A-Za-z0-9³]+|%)?")


@dataclass
class Setting:
    """A value that the user gave for a step, a factor or a material, and whether it was used."""

    key: str
    value: Interval
    unit: str
    used: bool = field(default=False)


def setting_of(key: str, text: str) -> Setting:
    """
    Return what a user gave for a key: one number, `low..high`, or `low/central/high`, and a unit.

    Raises:
        ParameterError: it is no number, not above zero, or not in order.
    """
    found = _GIVEN.fullmatch(text.strip())
    numbers: list[Decimal] = []
    if found is not None:
        try:
            numbers = [Decimal(part) for part in re.split(r"\.\.|/", found["numbers"])]
        except ArithmeticError:
            numbers = []
    if found is None or len(numbers) not in {1, 2, 3}:
        raise ParameterError(
            f"the value {text!r} is no number; write one as 0.56, a range as 0.55..0.58, or low, "
            "central and high as 0.55/0.56/0.58",
            f"“{text}”不是数值；请写一个数（0.56）、一个范围（0.55..0.58）或低、中、高三值（0.55/0.56/0.58）",
        )
    if any(not number.is_finite() or number <= 0 for number in numbers):
        raise ParameterError(
            f"the value {text!r} is out of range: it has to be above zero", f"“{text}”超出范围：须大于零"
        )
    if numbers != sorted(numbers):
        raise ParameterError(
            f"the value {text!r} is not in order: low first, high last",
            f"“{text}”次序有误：低值在前，高值在后",
        )
    central = {1: numbers[0], 2: None, 3: numbers[1] if len(numbers) == 3 else None}[len(numbers)]  # noqa: PLR2004
    return Setting(key, Interval(numbers[0], central, numbers[-1]), found["unit"] or "")


def _keys(edge: Conversion) -> set[str]:
    return {edge.step, edge.end, *(factor.iri for factor in edge.factors)} - {""}


def applied(edge: Conversion, settings: dict[str, Setting], knowledge: Knowledge) -> Conversion:
    """
    Return a conversion with the user's value in it, where one is for it.

    Raises:
        ParameterError: the value counts something else, or more would come out than goes in.
    """
    if edge.given:
        return edge
    for setting in settings.values():
        by_factor = any(factor.iri == setting.key for factor in edge.factors)
        if setting.key not in _keys(edge):
            continue
        if setting.key == edge.step and not _is_main(edge, knowledge):
            continue
        setting.used = True
        value = _in_base(setting, edge, by_factor=by_factor)
        return Conversion(
            edge.start, edge.end, value, edge.start_kind, edge.end_kind, edge.factors, edge.step,
            edge.method, edge.moisture, edge.divided, given=True,
        )  # fmt: skip
    return edge


def _in_base(setting: Setting, edge: Conversion, *, by_factor: bool) -> Interval:
    """Return a given value as base units of the end for one of the start, checked to be possible."""
    turned = by_factor and edge.divided
    value = setting.value
    tops = (edge.start_kind, edge.end_kind) if turned else (edge.end_kind, edge.start_kind)
    if setting.unit == "%":
        value = value.scaled(Decimal("0.01"))
    elif setting.unit:
        top, bottom = (part.replace("³", "3") for part in setting.unit.split("/"))
        given = (units.dimension(top), units.dimension(bottom))
        if given != tops:
            want, wanted = (
                glue.join(units.KINDS[kind][n] for kind in tops) for n, glue in enumerate((" per ", "/"))
            )
            raise ParameterError(
                f"{setting.unit} does not fit here: the value has to be {want}",
                f"{setting.unit}不适用于此：该值须为{wanted}",
            )
        value = value.scaled(units.factor_to_base(top) / units.factor_to_base(bottom))
    elif by_factor and edge.factors:
        value = value.scaled(_printed_scale(edge.factors[0]))
    value = value.inverse() if turned else value
    if edge.start_kind == edge.end_kind and value.high > _ONE and not _may_exceed(edge):
        raise ParameterError(
            f"the value {units.rounded(value.high)} is out of range: more would come out than goes in; "
            "a yield of one input lies between 0 and 1",
            f"{units.rounded(value.high)}超出范围：产出会多于投入；单一投入的产率在0与1之间",
        )
    return value


def _printed_scale(factor: Factor) -> Decimal:
    """Return how many base units one unit of a factor, as its source prints it, is."""
    found = re.search(r"(\S+)/(\S+)$", factor.printed)
    if found is None:
        return _ONE
    top, bottom = (part.replace("³", "3").replace("kW·h", "kWh") for part in found.groups())
    return units.factor_to_base(top) / units.factor_to_base(bottom)


def _may_exceed(edge: Conversion) -> bool:
    """Return whether more may come out than goes in: what the factors say comes from several inputs."""
    return edge.value.high > _ONE


def _is_main(edge: Conversion, knowledge: Knowledge) -> bool:
    """Return whether a step is for making what a conversion makes."""
    mains = {
        f.material for f in knowledge.flows if f.step == edge.step and f.out and f.role == "main-product"
    }
    return not mains or edge.end in mains


def new_conversions(
    knowledge: Knowledge, edges: Sequence[Conversion], settings: dict[str, Setting]
) -> Iterable[Conversion]:
    """Yield conversions for steps without a factor that the user gives a value for."""
    known = {(edge.start, edge.end) for edge in edges}
    kinds = {edge.end: edge.end_kind for edge in edges} | {edge.start: edge.start_kind for edge in edges}
    for setting in settings.values():
        for start, end, step in possible(knowledge):
            if setting.key not in {step, end} or (start, end) in known:
                continue
            if any(edge.end == end and edge.step == step for edge in edges):
                continue
            edge = Conversion(
                start, end, Interval(_ONE, _ONE, _ONE), kinds.get(start, "[mass]"),
                kinds.get(end, "[mass]"), (), step, given=True,
            )  # fmt: skip
            setting.used = True
            yield Conversion(
                edge.start, edge.end, _in_base(setting, edge, by_factor=False),
                edge.start_kind, edge.end_kind, (), step, given=True,
            )  # fmt: skip


def unusable(key: str, edges: Sequence[Conversion], knowledge: Knowledge) -> ParameterError:
    """Return the error for a key that no calculation uses."""
    steps = {edge.step for edge in edges if edge.step} | {step for _, _, step in possible(knowledge)}
    known = ", ".join(sorted({step.rsplit("/", 1)[-1] for step in steps}))
    name = key.rsplit("/", 1)[-1]
    return ParameterError(
        f"{name} cannot be set: it is no step, factor or product of a calculation; steps are: {known}",
        f"不能设定{name}：它不是计算中的工序、系数或产品；工序有：{known}",
    )
