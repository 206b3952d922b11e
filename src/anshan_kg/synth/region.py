"""
The things of an invented region and what is said of them, one enterprise after the other.

The same seed gives the same region, and a larger region starts with the smaller one: enterprise
7 is the same in a region of ten and of ten thousand. Relations lead only to what came before, so
nothing has to be remembered, and the region may be as large as the disk.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from anshan_kg.errors import ParameterError
from anshan_kg.synth.words import (
    BRAND_ENDS,
    BRAND_STARTS,
    CITIES,
    PLACE_ENDS,
    PLACE_MIDDLES,
    PLACE_STARTS,
    TRADES,
    Trade,
    Word,
)
from anshan_kg.terms import BASE, iri

if TYPE_CHECKING:
    from collections.abc import Iterator

Facts = list[tuple[str, str]]
"""Predicates and values, each written as in N-Triples."""

_PER_TOWNSHIP, _PER_DISTRICT = 64, 16
_LAST_YEAR = 2024
_STEP = 15377
"""Without a divisor in common with the number of names, so that each name comes once."""
_NAMES = len(TRADES) * len(BRAND_STARTS) * len(BRAND_ENDS)


class Size(NamedTuple):
    """How large a region is: so many enterprises, or at least so many triples in the default graph."""

    enterprises: int | None = None
    triples: int | None = None


@dataclass(frozen=True, slots=True)
class Thing:
    """
    One thing and what is stated of it.

    Attributes:
        subject: It, written as in N-Triples.
        home: The named graph that the statements belong to.
        facts: What a text file would state.
        said: What relation claims say of it, as plain facts.
        inferred: What rules add.
    """

    subject: str
    home: str
    facts: Facts
    said: Facts = field(default_factory=list)
    inferred: Facts = field(default_factory=list)

    def __len__(self) -> int:
        """Return how many triples these are."""
        return len(self.facts) + len(self.said) + len(self.inferred)


def _t(short: str) -> str:
    return f"<{iri(short).value}>"


def _en(text: str) -> str:
    return f'"{text}"@en'


def _zh(text: str) -> str:
    return f'"{text}"@zh-Hans'


def _number(value: int) -> str:
    return f'"{value}"^^{_DECIMAL}'


_DECIMAL, _INTEGER, _YEAR = _t("xsd:decimal"), _t("xsd:integer"), _t("xsd:gYear")
_A, _LABEL, _ALT, _DEFINITION = _t("rdf:type"), _t("rdfs:label"), _t("skos:altLabel"), _t("skos:definition")
_SUBJECT, _PROPERTY, _OBJECT = _t("akg:claimSubject"), _t("akg:claimProperty"), _t("akg:claimObject")
_INDICATOR, _VALUE, _BOUND, _UNIT = _t("akg:indicator"), _t("akg:value"), _t("akg:bound"), _t("qudt:hasUnit")
_PRINTED, _MODALITY, _SURE = _t("akg:originalText"), _t("akg:modality"), _t("akg:editorialConfidence")
_VALID, _TARGET = _t("akg:validYear"), _t("akg:targetYear")
_SAYER, _SOURCE, _PASSAGE = _t("prov:wasAttributedTo"), _t("prov:hadPrimarySource"), _t("prov:wasQuotedFrom")
_LOCATED, _SHARE = _t("akg:locatedIn"), _t("akg:share")
_STATUS, _USUAL = _t("akg:chineseNameStatus"), _t("name-status:usual")
_CONFLICT = _t("akg:inConflictSet")
_OBSERVED, _EXACT = _t("modality:observed"), _t("bound:exact")
_HIGH, _MEDIUM, _LOW = _t("confidence:high"), _t("confidence:medium"), _t("confidence:low")

_BROADER = {
    "akg:Enterprise": ("akg:Organization", "org:Organization", "org:FormalOrganization"),
    "akg:GovernmentBody": ("akg:Organization", "org:Organization", "org:FormalOrganization"),
    "akg:Place": ("geo:Feature", "prov:Location"),
    "akg:Plant": ("akg:Facility", "geo:Feature", "prov:Location"),
    "akg:Mine": ("akg:Facility", "geo:Feature", "prov:Location"),
    "akg:SourceDocument": ("dcterms:BibliographicResource", "prov:Entity"),
    "akg:Passage": ("prov:Entity",),
    "akg:RelationClaim": ("akg:Claim", "prov:Entity"),
    "akg:QuantitativeClaim": ("akg:Claim", "prov:Entity"),
    "akg:TextClaim": ("akg:Claim", "prov:Entity"),
    "akg:ConflictSet": ("prov:Collection",),
    "akg:EvidenceGap": ("prov:Entity",),
}
"""Super-classes that the rules of the ontology infer; a test compares them with the rules."""
_KINDS = {kind: (_A, _t(kind)) for kind in _BROADER}
_INFERRED = {kind: [(_A, _t(each)) for each in broader] for kind, broader in _BROADER.items()}

_OWNERSHIP = tuple(
    (_t(f"ownership:{slug}"), zh, en)
    for slug, zh, en in (
        ("private", "民营", "private"), ("private", "民营", "private"), ("local-state", "地方国有", "local state"),
        ("central-state", "中央国有", "central state"), ("foreign", "外资", "foreign"),
        ("joint-venture", "合资", "joint venture"), ("collective", "集体", "collective"),
    )
)  # fmt: skip

_MODALITIES = {
    _OBSERVED: ("observed", "观测值"),
    _t("modality:capacity"): ("capacity", "产能"),
    _t("modality:target"): ("target", "目标"),
}
_RELATIONS = {
    _t("akg:locatedIn"): ("is located in", "位于"),
    _t("akg:ownershipKind"): ("has ownership kind", "所有制类型"),
    _t("akg:makes"): ("makes", "生产"),
    _t("akg:takesIn"): ("takes in", "利用"),
    _t("akg:operates"): ("operates", "运营"),
    _t("akg:supplies"): ("supplies", "供应"),
    _t("akg:ownsSharesIn"): ("owns shares in", "持股于"),
    _t("akg:cooperatesWith"): ("cooperates with", "合作"),
}
_EMPLOYEES, _REVENUE, _CAPITAL, _CAPACITY = (
    (_t("indicator:employees"), _t("unit:NUM"), "职工人数", "number of employees"),
    (_t("indicator:revenue"), _t("unit:CCY_CNY"), "年营业收入", "operating revenue in a year"),
    (_t("indicator:registered-capital"), _t("unit:CCY_CNY"), "注册资本", "registered capital"),
    (_t("indicator:production-capacity"), _t("unit:TONNE-PER-YR"), "年产能", "production capacity per year"),
)  # fmt: skip
_WAN = 10_000


class Named(NamedTuple):
    """A thing with its names, as others refer to it."""

    iri: str
    zh: str
    en: str


class _Source(NamedTuple):
    """A source document and where its passages are called from."""

    iri: str
    slug: str
    zh: str
    en: str


class Region:
    """
    An invented region.

    Args:
        seed: Names the region; another seed gives another one.
    """

    def __init__(self, seed: int) -> None:
        if seed < 0:
            raise ParameterError(f"the seed is {seed}, but has to be 0 or more")
        self.seed = seed
        self.base = f"https://region-{seed}.example/"
        self.city = CITIES[seed % len(CITIES)]
        self._shift = seed * 7919
        self._entities = f"<{self.base}graph/entities>"
        self.graphs = {
            "said": f"<{self.base}graph/shortcuts>",
            "inferred": f"<{self.base}graph/inferred>",
        }
        self._place = self._named(
            "place", "city", f"{self.city.zh}市（虚构）", f"{self.city.en} City (invented)"
        )
        self._office = self._named(
            "body", "statistics-office",
            f"{self.city.zh}市统计局（虚构）", f"Statistics Office of {self.city.en} (invented)",
        )  # fmt: skip

    def things(self, size: Size, *, derived: bool = True) -> Iterator[Thing]:
        """
        Yield the things of the region until it is large enough; the last enterprise is whole.

        Args:
            size: How large it has to be.
            derived: Whether what the build derives counts towards the size.

        Raises:
            ParameterError: the size says neither number, or one below 1.
        """
        if not any(size) or any(number is not None and number < 1 for number in size):
            raise ParameterError("say how many enterprises or triples the region has, 1 or more")
        number = total = 0
        for thing in self._frame():
            total += len(thing) if derived else len(thing.facts)
            yield thing
        while (size.enterprises is None or number < size.enterprises) and (
            size.triples is None or total < size.triples
        ):
            for thing in self._next(number):
                total += len(thing) if derived else len(thing.facts)
                yield thing
            number += 1

    def enterprise(self, number: int) -> Named:
        """Return the enterprise of a number, counted from 0."""
        brand, trade = self._brand(number), self._trade(number)
        round_ = number // _NAMES
        more = f"{round_ + 1}号" if round_ else ""
        return self._named(
            "enterprise", f"e{number + 1}",
            f"{self.city.zh}{brand.zh}{trade.word.zh}{more}有限公司（虚构）",
            f"{self.city.en} {brand.en} {trade.word.en}{f' {round_ + 1}' if round_ else ''} Co., Ltd. (invented)",
        )  # fmt: skip

    def _named(self, kind: str, slug: str, zh: str, en: str) -> Named:
        return Named(f"<{self.base}id/{kind}/{slug}>", zh, en)

    def _key(self, number: int) -> int:
        return (number * _STEP + self._shift) % _NAMES

    def _trade(self, number: int) -> Trade:
        return TRADES[self._key(number) % len(TRADES)]

    def _brand(self, number: int) -> Word:
        start, end = divmod(self._key(number) // len(TRADES), len(BRAND_ENDS))
        one, two = BRAND_STARTS[start], BRAND_ENDS[end]
        return Word(one.zh + two.zh, f"{one.pinyin} {two.pinyin}", one.en + two.pinyin)

    # what frames the region

    def _frame(self) -> Iterator[Thing]:
        """Yield what every region has: its description, its city, the office that counts."""
        yield Thing(
            f"<{self.base}>", self._entities,
            [
                (_A, _t("void:Dataset")),
                (_t("dcterms:title"), _en(f"{self.city.en}: an invented region, seed {self.seed}")),
                (_t("dcterms:title"), _zh(f"{self.city.zh}：虚构地区，种子 {self.seed}")),
                (_t("dcterms:description"), _en(
                    "Invented for tests of size. No place, enterprise, source or number in it is real; "
                    "a likeness with a real one is chance.")),
                (_t("dcterms:description"), _zh("为规模测试而虚构。其中的地点、企业、来源和数字均非真实，如有雷同纯属巧合。")),
                (_t("void:vocabulary"), f"<{BASE}ont>"),
            ],
        )  # fmt: skip
        yield self._entity(
            self._place, "akg:Place", f"{self.city.pinyin} shi xu gou",
            "An invented city.", "虚构的城市。",
        )  # fmt: skip
        yield self._entity(
            self._office, "akg:GovernmentBody", f"{self.city.pinyin} shi tong ji ju xu gou",
            "An invented office that publishes the sources of this region.", "虚构的机构，发布本地区的各种来源。",
        )  # fmt: skip
        gazetteer = self._source("gazetteer", "地名录", "gazetteer", "statistics", 0)
        yield gazetteer[1]

    def _entity(
        self, named: Named, kind: str, pinyin: str, en: str, zh: str, *more: tuple[str, str]
    ) -> Thing:
        return Thing(
            named.iri, self._entities,
            [
                _KINDS[kind], (_LABEL, _en(named.en)), (_LABEL, _zh(named.zh)),
                (_ALT, f'"{pinyin}"@zh-Latn-pinyin'), (_DEFINITION, _en(en)), (_DEFINITION, _zh(zh)),
                (_STATUS, _USUAL), *more,
            ],
            inferred=list(_INFERRED[kind]),
        )  # fmt: skip

    def _source(self, slug: str, zh: str, en: str, kind: str, township: int) -> tuple[_Source, Thing]:
        """Return a source document about a township, or about the whole city where it has no name."""
        place = self._place if slug == "gazetteer" else self._township(township)
        source = _Source(
            f"<{self.base}id/source/{slug}>", slug,
            f"{place.zh.removesuffix('（虚构）')}{zh}（虚构）",
            f"{place.en.removesuffix(' (invented)')}, {en} (invented)",
        )  # fmt: skip
        facts: Facts = [
            _KINDS["akg:SourceDocument"], (_LABEL, _en(source.en)), (_LABEL, _zh(source.zh)),
            (_t("dcterms:language"), '"zh"'), (_t("dcterms:publisher"), self._office.iri),
            (_t("akg:sourceKind"), _t(f"source-kind:{kind}")), (_t("akg:access"), _t("access:read-in-full")),
        ]  # fmt: skip
        return source, Thing(source.iri, source.iri, facts, inferred=list(_INFERRED["akg:SourceDocument"]))

    def _district(self, number: int) -> Named:
        word = self._district_word(number)
        more = number // len(PLACE_MIDDLES)
        return self._named(
            "place", f"d{number + 1}",
            f"{self.city.zh}市{word.zh}山{more + 1 if more else ''}区（虚构）",
            f"{word.en}shan District{f' {more + 1}' if more else ''} of {self.city.en} (invented)",
        )  # fmt: skip

    def _district_word(self, number: int) -> Word:
        return PLACE_MIDDLES[(number * 5 + self.seed) % len(PLACE_MIDDLES)]

    def _township(self, number: int) -> Named:
        zh, _, en = self._township_word(number)
        return self._named(
            "place",
            f"t{number + 1}",
            f"{self.city.zh}市{zh}镇（虚构）",
            f"{en} Town of {self.city.en} (invented)",
        )

    def _township_word(self, number: int) -> Word:
        count = len(PLACE_STARTS) * len(PLACE_MIDDLES) * len(PLACE_ENDS)
        round_, key = divmod(number, count)
        key = (key * 1471 + self._shift) % count
        rest, end = divmod(key, len(PLACE_ENDS))
        start, middle = divmod(rest, len(PLACE_MIDDLES))
        one, two, three = PLACE_STARTS[start], PLACE_MIDDLES[middle], PLACE_ENDS[end]
        more = str(round_ + 1) if round_ else ""
        return Word(
            f"{one.zh}{two.zh}{three.zh}{more}",
            f"{one.pinyin} {two.pinyin} {three.pinyin}",
            f"{one.en}{two.pinyin}{three.pinyin}{' ' + more if more else ''}",
        )

    def _new_township(self, number: int) -> Iterator[Thing]:
        """Yield a township, its district where it is the first there, and the sources about it."""
        district = self._district(number // _PER_DISTRICT)
        gazetteer = _Source(
            f"<{self.base}id/source/gazetteer>", "gazetteer",
            f"{self.city.zh}市地名录（虚构）", f"{self.city.en} City, gazetteer (invented)",
        )  # fmt: skip
        writer = _Writer(self, gazetteer, f"place-t{number + 1}", number + 1)
        township = self._township(number)
        where: list[tuple[Named, Named, Facts]] = [(township, district, [(_LOCATED, self._place.iri)])]
        if number % _PER_DISTRICT == 0:
            where.append((district, self._place, []))
        for place, whole, inferred in where:
            pinyin = (
                self._township_word(number).pinyin
                if place is township
                else self._district_word(number // _PER_DISTRICT).pinyin + " shan qu"
            )
            thing = self._entity(place, "akg:Place", f"{pinyin} xu gou", "An invented place.", "虚构的地点。")
            writer.relation(place, _LOCATED, whole, thing, _LAST_YEAR)
            thing.inferred.extend(inferred)
            yield thing
        yield from writer.done()
        for slug, zh, en, kind in _SOURCES:
            yield self._source(f"{slug}-t{number + 1}", zh, en, kind, number)[1]

    # one enterprise

    def _next(self, number: int) -> Iterator[Thing]:
        """Yield an enterprise with its plant, what sources say of it, and what has to come before."""
        block = number // _PER_TOWNSHIP
        if number % _PER_TOWNSHIP == 0:
            yield from self._new_township(block)
        chance = Random(f"{self.seed}/{number}").random  # noqa: S311 - deterministic, not secret
        paragraph = number % _PER_TOWNSHIP + 1
        register, reports, press = (
            _Writer(self, self._source(f"{slug}-t{block + 1}", zh, en, kind, block)[0], f"e{number + 1}-{slug}", paragraph)
            for slug, zh, en, kind in _SOURCES
        )  # fmt: skip
        named, brand, trade = self.enterprise(number), self._brand(number), self._trade(number)
        short = self.city.zh + brand.zh
        thing = self._entity(
            named, "akg:Enterprise",
            f"{self.city.pinyin} {brand.pinyin} {trade.word.pinyin} you xian gong si xu gou",
            f"An invented enterprise in {trade.word.en.lower()}.", f"虚构的{trade.word.zh}企业。",
            (_ALT, _zh(f"{short}（虚构）")),
        )  # fmt: skip
        town = self._township(block)
        whole = [(_LOCATED, self._district(block // _PER_DISTRICT).iri), (_LOCATED, self._place.iri)]
        thing.inferred.extend(whole)
        register.relation(named, _LOCATED, town, thing, _LAST_YEAR)
        owner = _OWNERSHIP[int(chance() * len(_OWNERSHIP))]
        register.relation(named, _t("akg:ownershipKind"), Named(*owner), thing, _LAST_YEAR)
        sure = _LOW if chance() < 0.05 else _MEDIUM if chance() < 0.4 else _HIGH
        for slug in trade.makes[: 1 + int(chance() * len(trade.makes))]:
            register.relation(named, _t("akg:makes"), _material(slug), thing, _LAST_YEAR, sure)
        for slug in trade.takes[: 1 + int(chance() * len(trade.takes))]:
            register.relation(named, _t("akg:takesIn"), _material(slug), thing, _LAST_YEAR, sure)
        years = 3 + int(chance() * 6)
        people = 20 + int(chance() ** 3 * 5000)
        for year in range(_LAST_YEAR - years + 1, _LAST_YEAR + 1):
            people = max(10, int(people * (0.9 + 0.22 * chance())))
            employees = (named, people, year)
            set_ = f"{self.base}id/conflict/e{number + 1}" if year == _LAST_YEAR and chance() < 0.02 else None
            register.quantity(*_EMPLOYEES, *employees, conflict=set_)
            if set_:
                press.quantity(*_EMPLOYEES, named, people + 10 + int(chance() * 90), year, conflict=set_)
                yield self._conflict(set_, named)
        register.quantity(*_CAPITAL, named, (100 + int(chance() ** 4 * 100_000)) * _WAN, _LAST_YEAR - years)
        money = people * (30 + int(chance() * 60))
        for year in range(_LAST_YEAR - years + 1, _LAST_YEAR + 1):
            money = max(50, int(money * (0.92 + 0.2 * chance())))
            reports.quantity(*_REVENUE, named, money * _WAN, year)
        yield self._facility(named, brand, trade, town, whole, chance, reports, thing)
        target = 2025 + int(chance() * 10)
        press.quantity(
            *_REVENUE, named, int(money * (1.05 + chance())) * _WAN, target,
            modality=_t("modality:target"), when=_TARGET,
        )  # fmt: skip
        self._ties(number, named, chance, press, thing)
        if chance() < 0.2:
            press.text(
                named,
                f"It plans to add a line for {_material(trade.makes[0]).en} by {target}.",
                f"计划在{target}年前新增一条{_material(trade.makes[0]).zh}生产线。",
            )
        yield thing
        for writer in (register, reports, press):
            yield from writer.done()
        if chance() < 0.03:
            yield self._gap(number, named)

    def _ties(self, number: int, named: Named, chance: _Chance, press: _Writer, thing: Thing) -> None:
        """Let an enterprise supply, own and work with earlier ones; old ones are known to more."""
        for relation, most, likely in _TIES:
            others = (
                {int(chance() ** 2 * number) for _ in range(most) if chance() < likely} if number else set()
            )
            for other in sorted(others):
                percent = 5 + int(chance() * 95)
                more = [(_SHARE, _number(percent))] if relation == _OWNS else []
                sure = _LOW if chance() < 0.05 else _HIGH
                press.relation(named, relation, self.enterprise(other), thing, _LAST_YEAR, sure, more)

    def _facility(
        self, owner: Named, brand: Word, trade: Trade, town: Named, whole: Facts, chance: _Chance,
        writer: _Writer, enterprise: Thing,
    ) -> Thing:  # fmt: skip
        kind, zh, en = ("akg:Mine", "矿", "mine") if trade.mine else ("akg:Plant", "厂", "plant")
        slug = owner.iri.rsplit("/", 1)[1].rstrip(">")
        plant = self._named(
            "mine" if trade.mine else "plant", slug,
            owner.zh.replace("有限公司（虚构）", f"{zh}（虚构）"), owner.en.replace(" Co., Ltd. (invented)", f" {en} (invented)"),
        )  # fmt: skip
        thing = self._entity(
            plant, kind, f"{self.city.pinyin} {brand.pinyin} {trade.word.pinyin} {'kuang' if trade.mine else 'chang'} xu gou",
            f"An invented {en}.", f"虚构的{'矿山' if trade.mine else '工厂'}。",
        )  # fmt: skip
        writer.relation(owner, _t("akg:operates"), plant, enterprise, _LAST_YEAR)
        writer.relation(plant, _LOCATED, town, thing, _LAST_YEAR)
        thing.inferred.extend(whole)
        tonnes = (1 + int(chance() ** 3 * 500)) * _WAN
        writer.quantity(*_CAPACITY, plant, tonnes, _LAST_YEAR, modality=_t("modality:capacity"))
        return thing

    def _conflict(self, address: str, about: Named) -> Thing:
        return Thing(
            f"<{address}>", self._entities,
            [
                _KINDS["akg:ConflictSet"],
                (_LABEL, _en(f"Employees of {about.en}, {_LAST_YEAR}")), (_LABEL, _zh(f"{about.zh}{_LAST_YEAR}年职工人数")),
                (_t("akg:rationale"), _en("The press counts other people than the register does.")),
                (_t("akg:rationale"), _zh("报刊与名录的统计口径不同。")),
            ],
            inferred=list(_INFERRED["akg:ConflictSet"]),
        )  # fmt: skip

    def _gap(self, number: int, about: Named) -> Thing:
        question = f"How much energy does {about.en} use?", f"{about.zh}的能耗是多少？"
        return Thing(
            f"<{self.base}id/gap/e{number + 1}>", self._entities,
            [
                _KINDS["akg:EvidenceGap"], (_t("akg:gapAbout"), about.iri),
                (_t("akg:gapProperty"), _t("indicator:annual-material-amount")),
                (_t("akg:question"), _en(question[0])), (_t("akg:question"), _zh(question[1])),
                (_t("akg:tried"), _en("All sources of this region, which are invented.")),
                (_t("akg:tried"), _zh("本地区的全部来源，均为虚构。")),
                (_LABEL, _en(question[0])), (_LABEL, _zh(question[1])),
            ],
            inferred=list(_INFERRED["akg:EvidenceGap"]),
        )  # fmt: skip


_SOURCES = (
    ("register", "企业名录2024", "register of enterprises 2024", "statistics"),
    ("reports", "企业年报汇编2024", "annual reports 2024", "company-report"),
    ("press", "工业报2024", "industry news 2024", "trade-press"),
)
_OWNS = _t("akg:ownsSharesIn")
_TIES = ((_t("akg:supplies"), 4, 0.6), (_OWNS, 2, 0.4), (_t("akg:cooperatesWith"), 1, 0.3))


def _material(slug: str) -> Named:
    """Return a material of the ontology; its words here are only for labels of claims."""
    return Named(_t(f"material:{slug}"), _MATERIALS.get(slug, slug), slug.replace("-", " "))


if TYPE_CHECKING:
    from collections.abc import Callable

    _Chance = Callable[[], float]


class _Writer:
    """
    Gathers what one passage of a source says.

    Args:
        region: Where it is said.
        source: The source.
        slug: Start of the slugs of the passage and its claims.
        paragraph: Where in the source.
    """

    def __init__(self, region: Region, source: _Source, slug: str, paragraph: int) -> None:
        self._region, self._source, self._slug, self._paragraph = region, source, slug, paragraph
        self._passage = f"<{region.base}id/passage/{slug}>"
        self._claims: list[Thing] = []
        self._said_zh: list[str] = []
        self._said_en: list[str] = []

    def relation(
        self, subject: Named, relation: str, value: Named, thing: Thing, year: int, sure: str = _HIGH,
        more: Facts | None = None,
    ) -> None:  # fmt: skip
        """Say that one thing stands in a relation to another; add the plain fact where the claim is sure."""
        en, zh = _RELATIONS[relation]
        facts = [
            _KINDS["akg:RelationClaim"], (_SUBJECT, subject.iri), (_PROPERTY, relation), (_OBJECT, value.iri),
            *(more or ()), (_MODALITY, _OBSERVED), (_VALID, f'"{year}"^^{_YEAR}'),
        ]  # fmt: skip
        self._add(
            "akg:RelationClaim", facts, sure,
            f"{subject.en} – {en} – {value.en} (observed, {year})",
            f"{subject.zh} – {zh} – {value.zh}（观测值，{year}年）",
        )  # fmt: skip
        if sure != _LOW:
            thing.said.append((relation, value.iri))

    def quantity(
        self, indicator: str, unit: str, zh: str, en: str, subject: Named, value: int, year: int, *,
        modality: str = _OBSERVED, when: str = _VALID, conflict: str | None = None,
    ) -> None:  # fmt: skip
        """Say a number of a thing."""
        printed = f"{value // _WAN}万" if value % _WAN == 0 and value >= _WAN else str(value)
        mood = _MODALITIES[modality]
        facts = [
            _KINDS["akg:QuantitativeClaim"], (_SUBJECT, subject.iri), (_INDICATOR, indicator), (_VALUE, _number(value)),
            (_BOUND, _EXACT), (_UNIT, unit), (_PRINTED, f'"{printed}"'), (_MODALITY, modality),
            (when, f'"{year}"^^{_YEAR}'),
        ]  # fmt: skip
        if conflict:
            facts.append((_CONFLICT, f"<{conflict}>"))
        self._add(
            "akg:QuantitativeClaim", facts, _HIGH,
            f"{subject.en}: {en} {value:,} ({mood[0]}, {year})", f"{subject.zh}：{zh}{printed}（{mood[1]}，{year}年）",
        )  # fmt: skip

    def text(self, subject: Named, en: str, zh: str) -> None:
        """Say something of a thing in words."""
        facts = [
            _KINDS["akg:TextClaim"], (_SUBJECT, subject.iri), (_t("akg:statement"), _en(en)),
            (_t("akg:statement"), _zh(zh)), (_MODALITY, _t("modality:plan")),
        ]  # fmt: skip
        self._add("akg:TextClaim", facts, _MEDIUM, f"{subject.en}: {en}", f"{subject.zh}：{zh}")

    def _add(self, kind: str, facts: Facts, sure: str, en: str, zh: str) -> None:
        self._said_en.append(en)
        self._said_zh.append(zh)
        facts += [
            (_SURE, sure), (_SAYER, self._region._office.iri), (_SOURCE, self._source.iri),  # noqa: SLF001
            (_PASSAGE, self._passage), (_LABEL, _en(en)), (_LABEL, _zh(zh)),
        ]  # fmt: skip
        address = f"<{self._region.base}id/claim/{self._slug}-{len(self._claims) + 1}>"
        self._claims.append(Thing(address, self._source.iri, facts, inferred=_INFERRED[kind]))

    def done(self) -> Iterator[Thing]:
        """Yield the passage and its claims."""
        source, number = self._source, self._paragraph
        yield Thing(
            self._passage, source.iri,
            [
                _KINDS["akg:Passage"], (_t("akg:inDocument"), source.iri),
                (_t("akg:paragraph"), f'"{number}"^^{_INTEGER}'),
                (_t("akg:paraphrase"), _en("; ".join(self._said_en))),
                (_t("akg:paraphrase"), _zh("；".join(self._said_zh))),
                (_LABEL, _en(f"{source.en}, paragraph {number}")), (_LABEL, _zh(f"{source.zh}，第{number}段")),
            ],
            inferred=_INFERRED["akg:Passage"],
        )  # fmt: skip
        yield from self._claims


_MATERIALS = {
    "iron-ore": "铁矿石", "iron-concentrate": "铁精矿", "iron-ore-tailings": "铁尾矿", "iron-ore-pellets": "球团矿",
    "pig-iron": "生铁", "blast-furnace-slag": "高炉渣", "blast-furnace-gas": "高炉煤气", "crude-steel": "粗钢",
    "steel-slag": "钢渣", "steel-scrap": "废钢", "rolled-steel": "钢材", "mill-scale": "氧化铁皮",
    "spent-pickle-liquor": "废酸液", "deep-processed-plate": "深加工板材", "metallurgical-coke": "冶金焦",
    "coal-tar": "煤焦油", "raw-coke-oven-gas": "荒煤气", "coking-coal": "炼焦煤", "coal-tar-pitch": "煤沥青",
    "naphthalene": "萘", "refined-coal-tar-pitch": "精制沥青", "needle-coke": "针状焦", "synthetic-graphite": "人造石墨",
    "clean-coke-oven-gas": "净焦炉煤气", "crude-benzol": "粗苯", "hydrogen": "氢气", "psa-tail-gas": "解吸气",
    "magnesite-ore": "菱镁矿石", "light-burnt-magnesia": "轻烧镁", "dead-burnt-magnesia": "重烧镁",
    "fused-magnesia": "电熔镁", "basic-refractory": "碱性耐火材料", "magnesium-hydroxide": "氢氧化镁",
    "ground-granulated-slag": "矿渣微粉", "new-building-materials": "新型建材", "concrete": "混凝土",
    "regenerated-hydrochloric-acid": "再生盐酸", "regenerated-iron-oxide": "再生氧化铁", "strontium-ferrite": "锶铁氧体",
}  # fmt: skip
