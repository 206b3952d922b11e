"""
What an address asks to see, read into a `Wish`.

The parts of an address: `thing` (a name, a slug, an IRI; may be repeated; `*` for everything), or
`focus` for a thing with its neighbours; `hops` and `via` around them; `then`, a thing that is added,
or `thing,direction,relation,class,limit` for neighbours that are, where `any` stands for all; `drop`,
`hide` and `select`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from anshan_kg.errors import ParameterError
from anshan_kg.exploring.values import EACH, IN, OUT, Step, Wish
from anshan_kg.terms import curie

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EVERYTHING, ANY = "*", "any"
FARTHEST, MOST_AT_ONCE = 3, 500
_MOST = {"thing": 200, "focus": 20, "then": 300, "drop": 500, "hide": 100, "via": 50, "select": 1, "hops": 1}
_LONGEST = 500
_FIELDS = 5


def read(values: Callable[[str], Sequence[str]], resolve: Callable[[str], str]) -> Wish:
    """
    Return what is wished for.

    Args:
        values: Name of a part of the address -> its values.
        resolve: Name -> IRI; raises `UnknownName`.

    Raises:
        ParameterError: a part is malformed, too long, or repeated too often.
        UnknownName: nothing goes by a name.
    """
    given = {name: _checked(name, values(name), most) for name, most in _MOST.items()}
    whole = EVERYTHING in given["thing"]
    focus = [resolve(each) for each in given["focus"]]
    things = [resolve(each) for each in given["thing"] if each != EVERYTHING]
    select = [resolve(each) for each in given["select"]]
    return Wish(
        things=tuple(dict.fromkeys((*things, *focus))),
        whole=whole,
        hops=_hops(given["hops"], 1 if focus else 0),
        via=tuple(given["via"]),
        steps=tuple(_step(each, resolve) for each in given["then"]),
        drop=tuple(resolve(each) for each in given["drop"]),
        hide=tuple(given["hide"]),
        select=next(iter([*select, *focus]), ""),
    )


def write(wish: Wish) -> list[tuple[str, str]]:
    """Return the parts of the address that asks for a wish, things by their short names."""
    parts = [("thing", EVERYTHING)] if wish.whole else []
    parts += [("thing", curie(each)) for each in wish.things]
    parts += [("hops", str(wish.hops))] if wish.hops else []
    parts += [("via", each) for each in wish.via]
    parts += [("then", _written(step)) for step in wish.steps]
    parts += [("drop", curie(each)) for each in wish.drop]
    parts += [("hide", each) for each in wish.hide]
    return parts + ([("select", curie(wish.select))] if wish.select else [])


def _written(step: Step) -> str:
    if not step.expands:
        return curie(step.thing)
    fields = [each or ANY for each in (step.direction, step.relation, step.type)]
    if step.limit != EACH:
        fields.append(str(step.limit))
    while len(fields) > 1 and fields[-1] == ANY:
        fields.pop()
    return ",".join((curie(step.thing), *fields))


def _checked(name: str, given: Sequence[str], most: int) -> list[str]:
    found = [each.strip() for each in given if each.strip()]
    if len(found) > most:
        raise ParameterError(f"{name} is given {len(found)} times; {most} are the most")
    if any(len(each) > _LONGEST for each in found):
        raise ParameterError(f"{name} is too long; {_LONGEST} characters are the most")
    return found


def _hops(given: Sequence[str], default: int) -> int:
    if not given:
        return default
    if not re.fullmatch("[0-9]", given[0]) or int(given[0]) > FARTHEST:
        raise ParameterError(f"hops is {given[0]!r}, but has to be a whole number from 0 to {FARTHEST}")
    return int(given[0])


def _step(text: str, resolve: Callable[[str], str]) -> Step:
    """Return a step from `thing` or `thing,direction,relation,class,limit`; what is missing is any."""
    if "," not in text:
        return Step(resolve(text))
    thing, *rest = text.split(",")
    if len(rest) >= _FIELDS:
        raise ParameterError(f"then is {text!r}; write thing,direction,relation,class,limit")
    direction, relation, kind, limit = ["" if each == ANY else each for each in (*rest, "", "", "")][:4]
    if direction not in {"", OUT, IN}:
        raise ParameterError(f"the direction in then is {direction!r}; it can be {OUT}, {IN} or {ANY}")
    if limit and not (re.fullmatch("[0-9]{1,3}", limit) and 0 < int(limit) <= MOST_AT_ONCE):
        raise ParameterError(f"the limit in then is {limit!r}; it can be 1 to {MOST_AT_ONCE}")
    return Step(
        resolve(thing), expands=True, direction=direction, relation=relation, type=kind,
        **({"limit": int(limit)} if limit else {}),
    )  # fmt: skip
