"""What invented names are made of, in Chinese, pinyin and English."""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """A word in Chinese, in pinyin with a space between syllables, and in English."""

    zh: str
    pinyin: str
    en: str


class Trade(NamedTuple):
    """A line of business: what it is called, what it makes, what it works up, and where."""

    word: Word
    makes: tuple[str, ...]
    takes: tuple[str, ...]
    mine: bool = False


def _words(text: str) -> tuple[Word, ...]:
    """Return words written as `zh pinyin`; the English is the pinyin in one word."""
    pairs = (entry.split(" ", 1) for entry in text.split(", "))
    return tuple(Word(zh, pinyin, pinyin.replace(" ", "").capitalize()) for zh, pinyin in pairs)


CITIES = _words(
    "青岭 qing ling, 海岗 hai gang, 云台 yun tai, 石泉 shi quan, 宁阳 ning yang, 丰河 feng he, "
    "松岭 song ling, 白崖 bai ya, 长屯 chang tun, 平岗 ping gang, 玉峰 yu feng, 金沙 jin sha"
)

PLACE_STARTS = _words(
    "东 dong, 西 xi, 南 nan, 北 bei, 上 shang, 下 xia, 新 xin, 大 da, 小 xiao, 双 shuang, 前 qian, 后 hou, "
    "高 gao, 平 ping, 长 chang, 中 zhong"
)
PLACE_MIDDLES = _words(
    "柳 liu, 杨 yang, 松 song, 石 shi, 沙 sha, 马 ma, 龙 long, 鹿 lu, 桃 tao, 梨 li, 白 bai, 青 qing, "
    "红 hong, 黑 hei, 金 jin, 银 yin"
)
PLACE_ENDS = _words(
    "沟 gou, 岭 ling, 河 he, 台 tai, 屯 tun, 桥 qiao, 泉 quan, 崖 ya, 岗 gang, 湾 wan, 堡 bao, 坡 po"
)

BRAND_STARTS = _words(
    "恒 heng, 泰 tai, 鑫 xin, 隆 long, 盛 sheng, 华 hua, 宏 hong, 祥 xiang, 瑞 rui, 德 de, 正 zheng, 永 yong, "
    "兴 xing, 嘉 jia, 天 tian, 金 jin, 广 guang, 福 fu, 万 wan, 宝 bao, 中 zhong, 东 dong, 远 yuan, 安 an, "
    "合 he, 联 lian, 利 li, 益 yi, 昌 chang, 荣 rong, 顺 shun, 同 tong, 大 da, 欧 ou, 方 fang, 科 ke, "
    "凯 kai, 诚 cheng, 冠 guan, 腾 teng"
)
BRAND_ENDS = _words(
    "达 da, 源 yuan, 丰 feng, 通 tong, 成 cheng, 辉 hui, 发 fa, 拓 tuo, 阳 yang, 川 chuan, 山 shan, 海 hai, "
    "林 lin, 特 te, 业 ye, 鼎 ding, 邦 bang, 立 li, 基 ji, 科 ke, 创 chuang, 润 run, 康 kang, 晨 chen, "
    "晟 sheng, 博 bo, 超 chao, 岳 yue, 江 jiang, 裕 yu, 泽 ze, 航 hang, 明 ming, 朗 lang, 旺 wang, 豪 hao, "
    "腾 teng, 翔 xiang, 坤 kun, 伟 wei"
)

TRADES = (
    Trade(Word("铁矿", "tie kuang", "Iron Mining"), ("iron-ore",), (), mine=True),
    Trade(Word("选矿", "xuan kuang", "Ore Dressing"), ("iron-concentrate", "iron-ore-tailings"), ("iron-ore",)),
    Trade(Word("球团", "qiu tuan", "Pellets"), ("iron-ore-pellets",), ("iron-concentrate",)),
    Trade(
        Word("炼铁", "lian tie", "Ironmaking"),
        ("pig-iron", "blast-furnace-slag", "blast-furnace-gas"),
        ("iron-ore-pellets", "metallurgical-coke"),
    ),
    Trade(Word("炼钢", "lian gang", "Steelmaking"), ("crude-steel", "steel-slag"), ("pig-iron", "steel-scrap")),
    Trade(Word("轧钢", "zha gang", "Rolling"), ("rolled-steel", "mill-scale", "spent-pickle-liquor"), ("crude-steel",)),
    Trade(Word("钢材深加工", "gang cai shen jia gong", "Steel Processing"), ("deep-processed-plate",), ("rolled-steel",)),
    Trade(Word("废钢", "fei gang", "Scrap Recycling"), ("steel-scrap",), ()),
    Trade(
        Word("焦化", "jiao hua", "Coking"),
        ("metallurgical-coke", "coal-tar", "raw-coke-oven-gas"),
        ("coking-coal",),
    ),
    Trade(Word("煤焦油化工", "mei jiao you hua gong", "Tar Chemicals"), ("coal-tar-pitch", "naphthalene"), ("coal-tar",)),
    Trade(Word("沥青", "li qing", "Pitch"), ("refined-coal-tar-pitch",), ("coal-tar-pitch",)),
    Trade(Word("针状焦", "zhen zhuang jiao", "Needle Coke"), ("needle-coke",), ("refined-coal-tar-pitch",)),
    Trade(Word("炭素", "tan su", "Carbon"), ("synthetic-graphite",), ("needle-coke",)),
    Trade(Word("煤气净化", "mei qi jing hua", "Gas Cleaning"), ("clean-coke-oven-gas", "crude-benzol"), ("raw-coke-oven-gas",)),
    Trade(Word("氢能", "qing neng", "Hydrogen"), ("hydrogen", "psa-tail-gas"), ("clean-coke-oven-gas",)),
    Trade(Word("菱镁矿", "ling mei kuang", "Magnesite Mining"), ("magnesite-ore",), (), mine=True),
    Trade(Word("镁砂", "mei sha", "Magnesia"), ("light-burnt-magnesia", "dead-burnt-magnesia"), ("magnesite-ore",)),
    Trade(Word("电熔镁", "dian rong mei", "Fused Magnesia"), ("fused-magnesia",), ("light-burnt-magnesia",)),
    Trade(
        Word("耐火材料", "nai huo cai liao", "Refractories"),
        ("basic-refractory",),
        ("dead-burnt-magnesia", "fused-magnesia"),
    ),
    Trade(Word("镁化工", "mei hua gong", "Magnesium Chemicals"), ("magnesium-hydroxide",), ("light-burnt-magnesia",)),
    Trade(Word("矿渣微粉", "kuang zha wei fen", "Slag Powder"), ("ground-granulated-slag",), ("blast-furnace-slag",)),
    Trade(
        Word("新型建材", "xin xing jian cai", "Building Materials"),
        ("new-building-materials", "concrete"),
        ("iron-ore-tailings", "ground-granulated-slag"),
    ),
    Trade(
        Word("酸再生", "suan zai sheng", "Acid Regeneration"),
        ("regenerated-hydrochloric-acid", "regenerated-iron-oxide"),
        ("spent-pickle-liquor",),
    ),
    Trade(Word("磁性材料", "ci xing cai liao", "Magnetics"), ("strontium-ferrite",), ("regenerated-iron-oxide",)),
)  # fmt: skip
"""Lines of business whose products feed each other, by slugs of the materials of the ontology."""
