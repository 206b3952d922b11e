"""An invented region is shaped like the real graph, and cannot be taken for it."""

from __future__ import annotations

import gzip
import itertools
import tracemalloc
from collections import Counter

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from anshan_kg import dataset, files, synth
from anshan_kg.cli import cli
from anshan_kg.errors import ParameterError
from anshan_kg.synth import Region, Size
from anshan_kg.terms import BASE, iri

KINDS = {
    "akg:Enterprise", "akg:GovernmentBody", "akg:Place", "akg:Plant", "akg:Mine", "akg:SourceDocument", "akg:Passage",
    "akg:RelationClaim", "akg:QuantitativeClaim", "akg:TextClaim", "akg:ConflictSet", "akg:EvidenceGap",
}  # fmt: skip
EVERYTHING = 20, Size(enterprises=9)
"""A seed and a size at which each of these kinds is there."""


def text(seed: int, size: Size, form: str = "nt", *, derived: bool = True) -> str:
    region = Region(seed)
    pieces = synth.write(region.things(size, derived=derived), form, region.graphs, derived=derived)
    return "".join(piece for piece, _ in pieces)


def test_the_same_seed_gives_the_same_bytes_and_another_one_another_region():
    assert text(7, Size(9)) == text(7, Size(9))
    assert text(7, Size(9)) != text(8, Size(9))


def test_a_larger_region_starts_with_the_smaller_one():
    assert text(7, Size(70)).startswith(text(7, Size(66)))


@pytest.mark.parametrize("wanted", [1, 5_000, 40_000])
def test_a_region_of_so_many_triples_has_them_and_at_most_one_enterprise_more(wanted: int):
    region = Region(1)
    sizes = [len(thing) for thing in region.things(Size(triples=wanted))]
    assert wanted <= sum(sizes) < wanted + 2_000


def test_the_number_of_triples_is_that_of_the_default_graph():
    region = Region(5)
    counted = sum(count for _, count in synth.write(region.things(Size(66)), "nq", region.graphs))
    assert counted == len(set(text(5, Size(66)).splitlines()))


def test_nothing_invented_lies_under_the_base_of_the_real_graph():
    store = ox.Store()
    store.load(text(*EVERYTHING), format=ox.RdfFormat.N_TRIPLES)
    assert {quad.subject.value.startswith("https://region-20.example/") for quad in store} == {True}
    assert not BASE.startswith("https://region-")


def test_every_name_says_that_it_is_invented():
    region = Region(EVERYTHING[0])
    for thing in region.things(EVERYTHING[1]):
        for predicate, value in thing.facts:
            if predicate == f"<{iri('rdfs:label').value}>":
                assert "(invented)" in value or "（虚构）" in value


def test_names_come_once():
    region = Region(2)
    named = [region.enterprise(number) for number in range(90_000)]
    townships = [region._township(number) for number in range(4_000)]
    for group in (named, townships):
        assert Counter(each.zh for each in group).most_common(1)[0][1] == 1
        assert Counter(each.en for each in group).most_common(1)[0][1] == 1


def test_the_real_shapes_and_checks_find_no_fault(kg, tmp_path):
    path = tmp_path / "region.ttl"
    path.write_text(text(*EVERYTHING, "ttl", derived=False), encoding="utf-8")
    assert {kind for kind in KINDS if f"a {kind} " in path.read_text(encoding="utf-8")} == KINDS
    assert kg.check([path]) == []


def test_the_real_shapes_look_at_what_is_invented(kg, tmp_path):
    path = tmp_path / "region.ttl"
    whole = text(7, Size(1), "ttl", derived=False)
    path.write_text(whole.replace("akg:editorialConfidence confidence:high ;", "", 1), encoding="utf-8")
    assert [finding.rule for finding in kg.check([path])] == ["Claim"]


def test_what_is_derived_is_what_the_rules_of_the_ontology_derive(kg, tmp_path):
    seed, size = EVERYTHING[0], Size(68)  # with a second township
    path = tmp_path / "region.ttl"
    path.write_text(text(seed, size, "ttl", derived=False), encoding="utf-8")
    built = dataset.assemble(kg.tree, [files.read_document(path)]).store
    base = Region(seed).base
    expected = {
        str(quad.triple)
        for quad in built.quads_for_pattern(None, None, None, ox.DefaultGraph())
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(base)
    }
    written = ox.Store()
    written.load(text(seed, size), format=ox.RdfFormat.N_TRIPLES)
    assert {str(quad.triple) for quad in written} == expected


def test_the_formats_say_the_same_and_quads_say_it_in_a_named_graph_too():
    seed, size = EVERYTHING
    stores = {}
    for form in synth.FORMATS:
        stores[form] = ox.Store()
        stores[form].load(text(seed, size, form), format=ox.RdfFormat.from_extension(form))
    plain = {quad.triple for quad in stores["nt"]}
    assert {quad.triple for quad in stores["ttl"]} == plain
    default = {quad.triple for quad in stores["nq"] if quad.graph_name == ox.DefaultGraph()}
    named = Counter(quad.triple for quad in stores["nq"] if quad.graph_name != ox.DefaultGraph())
    assert default == plain
    assert named == Counter(plain)


def test_a_large_region_takes_no_more_memory_than_a_small_one():
    region = Region(1)
    peaks = []
    for size in (Size(70), Size(350)):
        tracemalloc.start()
        for _ in synth.write(region.things(size), "nq", region.graphs):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0]


def test_relations_lead_only_to_what_came_before():
    region = Region(4)
    seen: set[str] = set()
    for thing in itertools.islice(region.things(Size(200)), 20_000):
        for predicate, value in thing.facts:
            if predicate == f"<{iri('akg:claimObject').value}>" and "/id/enterprise/" in value:
                assert value in seen
        seen.add(thing.subject)


def test_the_command_writes_a_compressed_file_whole(tmp_path):
    path = tmp_path / "region.nq.gz"
    arguments = ["--quiet", "synth", "--enterprises", "3", "--seed", "7", "-o", str(path)]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    once = path.read_bytes()
    assert gzip.decompress(once).decode() == text(7, Size(3), "nq")
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    assert path.read_bytes() == once
    assert [each.name for each in tmp_path.iterdir()] == ["region.nq.gz"]


def test_the_command_writes_to_standard_output():
    result = CliRunner().invoke(cli, ["--quiet", "synth", "--enterprises", "1"])
    assert result.stdout == text(1, Size(1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--enterprises"),
        (["--enterprises", "0"], "--enterprises"),
        (["--triples", "-4"], "--triples"),
        (["--enterprises", "1", "--seed", "-1"], "--seed"),
    ],
)
def test_a_size_that_is_none_is_wrong_usage(arguments, message):
    result = CliRunner().invoke(cli, ["synth", *arguments])
    assert result.exit_code == 2
    assert message in result.output


def test_a_file_of_another_format_is_refused_by_name(tmp_path):
    result = CliRunner().invoke(cli, ["synth", "--enterprises", "1", "-o", str(tmp_path / "region.csv")])
    assert isinstance(result.exception, ParameterError)
    assert ".nt, .nq, .ttl" in str(result.exception)


def test_a_region_without_a_size_is_refused():
    with pytest.raises(ParameterError, match="how many"):
        list(Region(1).things(Size()))
