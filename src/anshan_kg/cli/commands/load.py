"""`load`: RDF files into a dataset on disk."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from anshan_kg.cli import setting
from anshan_kg.cli.data import directory_of
from anshan_kg.cli.exits import FINDINGS
from anshan_kg.writing import bulk

if TYPE_CHECKING:
    from anshan_kg.cli import Caller

_SHOWN = 50
"""Refused lines that are printed; the rest is counted."""


@click.command("load")
@click.argument("paths", metavar="FILE ...", nargs=-1, required=True, type=click.Path())
@setting("data", metavar="DIR")
@click.option("--graph", metavar="IRI", help="A graph for what stands in none, beside the default graph.")
@click.option("--skip-refused", is_flag=True, help="Load the rest where lines are no statements.")
@click.option("--empty", is_flag=True, help="Start a new data folder without the packaged graph.")
@click.pass_obj
def command(
    caller: Caller,
    paths: tuple[str, ...],
    data: str | None,
    graph: str | None,
    *,
    skip_refused: bool,
    empty: bool,
) -> None:
    """Load RDF files into the dataset in --data DIR: all of them, or nothing.

    \b
    Try:  anshan-kg load more.ttl --data DIR
          anshan-kg load big.nq.gz --data DIR --empty --skip-refused

    Formats are told by the endings: ttl, nt, nq, trig, rdf, jsonld, and each with .gz. A line of
    N-Triples or N-Quads that is no statement is named with its number; then nothing is loaded, unless
    --skip-refused is given, and the exit code is 1. What is loaded is not judged by the shapes.
    """
    caller.config = replace(caller.config, data=data or caller.config.data)
    directory = directory_of(caller)
    caller.open().prepare(empty=empty)
    columns = (
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(),
        TextColumn("{task.fields[statements]:,}"), TimeRemainingColumn(),
    )  # fmt: skip
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=caller.quiet or not console.is_terminal) as bar:
        tasks = {}

        def progress(name: str, read: int, size: int, statements: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=size, statements=0)
            bar.update(tasks[name], completed=read, statements=statements)

        done = bulk.load(directory, paths, graph=graph, skip_refused=skip_refused, progress=progress)
    for each in done.refused[:_SHOWN]:
        click.echo(f"refused  {each}")
    if done.refusals > _SHOWN:
        click.echo(f"refused  and {done.refusals - _SHOWN} more")
    said = f"{done.statements:,} statements read, {done.refusals:,} lines refused"
    if done.written:
        click.echo(f"{said}; loaded")
    else:
        click.echo(f"{said}; nothing was loaded: mend them, or leave them out with --skip-refused")
    if done.refusals:
        sys.exit(FINDINGS)
