"""`build`: write a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from anshan_kg.cli import Caller


@click.command("build")
@click.option(
    "--out",
    default="release",
    show_default=True,
    metavar="DIR",
    help="Folder to write; it appears whole or not at all.",
)
@click.pass_obj
def command(caller: Caller, out: str) -> None:
    """Write a release: N-Quads (gzip), VoID and DCAT description, checksums, statistics.

    The graph is checked first; a graph with faults is not released. Two builds of the same text
    files are byte-equal, and the version is a hash of the content.
    """
    graph = caller.open()
    caller.say("checking and assembling ...")
    numbers = graph.build(out)
    click.echo(f"version {graph.version}")
    for name, number in numbers.items():
        click.echo(f"{number:>10,}  {name}")
    caller.say(f"wrote {out}")
