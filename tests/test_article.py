"""The article, completely: every passage, every number, nothing added and nothing copied."""

from __future__ import annotations

import csv
import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT, folder

if TYPE_CHECKING:
    from anshan_kg import KnowledgeGraph

SOURCE = "https://w3id.org/anshan-kg/id/source/cr-house-599"

NUMBERS = [
    # passage, indicator, value, unit, bound, modality, year, speaker
    ("p1s1", "iron-ore-mining-scale", "100000000", "TONNE-PER-YR", "exact", "target", "", "cr-house-599-author"),
    ("p2s1", "ordinal-in-series", "14", "NUM", "exact", "observed", "", "cr-house-599-author"),
    ("p2s1", "industrial-output-value-above-size", "350000000000", "CCY_CNY", "exact", "forecast", "2023", "liaoning-information-office"),
    ("p2s1", "enterprises-above-size", "850", "NUM", "more-than", "forecast", "2023", "liaoning-information-office"),
    ("p3s2", "number-of-bases", "3", "NUM", "exact", "plan", "", "liu-guangxin"),
    ("p3s3", "industrial-output-value", "400000000000", "CCY_CNY", "exact", "target", "", "liu-guangxin"),
    ("p3s3", "number-of-clusters", "8", "NUM", "exact", "target", "", "liu-guangxin"),
    ("p4s2", "enterprises-supported", "624", "NUM", "exact", "plan", "", "liu-guangxin"),
    ("p4s3", "crude-steel-capacity-change", "0", "TONNE-PER-YR", "exact", "constraint", "", "liu-guangxin"),
    ("p4s3", "number-of-product-systems", "5", "NUM", "exact", "plan", "", "liu-guangxin"),
    ("p5s2", "new-mines", "5", "NUM", "exact", "plan", "", "liu-guangxin"),
    ("p5s2", "renovated-mines", "7", "NUM", "exact", "plan", "", "liu-guangxin"),
    ("p5s3", "iron-ore-mining-scale", "55000000", "TONNE-PER-YR", "exact", "observed", "", "liu-guangxin"),
    ("p5s3", "iron-ore-mining-scale", "100000000", "TONNE-PER-YR", "exact", "target", "2025", "liu-guangxin"),
    ("p6s2", "output-value-class", "10000000000", "CCY_CNY", "exact", "plan", "", "cr-house-599-author"),
    ("p6s2", "output-value-class", "5000000000", "CCY_CNY", "exact", "plan", "", "cr-house-599-author"),
    ("p6s2", "output-value-class", "1000000000", "CCY_CNY", "more-than", "plan", "", "cr-house-599-author"),
]  # fmt: skip
"""Every number of the article, read from it by hand."""

RELATIONS = {
    ("place/anshan", "hasBase", "base/steel"),
    ("place/anshan", "hasBase", "base/magnesite"),
    ("place/anshan", "hasBase", "base/equipment-manufacturing"),
    ("place/anshan", "hasCluster", "cluster/steel-and-deep-processing"),
    ("place/anshan", "hasCluster", "cluster/iron-ore"),
    ("place/anshan", "hasCluster", "cluster/magnesite"),
    ("place/anshan", "implements", "measure/chain-extension"),
    ("place/anshan", "implements", "measure/capacity-expansion"),
    ("place/anshan", "implements", "measure/enterprise-multiplication"),
    ("place/anshan", "implements", "measure/double-an-integration"),
    ("place/anshan", "implements", "measure/small-to-large-upgrading"),
    ("measure/magnesite-resource-integration", "partOfMeasure", "measure/chain-extension"),
    ("measure/magnesite-industry-standard", "partOfMeasure", "measure/chain-extension"),
    ("measure/magnesite-green-mining", "partOfMeasure", "measure/chain-extension"),
    ("measure/magnesite-kiln-transformation", "partOfMeasure", "measure/chain-extension"),
    ("measure/capacity-expansion", "opensMine", "mine/xianshan"),
    ("measure/capacity-expansion", "opensMine", "mine/chentaigou"),
    ("measure/double-an-integration", "builds", "base/resource-utilisation"),
    ("event/liaoning-three-year-action-14", "organizedBy", "body/liaoning-information-office"),
    ("event/liaoning-three-year-action-14", "concernsPlan", "plan/liaoning-three-year-action"),
    ("person/liu-guangxin", "actedOnBehalfOf", "body/anshan-municipal-government"),
}
"""What the article says of the city, its bases, clusters, projects, mines and speakers."""


def last(iri: str) -> str:
    return iri.rpartition("/")[2]


def rows(kg: KnowledgeGraph, query: str) -> list[dict[str, str]]:
    prefixes = (
        "PREFIX akg: <https://w3id.org/anshan-kg/ont#> PREFIX prov: <http://www.w3.org/ns/prov#> "
        "PREFIX qudt: <http://qudt.org/schema/qudt/> "
    )
    return kg.sparql(prefixes + query).texts()  # type: ignore[union-attr]


def test_every_passage_of_the_article_leads_to_claims(kg: KnowledgeGraph):
    found = rows(kg, f"SELECT ?p (COUNT(?c) AS ?n) {{ ?p akg:inDocument <{SOURCE}> . ?c prov:wasQuotedFrom ?p ; a akg:Claim ; prov:hadPrimarySource <{SOURCE}> }} GROUP BY ?p")  # fmt: skip
    assert len(found) == 16
    assert all(int(row["n"]) > 0 for row in found)


def test_every_number_is_there_with_unit_bound_modality_year_speaker_and_passage(kg: KnowledgeGraph):
    found = rows(kg, f"""SELECT * {{
        ?c a akg:QuantitativeClaim ; prov:hadPrimarySource <{SOURCE}> ; prov:wasQuotedFrom ?p ; akg:indicator ?i ;
           akg:value ?v ; qudt:hasUnit ?u ; akg:bound ?b ; akg:modality ?m ; prov:wasAttributedTo ?s .
        OPTIONAL {{ ?c akg:targetYear ?y }} OPTIONAL {{ ?c akg:yearNotStated ?none }} }}""")  # fmt: skip
    told = [
        (
            last(r["p"])[13:],
            last(r["i"]),
            r["v"],
            last(r["u"]),
            last(r["b"]),
            last(r["m"]),
            r["y"],
            last(r["s"]),
        )
        for r in found
    ]
    assert sorted(told) == sorted(NUMBERS)
    assert all((row["y"] == "") == (row["none"] == "true") for row in found)


def test_the_relations_of_the_article_are_there(kg: KnowledgeGraph):
    found = rows(kg, f"SELECT * {{ ?c prov:hadPrimarySource <{SOURCE}> ; akg:claimSubject ?s ; akg:claimProperty ?p ; akg:claimObject ?o }}")  # fmt: skip
    told = {
        (row["s"].split("/id/")[1], re.split("[#/]", row["p"])[-1], row["o"].split("/id/")[1])
        for row in found
        if "/id/" in row["s"] and "/id/" in row["o"]
    }
    assert told >= RELATIONS


def test_our_own_notes_are_claims_of_their_own(kg: KnowledgeGraph):
    """Cathode or anode, Xishan, the headline, the tenses: all editorial, all with a reason."""
    found = rows(kg, "SELECT * { ?c akg:modality <https://w3id.org/anshan-kg/scheme/modality/editorial> ; akg:rationale ?why ; prov:hadPrimarySource ?source . FILTER(LANG(?why) = 'en') }")  # fmt: skip
    assert len(found) >= 9
    assert {last(row["source"]) for row in found} == {"anshan-kg-editorial"}


def test_ranges_and_digests_are_those_of_the_text():
    """The passages locate the words of the article to the character."""
    place = folder("ANSHAN_KG_TEST_SOURCES", "shared/source")
    text = (place / "article-anshan-2023.txt").read_text(encoding="utf-8")
    turtle = (ROOT / "graph/sources/cr-house-599.ttl").read_text(encoding="utf-8")
    found = re.findall(r'rangeStart (\d+) ;\s+akg:rangeEnd (\d+) ;\s+akg:textDigest "(\w+)"', turtle)
    assert len(found) == 16
    for start, end, digest in found:
        assert hashlib.sha256(text[int(start) : int(end)].encode()).hexdigest() == digest


def test_every_passage_that_was_numbered_is_kept():
    place = folder("ANSHAN_KG_TEST_SOURCES", "shared/source")
    with (place / "article-anshan-2023.passages.tsv").open(encoding="utf-8", newline="") as table:
        numbered = {row["paragraph"] + row["sentence"] for row in csv.DictReader(table, delimiter="\t")}
    turtle = (ROOT / "graph/sources/cr-house-599.ttl").read_text(encoding="utf-8")
    assert set(re.findall(r"^passage:cr-house-599-(\w+)$", turtle, re.MULTILINE)) == numbered


def test_no_sentence_is_copied():
    """No run of more than 60 characters of the article stands in the graph, its title aside."""
    place = folder("ANSHAN_KG_TEST_SOURCES", "shared/source")
    text = (place / "article-anshan-2023.txt").read_text(encoding="utf-8")
    title = text.splitlines()[0]
    runs = {text[i : i + 61] for i in range(len(text) - 60)} - {
        title[i : i + 61] for i in range(len(title) - 60)
    }
    for path in (ROOT / "graph").rglob("*.ttl"):
        turtle = path.read_text(encoding="utf-8")
        assert not [turtle[i : i + 61] for i in range(len(turtle) - 60) if turtle[i : i + 61] in runs], path


@pytest.mark.parametrize(
    "printed", ["55 million tons", "350 billion yuan", "over 1 billion", "unchanged", "eight"]
)
def test_printed_words_stand_in_the_article(printed: str):
    place = folder("ANSHAN_KG_TEST_SOURCES", "shared/source")
    assert printed in (place / "article-anshan-2023.txt").read_text(encoding="utf-8")


def test_all_printed_words_stand_in_their_passage():
    """No quotation is invented or edited."""
    place = folder("ANSHAN_KG_TEST_SOURCES", "shared/source")
    with (place / "article-anshan-2023.passages.tsv").open(encoding="utf-8", newline="") as table:
        text = {
            row["paragraph"] + row["sentence"]: row["text"] for row in csv.DictReader(table, delimiter="\t")
        }
    turtle = (ROOT / "graph/claims/cr-house-599.ttl").read_text(encoding="utf-8")
    quoted = 0
    for block in turtle.split("\n\n"):
        words = re.search(r'akg:originalText "((?:[^"\\]|\\.)*)"@en', block)
        passage = re.search(r"prov:wasQuotedFrom passage:cr-house-599-(\w+)", block)
        if words and passage:
            quoted += 1
            assert words[1].replace('\\"', '"') in text[passage[1]], block
    assert quoted > 30
