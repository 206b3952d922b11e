"""`reconcile`: the names in a user's table matched to things of the graph."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from anshan_kg import sheets
from anshan_kg.errors import ParameterError
from anshan_kg.reconciling.table import Reconciled
from anshan_kg.sheets import output as csv_output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anshan_kg.cli import Caller


@click.command("reconcile")
@click.argument("file", metavar="FILE", type=click.Path())
@click.option("--column", required=True, metavar="NAME", help="The column with the names.")
@click.option(
    "--type", "kind", default="", metavar="CLASS", help="What they are: enterprise, mine, place ..."
)
@click.option(
    "--property", "properties", multiple=True, metavar="PROPERTY=COLUMN",
    help="Another column that says something of them, such as akg:locatedIn=区县; may be given again.",
)  # fmt: skip
@click.option(
    "--sheet", metavar="NAME", help="The sheet of a workbook; the first with anything in it if not given."
)
@click.option("-o", "--output", metavar="FILE", help="CSV file to write; standard output where not given.")
@click.option("--explain", is_flag=True, help="Add why, and what else it may be.")
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the names that are added.")
@click.pass_obj
def command(
    caller: Caller, /, file: str, column: str, kind: str, properties: tuple[str, ...], sheet: str | None,
    output: str | None, lang: str | None, *, explain: bool,
) -> None:  # fmt: skip
    """Match the names in a column of FILE, a CSV file or an XLSX workbook, to things of the graph.

    The rows come out again as CSV with four more columns: id, name, score (0 to 100), and match,
    which is true only where nothing else comes near. Look at the others, correct the id, and write
    true; `docs/spreadsheets.md` tells how to import the result.

    \b
    Try:  anshan-kg reconcile firms.xlsx --column 企业名称 --type enterprise -o matched.csv
          anshan-kg reconcile firms.csv --column 企业名称 --property akg:locatedIn=区县 --explain
    """
    table = sheets.read(file, sheet)
    given = {}
    for each in properties:
        name, equals, of = each.partition("=")
        if not equals:
            raise ParameterError(f"--property is {each!r}, but has the form PROPERTY=COLUMN")
        given[name.strip()] = of.strip()
    if output is not None and Path(output).exists() and Path(output).samefile(file):
        raise ParameterError("-o names the file that is read; name another")
    language = lang or ("en" if caller.config.lang.startswith("en") else "zh")
    service = caller.open().reconciliation
    found = Reconciled(service, table, column, kind=kind, properties=given, lang=language, explain=explain)
    with _bar(caller, table.size) as progress:
        rows = found.rows(progress)
        if output is None or output == "-":
            for _, piece in csv_output.pieces(found.columns, rows):
                click.echo(piece, nl=False)
        else:
            csv_output.write(output, found.columns, rows)
    caller.say(
        f"{found.sure} sure, {found.open} to look at, {found.nothing} without a candidate"
        + (f"; wrote {output}" if output not in {None, "-"} else "")
    )


@contextmanager
def _bar(caller: Caller, size: int) -> Iterator[Callable[[int], None]]:
    columns = TextColumn("rows"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=caller.quiet or not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=size)
        yield lambda done: bar.update(task, completed=done)
