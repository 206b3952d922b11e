"""The graph is clean, and every shape and check finds the fault it is there for."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anshan_kg import KnowledgeGraph
from anshan_kg.config import Config
from anshan_kg.errors import DataError, InvalidGraph
from anshan_kg.terms import curie
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

FAULTS = sorted((Path(__file__).parent / "faults").glob("*.ttl"))


def expected(path: Path) -> tuple[str, str]:
    """Return the rule and the focus that a fault file says it is found by."""
    found = re.search(r"^# finds: (\S+) (\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, f"{path.name} does not say what finds it"
    return found[1], curie(found[2].strip("<>"))


def test_the_real_graph_is_clean(kg: KnowledgeGraph):
    assert kg.check() == []


@pytest.fixture(scope="session")
def article(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    """The graph with one source only: to find a fault, not all of them have to be read again."""
    root = tmp_path_factory.mktemp("article")
    shutil.copytree(ROOT / "ontology", root / "ontology")
    shutil.copytree(ROOT / "graph/entities", root / "graph/entities")
    for folder, name in (
        ("claims", "cr-house-599"), ("sources", "cr-house-599"), ("sources", "anshan-kg-editorial"),
        ("claims", "anshan-kg-editorial"), ("claims", "conflicts"),
    ):  # fmt: skip
        place = root / "graph" / folder
        place.mkdir(exist_ok=True)
        shutil.copy(ROOT / "graph" / folder / f"{name}.ttl", place)
    return KnowledgeGraph.open(Config(root=str(root)))


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_a_seeded_fault_is_found(article: KnowledgeGraph, path: Path):
    """The finding names file, line, focus and reason, in both languages."""
    kg = article
    rule, focus = expected(path)
    found = [finding for finding in kg.check([path]) if finding.rule == rule and finding.focus == focus]
    assert found, [str(finding) for finding in kg.check([path])]
    for finding in found:
        assert finding.message
        assert finding.message_zh
        if not focus.startswith(
            ("place:anshan", "claim:cr-house", "mine:chen", "source:cr", "conflict:battery")
        ):
            assert finding.file.endswith(f"faults/{path.name}")
            assert finding.line is not None


def test_every_shape_and_every_check_has_a_fault_it_must_find():
    rules = {expected(path)[0] for path in FAULTS}
    checks = {path.stem for path in (ROOT / "ontology/checks").glob("*.rq")}
    shapes = {
        re.sub(r"(?:^|-)(\w)", lambda found: found[1].upper(), path.stem)
        for path in (ROOT / "ontology/shapes").glob("*.ttl")
    }
    assert checks | shapes | {"literal-is-canonical", "number-is-as-printed"} == rules


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the text files that a test may break."""
    for folder in ("ontology", "graph"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


@pytest.fixture
def broken(tree: Path) -> Callable[[str, str], KnowledgeGraph]:
    """Return a graph whose tree has one more file."""

    def add(path: str, text: str) -> KnowledgeGraph:
        (tree / path).write_text(text, encoding="utf-8")
        return KnowledgeGraph.open(Config(root=str(tree)))

    return add


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "ontology/shapes/idle.ttl",
            "@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
            "<https://w3id.org/anshan-kg/shape/Idle> a sh:NodeShape ;\n"
            "  sh:targetClass <https://w3id.org/anshan-kg/ont#Kiln> .\n",
        ),
        (
            "ontology/checks/idle.rq",
            "# A kiln is hot.\n# zh: 窑炉是热的。\nPREFIX akg: <https://w3id.org/anshan-kg/ont#>\n"
            "SELECT DISTINCT ?focus ?detail WHERE {\n  ?focus a akg:Kiln .\n  # fault when\n  ?focus akg:cold ?detail .\n}\n",
        ),
    ],
)
def test_a_shape_or_check_that_looks_at_nothing_fails(
    broken: Callable[[str, str], KnowledgeGraph], path: str, text: str
):
    """It would pass for ever without looking at anything."""
    found = broken(path, text).check()
    assert [finding.file for finding in found] == [path]
    assert "looks at nothing" in found[0].message


def test_a_graph_with_faults_is_not_released(broken: Callable[[str, str], KnowledgeGraph], tmp_path: Path):
    fault = (Path(__file__).parent / "faults" / "unit-megaton.ttl").read_text(encoding="utf-8")
    with pytest.raises(InvalidGraph, match="unit-is-no-trap"):
        broken("graph/claims/fault.ttl", fault).build(tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("graph/claims/bad.ttl", "@prefix a: <http://a/> .\na:b a:c ;;\n  a:d [ .\n", r"graph/claims/bad\.ttl:2: malformed Turtle"),
        ("graph/claims/bad.ttl", "\n\nplace:anshan a place:x .\n", r"graph/claims/bad\.ttl:3: malformed Turtle: The prefix place: has not been declared"),
        ("ontology/bad.sssom.tsv", "subject_id\tpredicate_id\tobject_id\tmapping_justification\nakg:Mine\tskos:closeMatch\tnope:x\tsemapv:ManualMappingCuration\n", r"ontology/bad\.sssom\.tsv: not a mapping row"),
        ("ontology/rules/bad.rq", "# Bad\nSELECT * { ?s ?p ?o }\n", r"ontology/rules/bad\.rq: a rule has the form CONSTRUCT"),
        ("ontology/rules/bad.rq", "# Bad\nPREFIX akg: <http://a/>\nCONSTRUCT { ?s akg:p ?o } WHERE { ?s akg:q+ ?o . }\n", r"plain triple patterns"),
    ],
)  # fmt: skip
def test_a_malformed_file_is_named_with_its_line(
    broken: Callable[[str, str], KnowledgeGraph], path: str, text: str, reason: str
):
    with pytest.raises(DataError, match=reason):
        broken(path, text)


def test_a_file_that_is_not_utf8_is_named_with_its_line(tree: Path):
    (tree / "graph/claims/gbk.ttl").write_bytes("# mine\n# 鞍山\n".encode("gbk"))
    with pytest.raises(DataError, match=r"graph/claims/gbk\.ttl:2: is not UTF-8"):
        KnowledgeGraph.open(Config(root=str(tree)))


def test_a_missing_path_is_named(kg: KnowledgeGraph):
    with pytest.raises(DataError, match=r"nowhere\.ttl: does not exist"):
        kg.check(["nowhere.ttl"])


def test_a_root_without_a_graph_says_how_to_name_one(tmp_path: Path):
    with pytest.raises(DataError, match="--root DIR or ANSHAN_KG_ROOT"):
        KnowledgeGraph.open(Config(root=str(tmp_path)))
