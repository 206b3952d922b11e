"""The wheel carries everything, and works from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package installed from its wheel, and nothing of the checkout."""
    place = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(place), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = place.glob("*.whl")
    subprocess.run(
        [*pip, "install", "--no-deps", "--target", str(place / "site"), str(wheel)],
        check=True,
        capture_output=True,
    )
    return place


def run(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ANSHAN_KG")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "anshan_kg", *arguments], cwd=installed, capture_output=True, text=True,
        check=False, env={**environment, "PYTHONPATH": str(installed / "site")},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ask", "chains", "--format", "csv"], "coke oven gas"),
        (["show", "焦炉煤气"], "coke oven gas"),
        (["check"], ""),
        (["export", "graphml", "--view", "chains"], "<graphml"),
        (
            [
                "query",
                "SELECT (COUNT(*) >= 1000 AS ?enough) { ?c a <https://w3id.org/anshan-kg/ont#Claim> }",
                "--format",
                "csv",
            ],
            "true",
        ),
    ],
)
def test_the_installed_package_works_from_any_folder(installed: Path, arguments: list[str], words: str):
    done = run(installed, *arguments)
    assert done.returncode == 0, done.stderr
    assert words in done.stdout


def test_the_installed_package_is_the_one_that_ran(installed: Path):
    done = subprocess.run(
        [sys.executable, "-P", "-c", "import anshan_kg; print(anshan_kg.__file__)"], cwd=installed,
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(installed / "site")},
    )  # fmt: skip
    assert done.stdout.startswith(str(installed / "site"))


def test_the_wheel_carries_ontology_graph_queries_pages_and_licences(installed: Path):
    package = installed / "site" / "anshan_kg"
    for part in (
        "_data/ontology/anshan.ttl",
        "_data/graph/claims/cr-house-599.ttl",
        "queries/questions/targets.rq",
        "web/templates/base.html",
        "web/static/built/manifest.json",
        "web/messages/zh/site.toml",
        "py.typed",
    ):
        assert (package / part).is_file(), part
    assert not (package / "_data/ontology/anshan.ttl").is_symlink()
    assert {path.name for path in installed.glob("site/*.dist-info/licenses/**/*") if path.is_file()} >= {
        "LICENSE",
        "Apache-2.0.txt",
        "CC-BY-4.0.txt",
    }


def test_the_wheel_carries_no_path_of_the_machine_it_was_built_on(installed: Path):
    for path in (installed / "site" / "anshan_kg").rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            assert str(ROOT).encode() not in path.read_bytes(), path
