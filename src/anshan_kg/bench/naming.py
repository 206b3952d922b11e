"""
A published set of names to measure matching on: invented firms, and what people make of their names.

The same seed gives the same set. Nothing in it is anybody's name on purpose; the places are real.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from anshan_kg.linking.folding import traditional
from anshan_kg.linking.places import CITY, gazetteer, stem
from anshan_kg.linking.record import Kind, Record

if TYPE_CHECKING:
    from collections.abc import Callable

_TRADE = (
    "安邦宝昌晨诚川达德鼎东丰福富刚高冠光广国海汉航浩和恒弘宏鸿华辉汇吉佳嘉建江金锦京晶景久聚凯康科坤兰力利联良"
    "林龙隆路茂美民明宁鹏平普奇启千强勤庆荣瑞润三森山盛胜世双顺松泰腾天通同万旺威维伟文西祥翔欣新信兴星旭阳"
    "耀业益亿毅银英永友裕元远源悦云运泽展振正志智中众卓紫"
)
_TRADES = (
    "钢铁", "特钢", "钢构", "钢管", "不锈钢", "铸造", "锻造", "轧辊", "冶金设备", "矿业", "矿山机械",
    "重型机械", "机械制造", "机床", "轴承", "阀门", "泵业", "电机", "电气", "电缆", "电子科技",
    "自动化工程", "仪表", "激光技术", "新材料", "耐火材料", "镁业", "镁质材料", "滑石", "石墨", "碳素",
    "焦化", "化工", "精细化工", "涂料", "橡胶", "塑料制品", "建材", "水泥", "混凝土", "玻璃", "陶瓷",
    "建筑工程", "路桥工程", "环保科技", "能源科技", "新能源", "热力", "燃气", "物流", "运输", "贸易",
    "商贸", "物资", "投资管理", "信息技术", "软件", "食品", "酿酒", "纺织", "服装", "包装印刷", "家具",
    "汽车零部件", "农业开发", "医药",
)  # fmt: skip
_FORMS = {"有限公司": 74, "有限责任公司": 10, "股份有限公司": 6, "集团有限公司": 4, "厂": 6}
_SHARE_MATCHED = 0.7
_TWO_SIGNS = 0.6
_BRACKETS = 0.05
_TWICE = 0.25


@dataclass(frozen=True, slots=True)
class Naming:
    """
    A set to measure on.

    Attributes:
        table: the records that are searched.
        queries: names to be found, as records.
        truth: for each query the id of the record that is meant, empty where none is.
        changes: for each query how its name was changed.
    """

    table: tuple[Record, ...]
    queries: tuple[Record, ...]
    truth: tuple[str, ...]
    changes: tuple[str, ...]


def invent(names: int, queries: int, seed: int = 1) -> Naming:
    """
    Invent so many firms, and so many queries of which three in ten mean none of them.

    >>> one, other = invent(50, 10), invent(50, 10)
    >>> one.queries == other.queries, sum(1 for meant in one.truth if not meant)
    (True, 3)
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    wanted = round(queries * _SHARE_MATCHED)
    parts: dict[str, tuple[str, str, str, str]] = {}
    while len(parts) < names + queries - wanted:
        firm = _firm(chance)
        parts.setdefault(_written(firm, chance), firm)
    everything = list(parts.items())
    table = everything[:names]
    strangers = everything[names:]
    meant = chance.sample(range(names), wanted)
    asked = [(_changed(*table[at], chance), f"n{at}") for at in meant]
    asked += [(_changed(*each, chance), "") for each in strangers]
    chance.shuffle(asked)
    return Naming(
        tuple(_record(f"n{at}", name) for at, (name, _) in enumerate(table)),
        tuple(_record(f"q{at}", name) for at, ((name, _), _) in enumerate(asked)),
        tuple(truth for _, truth in asked),
        tuple(change for (_, change), _ in asked),
    )


def _record(identifier: str, name: str) -> Record:
    return Record(identifier, (("zh", name),), Kind.COMPANY)


@cache
def _cities() -> tuple[str, ...]:
    known = gazetteer().by_name
    names = {
        name
        for name, codes in known.items()
        if name.endswith("市") and any(len(code) == CITY for code in codes)
    }
    return tuple(sorted(names))


def _firm(chance: random.Random) -> tuple[str, str, str, str]:
    place = chance.choice(_cities())
    trade = "".join(chance.sample(_TRADE, 2 if chance.random() < _TWO_SIGNS else 3))
    form = chance.choices(tuple(_FORMS), tuple(_FORMS.values()))[0]
    return place, trade, chance.choice(_TRADES), form


def _written(firm: tuple[str, str, str, str], chance: random.Random) -> str:
    place, trade, business, form = firm
    short = stem(place) if chance.random() < 0.7 else place  # noqa: PLR2004 - as often as registries do
    if chance.random() < _BRACKETS:
        return f"{trade}({short}){business}{form}"
    return f"{short}{trade}{business}{form}"


# what people make of a name


def _no_form(name: str, firm: tuple[str, str, str, str], _: random.Random) -> str:
    return name.removesuffix(firm[3])


def _no_place(name: str, firm: tuple[str, str, str, str], _: random.Random) -> str:
    for place in (f"({stem(firm[0])})", f"({firm[0]})", firm[0], stem(firm[0])):
        name = name.replace(place, "", 1)
    return name


def _wide(name: str, _: tuple[str, str, str, str], chance: random.Random) -> str:
    at = chance.randrange(1, len(name))
    wide = name.replace("(", "（").replace(")", "）")
    return f"{wide[:at]}\u3000{wide[at:]}"


def _traditional(name: str, _: tuple[str, str, str, str], __: random.Random) -> str:
    return traditional(name)


def _typo(name: str, firm: tuple[str, str, str, str], chance: random.Random) -> str:
    """One character of what is special about the name is another one."""
    start = name.find(firm[1])
    at = start + chance.randrange(len(firm[1] + firm[2]))
    if start < 0 or at >= len(name):
        return name
    return name[:at] + chance.choice(_TRADE) + name[at + 1 :]


def _swapped(name: str, firm: tuple[str, str, str, str], chance: random.Random) -> str:
    start = max(0, name.find(firm[1]))
    at = start + chance.randrange(len(firm[1]))
    return name[:at] + name[at : at + 2][::-1] + name[at + 2 :]


def _short(name: str, firm: tuple[str, str, str, str], _: random.Random) -> str:
    """Place, name and the first word of the business, as people say it."""
    return f"{stem(firm[0])}{firm[1]}{firm[2][:2]}" if len(firm[2]) > 2 else name.removesuffix(firm[3])  # noqa: PLR2004


_CHANGES: dict[str, Callable[[str, tuple[str, str, str, str], random.Random], str]] = {
    "legal form dropped": _no_form,
    "place dropped": _no_place,
    "full width": _wide,
    "traditional": _traditional,
    "one character wrong": _typo,
    "two characters swapped": _swapped,
    "shortened": _short,
}


def _changed(name: str, firm: tuple[str, str, str, str], chance: random.Random) -> tuple[str, str]:
    count = 2 if chance.random() < _TWICE else 1
    chosen = sorted(chance.sample(sorted(_CHANGES), count), key=list(_CHANGES).index, reverse=True)
    for change in chosen:
        name = _CHANGES[change](name, firm, chance)
    return name, " and ".join(reversed(chosen))
