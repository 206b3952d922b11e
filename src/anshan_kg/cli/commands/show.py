"""`show`: one thing with its facts and who says them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from anshan_kg.cli import Caller


@click.command("show")
@click.argument("entity")
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the names: en or zh.")
@click.pass_obj
def command(caller: Caller, entity: str, lang: str | None) -> None:
    """Show the facts of one thing with their citations.

    ENTITY is an IRI, a slug or a name in either language: coke-oven-gas, 焦炉煤气, "coke oven gas".
    """
    from anshan_kg.cli.text import print_entity  # noqa: PLC0415

    print_entity(caller.open().entity(entity), lang or caller.config.lang)
