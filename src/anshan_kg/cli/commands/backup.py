"""`backup`: a copy of a dataset on disk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from anshan_kg.cli import setting
from anshan_kg.cli.data import directory_of
from anshan_kg.writing import bulk

if TYPE_CHECKING:
    from anshan_kg.cli import Caller


@click.command("backup")
@click.argument("folder", metavar="DIR", type=click.Path())
@setting("data", metavar="DIR")
@click.pass_obj
def command(caller: Caller, folder: str, data: str | None) -> None:
    """Copy the dataset in --data to a new folder DIR; it may be served and written to meanwhile.

    The copy has checksums, which `anshan-kg restore` looks at.
    """
    caller.config = replace(caller.config, data=data or caller.config.data)
    told = bulk.backup(directory_of(caller), folder)
    click.echo(f"version {told['version']}")
    caller.say(f"wrote {folder}, {told['quads']:,} quads")
