"""The part of docs/questions.md that shows questions with their answers, made by running them."""

from __future__ import annotations

import shlex
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from click.testing import CliRunner

from anshan_kg.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

BEGIN, END = "<!-- walked through: begin -->", "<!-- walked through: end -->"
_LONGEST = 24


@dataclass(frozen=True)
class Walk:
    """One question as somebody asks it: who, what, the command, and what its answer shows."""

    role: str
    question: str
    question_zh: str
    command: str
    shows: str


def load(path: Path) -> list[Walk]:
    """Return the walkthroughs of a TOML file."""
    return [Walk(**each) for each in tomllib.loads(path.read_text(encoding="utf-8"))["walk"]]


def answer(walk: Walk) -> str:
    """Return what the command prints."""
    words = shlex.split(walk.command)
    assert words[0] == "anshan-kg"
    result = CliRunner().invoke(cli, ["--quiet", *words[1:]], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return "\n".join(line.rstrip() for line in result.stdout.splitlines())


def section(walks: list[Walk]) -> str:
    """Return the section of the document, markers included."""
    parts = [BEGIN, "", "## Twenty answers, walked through", ""]
    parts += ["Made by running the commands; a test runs them again and compares.", ""]
    for number, walk in enumerate(walks, start=1):
        lines = answer(walk).splitlines()
        cut = (
            [*lines[:_LONGEST], f"... {len(lines) - _LONGEST} more lines"] if len(lines) > _LONGEST else lines
        )
        parts += [
            f"### {number}. {walk.question} {walk.question_zh}",
            "",
            f"*For the {walk.role}.* {walk.shows}",
            "",
        ]
        parts += ["```console", f"$ {walk.command}", *cut, "```", ""]
    return "\n".join([*parts, END])
