"""`restore`: a copy of a dataset back in its place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from anshan_kg.cli import setting
from anshan_kg.cli.data import directory_of
from anshan_kg.writing import bulk

if TYPE_CHECKING:
    from anshan_kg.cli import Caller


@click.command("restore")
@click.argument("folder", metavar="DIR", type=click.Path())
@setting("data", metavar="DIR")
@click.pass_obj
def command(caller: Caller, folder: str, data: str | None) -> None:
    """Put the copy in DIR, which `anshan-kg backup` made, in the place of the dataset in --data.

    Stop the service first. A damaged copy is refused, and nothing is changed.
    """
    caller.config = replace(caller.config, data=data or caller.config.data)
    told = bulk.restore(directory_of(caller), folder)
    click.echo(f"version {told['version']}")
    caller.say(f"{told['quads']:,} quads restored")
