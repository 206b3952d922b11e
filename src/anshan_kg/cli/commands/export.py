"""`export`: the graph as a file for another tool."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from anshan_kg import exports, queries
from anshan_kg.files import write_file

if TYPE_CHECKING:
    from anshan_kg.cli import Caller


@click.command("export")
@click.argument("form", metavar="FORMAT", type=click.Choice(exports.names()))
@click.option(
    "--view",
    default="everything",
    show_default=True,
    type=click.Choice(queries.names("views")),
    help="Which part.",
)
@click.option("--entity", metavar="THING", help="Only what is near this thing.")
@click.option(
    "--hops", default=1, show_default=True, type=click.IntRange(0, 20), help="How near, in relations."
)
@click.option("-o", "--output", metavar="FILE", help="File to write; standard output where not given.")
@click.pass_obj
def command(caller: Caller, form: str, view: str, entity: str | None, hops: int, output: str | None) -> None:
    """Write the graph, or a part of it, as a file for another tool.

    \b
    anshan-kg export graphml -o anshan.graphml          yEd, Cytoscape, Gephi
    anshan-kg export gexf --view chains -o chains.gexf  Gephi
    anshan-kg export dot --entity 鞍钢 --hops 2 | dot -Tsvg > ansteel.svg
    """
    data = caller.open().export(form, view, thing=entity, hops=hops)
    if output is None or output == "-":
        sys.stdout.buffer.write(data)
        return
    write_file(output, data)
    caller.say(f"wrote {len(data):,} bytes to {output}")
