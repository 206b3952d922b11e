"""`potential`: what an amount of a material could yield, with low, central and high values."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from pyoxigraph import Literal
from rich.markup import escape
from rich.table import Table as RichTable

from anshan_kg import formats
from anshan_kg.cli.text import cell, console
from anshan_kg.errors import ParameterError
from anshan_kg.flows import units
from anshan_kg.quantities import decimal

if TYPE_CHECKING:
    from anshan_kg.cli import Caller
    from anshan_kg.model import Table, Term

_FORMATS = ["table", *(form.name for form in formats.RESULTS)]
_HEADS = {
    "en": ("", "", "low", "central", "high", "unit", "factors and sources"),
    "zh": ("", "", "低", "中", "高", "单位", "系数与来源"),
}


@click.command("potential")
@click.argument("material")
@click.option(
    "--amount", required=True, metavar="'N unit'", help="How much: '1 Mt', '35万吨', '4e8 Nm3', '1 Mt/a'."
)
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="STEP=VALUE",
    help="Your own value for a step, a product or a factor; may be given several times.",
)
@click.option("--to", metavar="MATERIAL", help="The product to stop at.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="table", show_default=True,
              help="How to print the answer.")  # fmt: skip
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the names: en or zh.")
@click.pass_obj
def command(
    caller: Caller,
    material: str,
    amount: str,
    given: tuple[str, ...],
    to: str | None,
    form: str,
    lang: str | None,
) -> None:
    """Calculate what an amount of MATERIAL could yield along the chains.

    \b
    anshan-kg potential coke --amount "1 Mt"
    anshan-kg potential 焦炭 --amount 100万吨 --to 氢气 --lang zh
    anshan-kg potential coke --amount "1 Mt" --to needle-coke --set delayed-coking=0.55..0.58

    Each factor is cited. Low values are multiplied with low ones and high with high ones, so ranges
    are wide on purpose; a central value is given only where no sources had to be averaged for it.
    Where no source gives a factor the calculation stops and names the gap; --set gives your own:
    one number, low..high, or low/central/high, as amount out for each amount in.
    """
    settings = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not (key and equals and value):
            raise ParameterError(f"--set is {each!r}; write STEP=VALUE, such as delayed-coking=0.56")
        settings[key] = value
    chosen = lang or caller.config.lang
    answer = caller.open().potential(material, amount, given=settings, to=to)
    rows = answer.table(chosen)
    if form != "table":
        sys.stdout.buffer.write(formats.write_table(rows, formats.by_name(form)))
        return
    _print(rows, "zh" if chosen.startswith("zh") else "en")
    for note in answer.notes:
        caller.say(note.best(chosen))


def _print(rows: Table, lang: str) -> None:
    out = console()
    shown = RichTable(show_edge=False, pad_edge=False, header_style="bold")
    for number, name in enumerate(_HEADS[lang]):
        shown.add_column(name, justify="right" if number in {2, 3, 4} else "left", overflow="fold")
    for row in rows:
        numbers = [_number(row[name]) for name in ("low", "central", "high")]
        cited = [cell(row[name]) for name in ("route", "sourceNames", "note") if row[name] is not None]
        if row["set"] is not None and row["low"] is None:
            cited.append(f"--set {cell(row['set'])}=…")
        shown.add_row(
            escape(cell(row["kind"])), escape(cell(row["materialName"])), *numbers, escape(cell(row["unit"])),
            escape("\n".join(cited)),
        )  # fmt: skip
    out.print(shown)


def _number(term: Term | None) -> str:
    value = decimal(term.value) if isinstance(term, Literal) else None
    return "–" if value is None else units.rounded(value)
