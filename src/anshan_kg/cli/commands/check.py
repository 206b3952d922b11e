"""`check`: find the faults of the graph, or of files beside it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from anshan_kg.cli.exits import FINDINGS

if TYPE_CHECKING:
    from anshan_kg.cli import Caller


@click.command("check")
@click.argument("paths", metavar="[PATH ...]", nargs=-1)
@click.option(
    "--report", is_flag=True, help="Print the statement of quality too: what is weak, open, disputed."
)
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the messages: en or zh.")
@click.pass_obj
def command(caller: Caller, paths: tuple[str, ...], lang: str | None, *, report: bool) -> None:
    """Check the graph against its SHACL shapes and rules.

    With PATHs, Turtle files or folders are checked as if they lay under graph/. Each finding
    names file, line, rule, reason and the thing at fault. Exit code 1 where any is more than a
    warning; a warning is about what is incomplete, such as a source that nothing rests on yet.

    With --report, the statement of quality follows: claims by kind of source and confidence, how
    much rests on one source or has no year, what is disputed, what is not known, what is a copy.
    """
    graph = caller.open()
    found = graph.check(paths)
    chinese = (lang or caller.config.lang).startswith("zh")
    for finding in found:
        where = (
            f"{finding.file or '(derived)'}:{finding.line}" if finding.line else finding.file or "(derived)"
        )
        message = finding.message_zh if chinese and finding.message_zh else finding.message
        warning = "" if finding.severity == "violation" else "警告: " if chinese else "warning: "
        about = f" [{finding.focus}]" if finding.focus else ""
        click.echo(f"{where}: {warning}{finding.rule}: {message}{about}")
    caller.say(f"{len(found)} finding(s)" if found else "no findings")
    if report:
        from anshan_kg.cli.text import print_answer  # noqa: PLC0415 - only the report needs rich

        print_answer(graph.ask("quality", lang="zh" if chinese else "en"))
    if any(finding.severity == "violation" for finding in found):
        sys.exit(FINDINGS)
