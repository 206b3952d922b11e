"""`dump`: a dataset on disk as a file."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import IO, TYPE_CHECKING, cast

import click

from anshan_kg import files, formats
from anshan_kg.cli import setting
from anshan_kg.cli.data import directory_of
from anshan_kg.writing import bulk

if TYPE_CHECKING:
    from anshan_kg.cli import Caller


@click.command("dump")
@setting("data", metavar="DIR")
@click.option(
    "-o", "out", metavar="FILE", help="File to write, packed if it ends in .gz; else standard output."
)
@click.option(
    "--format",
    "form",
    default="nq",
    show_default=True,
    type=click.Choice([f.name for f in formats.GRAPHS]),
    help="A format without graphs holds the default graph only.",
)
@click.pass_obj
def command(caller: Caller, data: str | None, out: str | None, form: str) -> None:
    """Write the dataset in --data DIR as a file; it may be served meanwhile."""
    caller.config = replace(caller.config, data=data or caller.config.data)
    directory, chosen = directory_of(caller), formats.by_name(form, formats.GRAPHS)
    if out is None:
        bulk.dump(directory, chosen, cast("IO[bytes]", sys.stdout.buffer))
        return
    with files.writing(out) as file:
        quads = bulk.dump(directory, chosen, cast("IO[bytes]", file))
    caller.say(f"wrote {out}, of {quads:,} quads")
