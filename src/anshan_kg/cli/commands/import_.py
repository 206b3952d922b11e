"""`import`: rows of a table into the text files of the graph."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from anshan_kg import files
from anshan_kg.cli.exits import FINDINGS
from anshan_kg.errors import ParameterError
from anshan_kg.importing.journal import Journal

if TYPE_CHECKING:
    from anshan_kg.cli import Caller
    from anshan_kg.model import ImportReport

_SHOWN = 50
"""Refused rows that are printed; the rest is counted."""


@click.command("import")
@click.argument("table", metavar="FILE", required=False, type=click.Path())
@click.option("--mapping", metavar="NAME|FILE", help="How to read the rows; without it, list the mappings.")
@click.option("--source", metavar="SLUG", help="Source of rows that name none.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
@click.option("--skip-refused", is_flag=True, help="Write the good rows even if others are refused.")
@click.option(
    "--undo", is_flag=False, flag_value="", metavar="[NAME]",
    help="Put the files back to what they were before an import; without NAME, list the imports.",
)  # fmt: skip
@click.pass_obj
def command(
    caller: Caller,
    table: str | None,
    mapping: str | None,
    source: str | None,
    undo: str | None,
    *,
    dry_run: bool,
    skip_refused: bool,
) -> None:
    """Add the rows of a CSV, TSV or JSON Lines FILE to graph/, as things and cited claims.

    A mapping is a text file that says which things and facts a row stands for; some come with the
    graph (`anshan-kg import` lists them), and `docs/import.md` tells how to write one.

    \b
    Try:  anshan-kg import rows.csv --mapping quantities --dry-run
          anshan-kg import rows.csv --mapping quantities --source anshan-work-report-2023

    Every row is checked against the shapes and rules of the graph before anything is written. If a
    row is refused, nothing is written and the exit code is 1; the message names row, column and
    reason. Importing the same file twice changes nothing, and `--undo` puts back what was there
    before an import, as long as nobody has edited those files since.
    """
    if undo is not None:
        # Without opening the graph: what is to be undone may be what keeps it from opening.
        _undo(Journal(files.Tree.find(caller.config.root).root), undo)
        return
    graph = caller.open()
    if table is None or mapping is None:
        if table is not None:
            known = ", ".join(name for name, _, _ in graph.mappings())
            raise ParameterError(f"--mapping says how to read {table}; there are: {known}; or name a file")
        for name, english, chinese in graph.mappings():
            click.echo(f"{name:16} {chinese if caller.config.lang.startswith('zh') else english}")
        return
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=caller.quiet or not console.is_terminal
    ) as bar:
        tasks = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        report = graph.import_table(
            table, mapping, source=source, dry_run=dry_run, skip_refused=skip_refused, progress=progress
        )
    _print(report, dry_run=dry_run)
    if report.refused:
        sys.exit(FINDINGS)


def _undo(journal: Journal, name: str) -> None:
    if not name:
        for entry in journal.entries():
            click.echo(f"{entry.name:40} {entry.table} as {entry.mapping}, {len(entry.after)} files")
        return
    done = journal.undo(name)
    for path in sorted(done.after):
        click.echo(f"{'put back' if done.before[path] else 'removed'}  {path}")


def _print(report: ImportReport, *, dry_run: bool) -> None:
    for refusal in report.refused[:_SHOWN]:
        click.echo(f"refused  {refusal}" if refusal.row else f"refused  the graph: {refusal.reason}")
    if len(report.refused) > _SHOWN:
        click.echo(f"refused  and {len(report.refused) - _SHOWN} more")
    counts = f"{len(report.added)} added, {len(report.changed)} changed, {len(report.unchanged)} unchanged"
    rows = len({refusal.row for refusal in report.refused})
    click.echo(f"{report.rows} rows: {counts} things; {rows} rows refused")
    for path in report.files:
        click.echo(f"{'wrote' if report.written else 'would write'}  {path}")
    if report.name:
        click.echo(f"to undo it: anshan-kg import --undo {report.name}")
    if report.files and not report.written and not dry_run:
        click.echo("nothing was written: mend the refused rows, or leave them out with --skip-refused")
