"""`review`: judge suggested links, at the terminal or in a table."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.table import Table as RichTable

from anshan_kg.cli.text import console
from anshan_kg.curation import lists
from anshan_kg.curation.judge import Judgement, Verdict
from anshan_kg.errors import ParameterError
from anshan_kg.sssom import State

if TYPE_CHECKING:
    from anshan_kg.cli import Caller
    from anshan_kg.curation.desk import Desk, Pair
    from anshan_kg.linking.record import Record

_WORDS = {
    "en": {"name": "name", "kind": "kind", "place": "place", "point": "position", "owner": "owner or broader",
           "code": "codes", "status": "status", "note": "note", "ours": "ours", "theirs": "theirs",
           "ask": "the same? y yes · n no · ? cannot say · s skip · q stop", "why": "why (may be empty)"},
    "zh": {"name": "名称", "kind": "类型", "place": "地点", "point": "坐标", "owner": "所有者或上位",
           "code": "代码", "status": "状态", "note": "说明", "ours": "我方", "theirs": "对方",
           "ask": "是同一个吗？ y 是 · n 否 · ? 不能确定 · s 跳过 · q 停止", "why": "理由（可空）"},
}  # fmt: skip


@click.command("review")
@click.argument("target")
@click.option("--list", "listing", is_flag=True, help="Print the open rows with their reasons, as TSV.")
@click.option("--all", "everything", is_flag=True, help="With --list: the judged rows too.")
@click.option("--from", "table", metavar="FILE", help="Take judgements from such a table (column judgement).")
@click.option("--reviewer", metavar="NAME", help="Who judges: a name or an ORCID.")
@click.option("-o", "--out", metavar="FILE", help="Where to write; else graph/links/TARGET.sssom.tsv.")
@click.pass_obj
def command(
    caller: Caller, target: str, table: str | None, reviewer: str | None, out: str | None,
    *, listing: bool, everything: bool,
) -> None:  # fmt: skip
    """Judge the links that `anshan-kg link TARGET` suggested.

    Each pair is shown side by side with what speaks for and against it. What is judged y becomes a
    statement of the graph with the next build, n is kept as a row that says Not, ? is left for
    somebody who knows more. The name of who judges is kept with each row.

    \b
    anshan-kg review gem-mines --reviewer "Li Hua"
    anshan-kg review gem-mines --list > open.tsv
    anshan-kg review gem-mines --from open.tsv --reviewer "Li Hua"
    """
    desk = caller.open().desk
    found = desk.table(target)
    if found is None:
        raise ParameterError(f"nothing was linked to {target} yet: anshan-kg link {target}")
    wanted = [
        row for row in found.rows if row.state is State.OPEN or (everything and row.state is not State.NIL)
    ]
    if listing:
        lang = "zh" if caller.config.lang.startswith("zh") else "en"
        sys.stdout.write(lists.write(desk.pairs(target, wanted), lang))
        return
    today = dt.datetime.now(dt.UTC).date().isoformat()
    if table is not None:
        verdicts = lists.read(table)
        desk.judge(target, verdicts, reviewer or "", today, out)
        caller.say(f"{len(verdicts)} judgements taken")
        return
    if not reviewer:
        raise ParameterError("a judgement needs the name of who judges: --reviewer NAME")
    made = _ask(desk, target, wanted, "zh" if caller.config.lang.startswith("zh") else "en")
    if made:
        desk.judge(target, made, reviewer, today, out)
    caller.say(f"{len(made)} judged, {len(wanted) - len(made)} open")


def _ask(desk: Desk, target: str, wanted: list, lang: str) -> list[Verdict]:  # type: ignore[type-arg]
    made: list[Verdict] = []
    words = _WORDS[lang]
    for number, pair in enumerate(desk.pairs(target, wanted), start=1):
        _show(pair, lang, f"{number}/{len(wanted)}")
        key = click.prompt(words["ask"], type=click.Choice(["y", "n", "?", "s", "q"]), show_choices=False)
        if key == "q":
            break
        if key == "s":
            continue
        why = click.prompt(words["why"], default="", show_default=False)
        made.append(Verdict(pair.row.subject_id, pair.row.object_id, Judgement(key), why))
    return made


def _show(pair: Pair, lang: str, where: str) -> None:
    out, words = console(), _WORDS[lang]
    out.print(
        f"\n[bold]{where}  {escape(pair.row.subject_id)}  {pair.row.predicate_id}"
        f"  {escape(pair.row.object_id)}[/]"
    )
    shown = RichTable(show_edge=False, pad_edge=False, header_style="bold")
    for name in ("", words["ours"], words["theirs"]):
        shown.add_column(name, overflow="fold")
    left, right = _lines(pair.ours), _lines(pair.theirs) if pair.theirs else {"name": pair.row.object_label}
    for name in ("name", "kind", "place", "point", "owner", "code", "status", "note"):
        if left.get(name) or right.get(name):
            shown.add_row(words[name], escape(left.get(name, "")), escape(right.get(name, "")))
    out.print(shown)
    reasons = pair.match.reasons if pair.match else ()
    for reason in reasons:
        out.print(f"  {reason.weight:+.2f} {escape(reason.zh if lang == 'zh' else reason.en)}")
    if not reasons and pair.row.comment:
        out.print(f"  {escape(pair.row.comment)}")


def _lines(record: Record) -> dict[str, str]:
    return {
        "name": " · ".join(name for kind, name in record.names if kind in {"zh", "en", "former"}),
        "kind": record.kind.value,
        "place": " > ".join(record.places),
        "point": f"{record.point[0]:.4f}, {record.point[1]:.4f}" if record.point else "",
        "owner": "; ".join(record.parents),
        "code": " ".join(f"{scheme} {value}" for scheme, value in record.identifiers.items()),
        "status": record.status,
        "note": record.note,
    }
