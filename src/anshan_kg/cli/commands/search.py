"""`search`: find things by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from anshan_kg.cli import Caller


@click.command("search")
@click.argument("text")
@click.option(
    "--type", "kind", metavar="CLASS", help="Only things of this class, such as akg:Mine or just mine."
)
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many at most."
)
@click.pass_obj
def command(caller: Caller, text: str, kind: str | None, limit: int) -> None:
    """Find things by name: Chinese (two characters are enough), pinyin, English, code, former name.

    \b
    anshan-kg search 钢铁
    anshan-kg search meijiaoyou
    anshan-kg search tailngs
    """
    from anshan_kg.cli.text import print_hits  # noqa: PLC0415

    hits = caller.open().search(text, kind=kind, limit=limit)
    if hits:
        print_hits(hits)
    else:
        caller.say(f"nothing is called anything like {text!r}")
