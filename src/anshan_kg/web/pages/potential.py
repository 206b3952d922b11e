"""The calculator: what an amount of a material could yield, each factor cited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g, request

from anshan_kg.errors import ParameterError, UnknownName
from anshan_kg.terms import slug_of

if TYPE_CHECKING:
    from anshan_kg.flows.answer import Potential
    from anshan_kg.kg import KnowledgeGraph

PATH = "/potential"

_LONGEST = 200
_MOST_SETTINGS = 20


def view(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return the form, and the answer once something is asked; a mistake is told beside the form."""
    asked = {key: request.args.get(key, "")[:_LONGEST] for key in ("material", "amount", "unit", "to")}
    given = _settings()
    page: dict[str, Any] = {
        "asked": asked, "given": [each for each in given if each], "answer": None, "problem": "",
        "materials": kg.calculable(), "products": kg.products(),
        "units": ("t", "kt", "Mt", "Nm3", "million Nm3", "万吨", "亿立方米"),
    }  # fmt: skip
    if not asked["material"]:
        return page
    try:
        page["answer"] = data(kg)
    except (ParameterError, UnknownName) as error:
        page["problem"] = str(error)
    else:
        page["rows"] = page["answer"].table(g.lang).texts()
        asked["material"] = slug_of(page["answer"].material)  # it may have been asked for by another name
    return page


def data(kg: KnowledgeGraph) -> Potential:
    """Return the answer for `?material= &amount= &unit= &set=STEP=VALUE &to=`."""
    material, amount = request.args.get("material", ""), request.args.get("amount", "")
    if not (material and amount):
        raise ParameterError("/potential needs material and amount, such as ?material=coke&amount=1&unit=Mt")
    settings = {}
    for each in _settings():
        key, _, value = each[:_LONGEST].partition("=")
        if value:
            settings[key] = value
        elif each:
            raise ParameterError(f"set is {each[:_LONGEST]!r}; write STEP=VALUE, such as delayed-coking=0.56")
    text = f"{amount[:_LONGEST]} {request.args.get('unit', '')[:_LONGEST]}".strip()
    return kg.potential(material[:_LONGEST], text, given=settings, to=request.args.get("to") or None)


def _settings() -> list[str]:
    given = request.args.getlist("set")
    if len(given) > _MOST_SETTINGS:
        raise ParameterError(f"set is given {len(given)} times; {_MOST_SETTINGS} are the most")
    return given
