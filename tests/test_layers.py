"""The architecture, held: who may import whom, and who may know which library."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "anshan_kg"

LAYERS = (
    {"errors", "model", "terms", "config", "quantities", "locks", "derived", "allocator", "cells"},
    {"registry", "formats", "labels", "queries", "rules", "network", "exploring", "exports", "search", "evidence", "statements",
     "turtle", "drawing", "flows", "foreign", "synth", "linking", "sssom", "federation", "spelling", "vocabulary", "overviews"},
    {"files", "validate", "shacl", "dataset", "cache", "release", "execution", "stores", "writing", "explain", "importing",
     "sheets", "reconciling", "completion", "links", "curation", "dossier"},
    {"kg"},
    {"cli", "web", "bench"},
)  # fmt: skip
"""From the bottom up; a module imports from its own layer or from below."""

KNOWS = {
    "click": {"cli"},
    "flask": {"web"},
    "granian": {"web"},
    "markupsafe": {"drawing", "web"},
    "networkx": {"network", "exploring", "exports", "kg", "drawing"},
    "numpy": {"linking"},
    "pint": {"flows"},
    "prometheus_client": {"web"},
    "pypinyin": {"importing", "linking", "spelling"},
    "python_calamine": {"sheets"},
    "pyshacl": {"validate", "shacl"},
    "rapidfuzz": {"spelling", "linking", "reconciling"},
    "rdflib": {"validate", "shacl"},
    "rich": {"cli"},
    "structlog": {"web"},
    "urllib3": {"stores", "links"},
    "werkzeug": {"web", "formats"},
    "yaml": {"links"},
}
"""Which parts may know a library; the others would have to change if it did."""


def part_of(path: Path) -> str:
    """Return the part of the package a file belongs to."""
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Return the full names of the modules a file imports, for types too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


FILES = sorted(path for path in SOURCE.rglob("*.py") if part_of(path) not in {"__init__", "__main__"})
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_imports_go_downward_only(path: Path):
    mine = LEVEL[part_of(path)]
    for name in imports(path):
        pieces = name.split(".")
        if pieces[0] == "anshan_kg" and len(pieces) > 1 and pieces[1] in LEVEL:
            assert LEVEL[pieces[1]] <= mine, f"{path.name} reaches up to {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_library_is_known_only_where_it_is_used(path: Path):
    for name in imports(path):
        allowed = KNOWS.get(name.split(".")[0])
        assert allowed is None or part_of(path) in allowed, f"{path.name} knows {name}"


def test_parts_do_not_import_each_other_in_a_circle():
    arrows: dict[str, set[str]] = {part: set() for part in LEVEL}
    for path in FILES:
        for name in imports(path):
            pieces = name.split(".")
            if (
                pieces[0] == "anshan_kg"
                and len(pieces) > 1
                and pieces[1] in LEVEL
                and pieces[1] != part_of(path)
            ):
                arrows[part_of(path)].add(pieces[1])
    while arrows:
        free = {part for part, needed in arrows.items() if not needed & arrows.keys()}
        assert free, f"a circle among {sorted(arrows)}"
        arrows = {part: needed for part, needed in arrows.items() if part not in free}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_queries_are_files_not_python(path: Path):
    """A query in a string cannot be run by itself, nor be reviewed as a query."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not ("SELECT" in node.value and "{ ?" in node.value and path.name != "server.py"
                        and "commands" not in path.parts), node.value  # fmt: skip


def test_every_module_says_what_it_is_for():
    for path in SOURCE.rglob("*.py"):
        doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert doc, path
        assert doc.splitlines()[0].endswith((".", ":")), path
