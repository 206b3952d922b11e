"""Why a score is what it is: one sentence in Chinese and in English for each rule."""

from __future__ import annotations

from anshan_kg.linking.record import Reason

_TEXTS: dict[str, tuple[str, str]] = {
    "same-name": ("名称相同：{0}", "the same name: {0}"),
    "same-core": ("去掉地名和组织形式后名称相同：{0}", "the same name without place and legal form: {0}"),
    "group-inside": ("只差名称中的“集团”二字：{0}", "the same but for “group” within the name: {0}"),
    "typo": ("只差一个字，须人工判断：{0} / {1}", "one character apart, for a person to judge: {0} / {1}"),
    "short-form": ("一个像是另一个的简称：{0} / {1}", "one may be short for the other: {0} / {1}"),
    "contained": ("一个名称包含另一个：{0} / {1}", "one name within the other: {0} / {1}"),
    "alike": ("名称只是相像：{0} / {1}", "names that are only alike: {0} / {1}"),
    "owner": ("所属集团不同：{0} / {1}", "firms of different groups: {0} / {1}"),
    "spelling": ("拼写略有不同：{0} / {1}", "spelt slightly differently: {0} / {1}"),
    "same-english": ("英文名相同：{0}", "the same English name: {0}"),
    "other-name": ("靠别名或曾用名：{0}", "by another or a former name: {0}"),
    "too-short": ("简称太短，不足以认定：{0}", "a name too short to tell by: {0}"),
    "share-name": ("像是上市公司的证券简称：{0}", "the short name of its share: {0}"),
    "share-class": ("同一公司的另一类股票：{0}", "another class of the firm's shares: {0}"),
    "homophone": (
        "读音或拼写相同而汉字不同：{0} / {1}",
        "sounds or is spelt the same, but in other characters: {0} / {1}",
    ),
    "same-identifier": ("{0} 相同：{1}", "the same {0}: {1}"),
    "other-identifier": ("{0} 不同：{1} / {2}", "different {0}: {1} / {2}"),
    "bad-identifier": ("{0} 未通过校验：{1}", "{0} fails its check digits: {1}"),
    "identifier-alone": ("代码相同而名称不合：{0}", "the code is the same, but not the name: {0}"),
    "kinds": ("类别不同，不可能是同一事物：{0} / {1}", "kinds that exclude each other: {0} / {1}"),
    "group": ("一个是集团，另一个不是", "one is a group, the other is not"),
    "plant": ("一个是企业，另一个是它的厂", "one is a firm, the other its works"),
    "branch": ("一个是另一个的分支机构", "one is a branch of the other"),
    "other-branch": ("分支机构不同：{0} / {1}", "different branches: {0} / {1}"),
    "form": ("组织形式不同", "another legal form"),
    "works-form": ("一个名为厂，另一个名为公司", "one is called a works, the other a company"),
    "place-agrees": ("所在地相符", "the places agree"),
    "place-differs": ("所在地不同", "other places"),
    "name-place": ("名称中的地名不同：{0} / {1}", "other places in the names: {0} / {1}"),
    "no-place": ("缺少所在地，无法核对", "no place to check it by"),
    "level": ("行政级别不同：{0} / {1}", "other administrative levels: {0} / {1}"),
    "near": ("相距 {0} 公里", "{0} km apart"),
    "far": ("相距 {0} 公里，太远", "{0} km apart, too far"),
    "repeats": ("多出的字只是重复：{0} / {1}", "what is more only repeats the rest: {0} / {1}"),
    "larger-name": ("多出区别性的字，是另一处：{0} / {1}", "a word more that tells it apart: {0} / {1}"),
    "ambiguous": ("另有同样符合的候选：{0}", "another candidate fits as well: {0}"),
    "symbol": ("符号相同：{0}", "the same symbol: {0}"),
    "same-thing": ("所指相同：{0}", "the same thing: {0}"),
    "synonym": ("同义：{0} / {1}", "synonyms: {0} / {1}"),
    "broader": ("另一方的概念更宽：少了 {0}", "the other is broader: it lacks {0}"),
    "narrower": ("另一方的概念更窄：多了 {0}", "the other is narrower: it adds {0}"),
    "excluded": ("另一方排除了：{0}", "the other excludes {0}"),
    "opposite": ("互相排斥：{0} / {1}", "the one excludes the other: {0} / {1}"),
    "other-head": ("中心词不同：{0} / {1}", "other things are meant: {0} / {1}"),
    "form-of": ("同一物质的形态或用途：{0}", "a form or use of the same substance: {0}"),
    "one-of": ("是另一方列举的其中之一", "one of several that the other lists"),
    "sense": ("释义说的是物质：{0}", "its definition is of a substance: {0}"),
    "parts": ("说的是它的制品或零件：{0}", "articles or parts of it are meant: {0}"),
    "listed-under": (
        "通常归在其名下，但并非同一物：{0}",
        "listed under that name without being the same: {0}",
    ),
    "other-sense": ("另一义项：{0}", "another sense of the word: {0}"),
}


def reason(code: str, weight: float = 0.0, *values: object) -> Reason:
    """
    Return a reason by its code.

    >>> reason("level", -0.5, "city", "town").en
    'other administrative levels: city / town'
    """
    zh, en = _TEXTS[code]
    return Reason(code, zh.format(*values), en.format(*values), weight)
