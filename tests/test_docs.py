"""The documentation says what is there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from anshan_kg import exports, queries
from anshan_kg.cli import _COMMANDS, cli
from anshan_kg.config import SETTINGS
from tests import walkthroughs
from tests.conftest import ROOT

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
