"""The calculator: what an amount of a material could yield, each factor cited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import g, request

from anshan_kg.errors import ParameterError, UnknownName
from anshan_kg.flows import units
from anshan_kg.terms import PREFIXES, slug_of
from anshan_kg.web import amounts

if TYPE_CHECKING:
    from anshan_kg.flows.answer import Need, Potential, Stop, Yield
    from anshan_kg.flows.factors import Factor, Interval
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.model import Labels, Table

PATH = "/potential"

_LONGEST = 200
_MOST_SETTINGS = 20
_OWN = "own-"
"""What fields for own values are called, before the step or product that they are for."""
_UNITS = {
    "en": ("t", "kt", "Mt", "Nm3", "million Nm3", "m3", "million m3"),
    "zh": ("吨", "万吨", "百万吨", "标准立方米", "亿标准立方米", "立方米", "万立方米"),
}
_USUAL = {"en": ("Mt", 1), "zh": ("万吨", 100)}
"""The unit that people of a language would take, and how many of it are a million tonnes."""
_EXAMPLES = (
    ("metallurgical-coke", 1, "coal-tar-pitch"), ("metallurgical-coke", 1, ""),
    ("coking-coal", 10, ""), ("crude-steel", 10, ""), ("iron-ore", 100, ""), ("magnesite-ore", 1, ""),
)  # fmt: skip
"""Material, million tonnes, and product to click; those that the graph cannot calculate are left out."""
_BROAD, _NARROW = 960.0, 328.0


@dataclass(frozen=True, slots=True)
class Row:
    """
    One line of the answer.

    Attributes:
        kind: start, yield, route, need, or stop.
        thing: What comes out, is needed, or stops.
        name: Its name.
        low, central, high, unit: How much; "" where nothing can be said.
        route: The materials that lead there.
        factors: What it rests on.
        notes: What to mind.
        key: With what an own value is given; "" where none can be.
        gap: The evidence gap at which it stops; "" for none.
        own: Whether a value of the reader is in it.
    """

    kind: str
    thing: str
    name: str
    low: str = ""
    central: str = ""
    high: str = ""
    unit: str = ""
    route: tuple[tuple[str, str], ...] = ()
    factors: tuple[Factor, ...] = ()
    notes: tuple[str, ...] = ()
    key: str = ""
    gap: str = ""
    own: bool = False


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the form, and the answer once something is asked; a mistake is told beside the form."""
    asked = {key: request.args.get(key, "")[:_LONGEST] for key in ("material", "amount", "unit", "to")}
    materials = kg.calculable()
    page: dict[str, Any] = {
        "asked": asked, "own": _fields(), "others": [], "answer": None, "problem": "", "materials": materials,
        "products": kg.products(), "units": _UNITS[g.lang], "usual": _USUAL[g.lang][0],
        "usual_amount": _USUAL[g.lang][1],
        "examples": _examples(kg),
    }  # fmt: skip
    if not asked["material"]:
        return page | {"twins": ()}
    try:
        page["own"] = _settings()
        page["answer"] = answer = data(kg)
    except (ParameterError, UnknownName) as error:
        page["problem"], page["problem_lang"] = _told(error)
        page["others"] = [(key, _called(kg, key)) for key in page["own"]]
        return page | {"twins": ()}
    asked["material"] = slug_of(answer.material)  # it may have been asked for by another name
    page["rows"] = _rows(kg, answer)
    shown = {row.key for row in page["rows"]}
    page["others"] = [(key, _called(kg, key)) for key in page["own"] if key not in shown]
    page["said"] = _said(kg, answer)
    page["broad"], page["narrow"] = (
        amounts.ranges_picture(kg, answer, width, g.lang) for width in (_BROAD, _NARROW)
    )
    return page


def data(kg: KnowledgeGraph) -> Potential:
    """Return the answer for `?material= &amount= &unit= &set=STEP=VALUE &to=`."""
    material, amount = request.args.get("material", ""), request.args.get("amount", "")
    if not (material and amount):
        raise ParameterError(
            "/potential needs material and amount, such as ?material=coke&amount=1&unit=Mt",
            "/potential 需要物料和数量，如 ?material=coke&amount=1&unit=Mt",
        )
    text = f"{amount[:_LONGEST]} {request.args.get('unit', '')[:_LONGEST]}".strip()
    return kg.potential(material[:_LONGEST], text, given=_settings(), to=request.args.get("to") or None)


def table(kg: KnowledgeGraph) -> Table:
    """Return the answer as rows."""
    return data(kg).table(g.lang)


def things(kg: KnowledgeGraph) -> list[str]:
    """Return what comes out and the factors that it rests on."""
    answer = data(kg)
    used = [factor.iri for made in answer.yields for edge in made.route for factor in edge.factors]
    return [*(made.material for made in answer.yields), *used]


def _settings() -> dict[str, str]:
    """
    Return the own values: step, product or factor -> value.

    Raises:
        ParameterError: there are too many, or one is not written as STEP=VALUE.
    """
    given, fields = request.args.getlist("set"), _fields()
    if len(given) > _MOST_SETTINGS or len(fields) > _MOST_SETTINGS:
        raise ParameterError(
            f"set is given {len(given)} times; {_MOST_SETTINGS} are the most",
            f"set 给出了{len(given)}次；最多{_MOST_SETTINGS}次",
        )
    for each in given:
        if each and not each[:_LONGEST].partition("=")[2]:
            raise ParameterError(
                f"set is {each[:_LONGEST]!r}; write STEP=VALUE, such as delayed-coking=0.56",
                f"set 为“{each[:_LONGEST]}”；请写成“工序=数值”，如 delayed-coking=0.56",
            )
    return fields


def _fields() -> dict[str, str]:
    """Return the own values that can be read, from `set=STEP=VALUE` and from the fields of the form."""
    pairs = [each[:_LONGEST].partition("=")[::2] for each in request.args.getlist("set")]
    pairs += [
        (key[len(_OWN) : _LONGEST], value[:_LONGEST])
        for key, value in request.args.items()
        if key.startswith(_OWN)
    ]
    return {key: value for key, value in pairs if key and value}


def _called(kg: KnowledgeGraph, key: str) -> str:
    """Return the name of what an own value is for."""
    names = kg.names.labels
    known = (names.get(f"{PREFIXES[kind]}{key}") for kind in ("step", "material", "factor"))
    return next((labels.best(g.lang) for labels in known if labels), key)


def _told(error: ParameterError | UnknownName) -> tuple[str, str]:
    """Return what is wrong in words, and the language of the words."""
    if g.lang != "zh":
        return str(error), "en"
    if isinstance(error, ParameterError):
        return (error.zh, "zh-Hans") if error.zh else (str(error), "en")
    known = f"；相近的有：{'、'.join(error.known)}" if error.known else ""
    return f"没有名为“{error.name}”的物料、产品或工序{known}", "zh-Hans"


def _examples(kg: KnowledgeGraph) -> list[dict[str, Any]]:
    """Return questions to click: the names and the parameters."""
    starts = {slug_of(each.iri): each.labels for each in kg.calculable()}
    ends = {slug_of(each.iri): each.labels for each in kg.products()}
    usual, times = _USUAL[g.lang]
    space = "" if g.lang == "zh" else " "
    return [
        {
            "material": starts[material],
            "to": ends.get(to),
            "amount": f"{amount * times}{space}{usual}",
            "query": {"material": material, "amount": str(amount * times), "unit": usual, "to": to},
        }
        for material, amount, to in _EXAMPLES
        if material in starts and (not to or to in ends)
    ]


def _said(kg: KnowledgeGraph, answer: Potential) -> str:
    """Return the answer in a line, for who hears it."""
    return "; ".join(
        f"{amounts.name_of(kg, made, g.lang)} {amounts.amount_text(*amounts.told(made), g.lang)}"
        for made in answer.yields[1:]
        if made.preferred
    )


def _rows(kg: KnowledgeGraph, answer: Potential) -> list[Row]:
    return [
        *(_of_yield(kg, made, answer) for made in answer.yields),
        *(_of_need(need, answer) for need in answer.needs),
        *(_of_stop(stop) for stop in answer.stops),
    ]


def _of_yield(kg: KnowledgeGraph, made: Yield, answer: Potential) -> Row:
    used = [factor for edge in made.route for factor in edge.factors]
    notes: list[str] = []
    if made.mass is not None and made.density is not None:
        used.append(made.density)
        notes.append(amounts.amount_text(made.amount, made.kind, g.lang, per_year=answer.per_year))
    names = {each.material: each.labels.best(g.lang) for each in answer.yields}
    route = tuple(
        (each, names.get(each, slug_of(each)))
        for each in (answer.material, *(edge.end for edge in made.route))
    )
    return Row(
        "start" if not made.route else "yield" if made.preferred else "route",
        made.material, amounts.name_of(kg, made, g.lang), *_numbers(*amounts.told(made), answer),
        route if made.route else (), tuple(dict.fromkeys(used)), tuple(notes),
        slug_of(made.material) if made.route and made.preferred else "",
        own=any(edge.given for edge in made.route),
    )  # fmt: skip


def _of_need(need: Need, answer: Potential) -> Row:
    numbers = _numbers(need.amount, need.kind, answer)
    route = ((need.product, need.product_labels.best(g.lang)),)
    return Row("need", need.material, need.labels.best(g.lang), *numbers, route, need.factors)


def _of_stop(stop: Stop) -> Row:
    def best(labels: Labels) -> str:
        return labels.best(g.lang)

    notes = [best(stop.reason), best(stop.gap.workaround) if stop.gap else ""]
    notes += [f"{best(each.labels)} {each.printed}: {best(each.warning)}" for each in stop.proxies]
    return Row(
        "stop", stop.step, best(stop.labels), factors=stop.proxies, notes=tuple(filter(None, notes)),
        key=stop.key, gap=stop.gap.iri if stop.gap else "",
    )  # fmt: skip


def _numbers(amount: Interval, kind: str, answer: Potential) -> tuple[str, str, str, str]:
    unit, size = amounts.scaled((amount.low, amount.central, amount.high), kind, g.lang)
    low, central, high = (
        "" if end is None else units.rounded(end / size) for end in (amount.low, amount.central, amount.high)
    )
    return low, central, high, amounts.per_year_text(unit, g.lang) if answer.per_year else unit
