"""The documentation says what is there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from anshan_kg import exports, formats, queries
from anshan_kg.cli import _COMMANDS, cli
from anshan_kg.config import SETTINGS
from anshan_kg.execution import gate
from anshan_kg.web import problems, transport
from tests import walkthroughs
from tests.conftest import ROOT, free_port, need, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", _COMMANDS)
def test_the_readme_names_every_command(name: str):
    assert f"`{name}" in README


@pytest.mark.parametrize("name", exports.names())
def test_the_readme_names_every_export(name: str):
    assert f"`{name}`" in README


@pytest.mark.parametrize("name", queries.names("views"))
def test_the_readme_names_every_view(name: str):
    assert f"`{name}`" in README


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_the_readme_names_every_setting_with_its_default(setting):
    assert (
        f"| `{setting.environment}` | {setting.default if setting.default is not None else '–'} |" in README
    )


@pytest.mark.parametrize("name", queries.names())
def test_the_list_of_questions_is_complete(name: str):
    text = (ROOT / "docs/questions.md").read_text(encoding="utf-8")
    query = queries.load(name)
    assert f"| `{name}` | {query.title.en} | {query.title.zh} |" in text


def test_every_link_inside_the_documents_leads_somewhere():
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {project['version']}\n" in citation
    assert f"## [{project['version']}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f'owl:versionInfo "{project["version"]}"' in (ROOT / "ontology/anshan.ttl").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("line", re.findall(r"^\$ (anshan-kg .+)$", README, re.MULTILINE))
def test_the_commands_of_the_readme_work(line: str, tmp_path):
    environment_folder = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-c", f'PATH="{environment_folder}:$PATH"; {line}'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_no_document_carries_a_path_of_a_machine_or_a_registry():
    names = ["README.md", "requirements.lock", "Makefile"]
    if shutil.which("git"):
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
        names = listed.stdout.splitlines() or names
    for name in names:
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        assert not re.search(
            rb"/(?:home|root|Users)/\w+/|--index-url\s+\S+|https?://[^/\s]*:[^/@\s]*@", data
        ), name


def test_the_answers_walked_through_are_those_the_commands_give(request: pytest.FixtureRequest):
    """`pytest --regold` writes them anew; read them before committing."""
    path = ROOT / "docs/questions.md"
    text = path.read_text(encoding="utf-8")
    walks = walkthroughs.load(Path(__file__).parent / "walkthroughs.toml")
    assert len(walks) >= 20
    assert {walk.role for walk in walks} == {
        "policy analyst", "journalist", "supply-chain manager", "linked-data engineer",
    }  # fmt: skip
    made = walkthroughs.section(walks)
    begin, end = text.index(walkthroughs.BEGIN), text.index(walkthroughs.END) + len(walkthroughs.END)
    if request.config.getoption("--regold"):
        path.write_text(text[:begin] + made + text[end:], encoding="utf-8")
        return
    assert text[begin:end] == made


COMPETENCY = re.findall(
    r"^\| (\d+) \| .* \| (.*) \| (`.*`) \|$",
    (ROOT / "docs/questions.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


def test_every_competency_question_has_its_answer():
    assert [int(number) for number, _, _ in COMPETENCY] == list(range(1, 61))


@pytest.mark.parametrize(("number", "kind", "commands"), COMPETENCY, ids=[row[0] for row in COMPETENCY])
def test_what_answers_a_competency_question_answers(number: str, kind: str, commands: str):
    """A question whose empty answer is right is told so; every other gives rows."""
    for command in re.findall(r"`([^`]+)`", commands):
        words = shlex.split(command)
        if words[0] not in {"ask", "potential", "progress"}:
            assert words[0] in _COMMANDS
            continue
        result = CliRunner().invoke(cli, ["--quiet", *words, "--format", "csv"], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        rows = result.stdout.splitlines()
        empty_is_right = kind == "fault" or words[1:2] == ["deprecated-terms"]
        assert (len(rows) == 1) == empty_is_right, f"{number}: {command}"
        if "U" in kind and words[0] == "ask":
            assert "unknown" in rows[0] or any("unknown" in row for row in rows), f"{number}: {command}"


PROTOCOL = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", [*formats.RESULTS, *formats.GRAPHS], ids=lambda form: form.name)
def test_the_page_on_the_protocol_names_every_format(form: formats.Format):
    assert f"`{form.name}`" in PROTOCOL
    assert f"`{form.media_type}`" in PROTOCOL


def test_the_page_on_the_protocol_names_every_status_and_every_header_of_ours():
    for status in {status for _, status in problems.STATUSES} | {405, 415}:
        assert re.search(rf"\b{status}\b", PROTOCOL), status
    for header in transport.EXPOSED.split(", "):
        assert header in PROTOCOL


ENGINE = [
    ("literals are canonical", 'ASK { ?s <x:n> ?o FILTER(STR(?o) = "1") }', True),
    ("?g inside the group", "ASK { GRAPH ?g { FILTER(BOUND(?g)) } }", True),
    ("a path of length zero", "ASK { <x:none> <x:p>* ?o }", False),
    ("GROUP_CONCAT keeps a language", "ASK { { SELECT (GROUP_CONCAT(?o) AS ?x) { ?s <x:l> ?o } } FILTER(LANG(?x) = 'en') }", True),
    ("BNODE in every solution", 'ASK { { SELECT (COUNT(DISTINCT ?b) AS ?n) { { SELECT (BNODE("x") AS ?b) { VALUES ?i { 1 2 } } } } } FILTER(?n = 1) }', True),
]  # fmt: skip
"""What docs/protocol.md says that the engine does otherwise; when one of these fails, the page is to be changed."""


@pytest.mark.parametrize(("query", "found"), [row[1:] for row in ENGINE], ids=[row[0] for row in ENGINE])
def test_the_engine_has_the_limits_that_are_told(query: str, found: bool):
    store = ox.Store()
    store.update(
        'INSERT DATA { <x:a> <x:n> "01"^^<http://www.w3.org/2001/XMLSchema#integer> ; <x:l> "a"@en, "b"@en . '
        "GRAPH <x:g> { <x:a> <x:b> 1 } }"
    )
    assert bool(store.query(query)) is found


def test_the_bounds_of_a_query_are_those_that_are_told():
    assert f"Brackets may be nested {gate.DEEPEST} deep" in PROTOCOL
    assert (gate.LONGEST // 10**6, "four million characters" in PROTOCOL) == (4, True)


def test_decisions_have_numbers_of_their_own_and_are_listed():
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    numbers = [page.name[:3] for page in pages]
    assert len(set(numbers)) == len(numbers)
    listed = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    for page in pages:
        title = page.read_text(encoding="utf-8").splitlines()[0].partition(". ")[2]
        assert f"{int(page.name[:3])}. [{title}](decisions/{page.name})" in listed


def test_the_options_that_operations_and_protocol_name_are_there():
    told = "".join(
        CliRunner().invoke(cli, [*command, "--help"]).output
        for command in (["serve"], ["token", "create"], [])
    )
    for page in ("operations", "protocol", "writing", "isolation"):
        text = (ROOT / f"docs/{page}.md").read_text(encoding="utf-8")
        for line in re.findall(r"^.*anshan-kg (?:serve|token)\b.*$", text, re.MULTILINE):
            for option in re.findall(r"(?<=\s)--[a-z-]+", line.partition("anshan-kg ")[2]):
                assert option in told, (page, option)
        for option in re.findall(r"`(--[a-z-]+)[^`]*`", text):
            known = option in told or option in KNOWN_ELSEWHERE
            assert known, (page, option)


KNOWN_ELSEWHERE = {"--empty", "--skip-refused", "--graph", "--network", "--memory"}
"""Options of other commands, and of podman."""


@pytest.mark.parametrize(
    "line", re.findall(r"^curl .*http://127\.0\.0\.1:8000.*$", PROTOCOL, re.MULTILINE), ids=str
)
def test_the_requests_of_the_page_on_the_protocol_are_answered(line: str, our_service: str):
    need(shutil.which("curl"), "curl")
    command = line.replace("http://127.0.0.1:8000", our_service)
    done = subprocess.run(
        ["bash", "-c", f"{command} --silent --fail"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.fixture(scope="module")
def our_service() -> Iterator[str]:
    """The address of a service as `anshan-kg serve` starts it."""
    port = free_port()
    command = [sys.executable, "-m", "anshan_kg", "--quiet", "serve", "--port", str(port), "--workers", "1"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", 60)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
