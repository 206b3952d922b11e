"""`progress`: targets against outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.table import Table as RichTable

from anshan_kg.cli import output
from anshan_kg.cli.text import console
from anshan_kg.quantities import decimal, spell, with_unit

if TYPE_CHECKING:
    from anshan_kg.model import Table

_HEADS = {
    "en": ("status", "year", "what", "promised", "from", "outcome", "by whom", "claim"),
    "zh": ("状态", "年份", "事项", "承诺", "基期", "结果", "何人", "陈述"),
}
_STATUS = {
    "met": ("green", "已兑现"), "missed": ("red", "未兑现"), "open": ("blue", "未到期"),
    "contradicted": ("magenta", "说法不一"), "unknown": ("yellow", "未知"),
}  # fmt: skip


@click.command("progress")
@click.option("--subject", metavar="THING", help="Only what was promised about this thing.")
@click.option("--today", metavar="YEAR", help="The year to judge from. Default: 2026")
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the names: en or zh.")
@output.with_format
@click.pass_obj
def command(
    caller: output.Caller, subject: str | None, today: str | None, lang: str | None, form: str
) -> None:
    """Set what was promised beside what came of it.

    For each promised quantity: the base it starts from, the number, its year, who promised it,
    later outcomes of the same quantity, and a status by a written rule (docs/progress.md): met,
    missed, open, contradicted, unknown.

    \b
    anshan-kg progress
    anshan-kg progress --subject 西鞍山铁矿 --lang zh
    anshan-kg progress --format csv > progress.csv
    """
    graph = caller.open()
    chosen = lang or caller.config.lang
    if form != "table":
        output.print_text(graph, graph.question("progress", subject=subject, today=today, lang=chosen), form)
        return
    _print(
        graph.ask("progress", subject=subject, today=today, lang=chosen),
        "zh" if chosen.startswith("zh") else "en",
    )


def _print(table: Table, lang: str) -> None:
    shown = RichTable(show_edge=False, pad_edge=False, header_style="bold")
    for name in _HEADS[lang]:
        shown.add_column(name, overflow="fold")
    for row in table.texts():
        colour, chinese = _STATUS[row["status"]]
        bound = "" if row["bound"].endswith("/exact") or not row["bound"] else f"{row['boundName']} "
        shown.add_row(
            f"[{colour}]{chinese if lang == 'zh' else row['status']}[/]",
            row["targetYear"] or "–",
            escape(f"{row['subjectName']}: {row['promise']}"),
            escape(f"{bound}{with_unit(_spelt(row['value'], lang), row['unitName'], lang)}"),
            escape(_spelt(row["baseValue"], lang)),
            escape(row["outcomes"] or row["unknown"]),
            escape(row["speakerName"]),
            escape(row["claim"].rsplit("/", 1)[-1]),
        )
    console().print(shown)


def _spelt(text: str, lang: str) -> str:
    number = decimal(text)
    return "" if number is None else spell(number, lang)
