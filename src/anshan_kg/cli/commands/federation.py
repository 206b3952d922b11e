"""`federation`: queries to run at endpoints of others, with things of ours in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from anshan_kg.cli import Caller


@click.command("federation")
@click.argument("name", required=False)
@click.option("--sample", is_flag=True, help="With the sample thing of the file only, not with all of ours.")
@click.pass_obj
def command(caller: Caller, name: str | None, *, sample: bool) -> None:
    """Print a query to run at Wikidata or another endpoint; without NAME, list them.

    \b
    anshan-kg federation
    anshan-kg federation wikidata-names > names.rq      paste it at https://query.wikidata.org/

    Nothing is sent anywhere. `docs/federation.md` tells more.
    """
    from anshan_kg import federation  # noqa: PLC0415 - `--help` does without

    if name is None:
        for each in map(federation.load, federation.names()):
            click.echo(f"{each.name:24} {each.title.best(caller.config.lang)}  [{each.at}]")
        return
    click.echo(federation.load(name).text if sample else caller.open().federated(name).text, nl=False)
