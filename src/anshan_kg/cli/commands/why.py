"""`why`: the claims and passages behind one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from anshan_kg.cli import Caller


@click.command("why")
@click.argument("subject")
@click.argument("predicate")
@click.argument("object_", metavar="OBJECT")
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the names: en or zh.")
@click.pass_obj
def command(caller: Caller, subject: str, predicate: str, object_: str, lang: str | None) -> None:
    """Show the claims and sentences behind one statement.

    Each end is an IRI, a slug or a name in either language; for an indicator OBJECT is the number.
    With `anshan-kg --sources DIR why ...` the words of the source are shown where DIR has its text.

    \b
    anshan-kg why anshan hasCluster 铁矿
    anshan-kg why anshan iron-ore-mining-scale 100000000
    anshan-kg why coal-tar intendedProduct battery-cathode-materials
    """
    from anshan_kg.cli.text import console, print_evidence  # noqa: PLC0415

    chosen = lang or caller.config.lang
    out = console()
    for each in caller.open().why(subject, predicate, object_):
        out.print(each.label.best(chosen), markup=False, style="bold")
        print_evidence(out, each, chosen, indent=4)
