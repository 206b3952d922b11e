"""`synth`: an invented region, as a file."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from anshan_kg import files, synth
from anshan_kg.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anshan_kg.cli import Caller

_PIECES = 512
"""Things that are written at once."""


@click.command("synth")
@click.option("--enterprises", type=click.IntRange(1), metavar="N", help="How many enterprises.")
@click.option("--triples", type=click.IntRange(1), metavar="N", help="Go on until there are so many triples.")
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, another region."
)
@click.option(
    "--as-written", is_flag=True, help="Leave out what the build derives; such a file passes `check`."
)
@click.option(
    "-o", "--output", metavar="FILE",
    help="File to write: .nt, .nq or .ttl, with .gz compressed. Default: N-Triples on standard output.",
)  # fmt: skip
@click.option(
    "--sheet", metavar="FILE",
    help="Instead, invent a list of enterprises: .xlsx or .csv, with a table of its source beside it.",
)  # fmt: skip
@click.option("--rows", type=click.IntRange(1, 100_000), default=200, show_default=True)
@click.pass_obj
def command(
    caller: Caller, /, enterprises: int | None, triples: int | None, seed: int, output: str | None,
    sheet: str | None, rows: int,
    *, as_written: bool,
) -> None:  # fmt: skip
    """Invent a region: the same ontology and shapes, nothing of it true. For tests of size.

    \b
    anshan-kg synth --triples 1000000 --seed 7 -o region.nt.gz
    anshan-kg synth --enterprises 20 --as-written -o region.ttl && anshan-kg check region.ttl

    Every name says that it is invented, and no IRI of it is one of the real graph's. The same seed
    gives the same bytes, and a larger region starts with the smaller one.
    """
    if sheet is not None:
        _list(caller, sheet, rows, seed)
        return
    if enterprises is None and triples is None:
        raise click.UsageError("say how large: --enterprises N or --triples N")
    form = _form(output)
    region, size = synth.Region(seed), synth.Size(enterprises, triples)
    pieces = synth.write(
        region.things(size, derived=not as_written), form, region.graphs, derived=not as_written
    )
    total = 0
    with _output(output) as stream, _bar(caller, triples) as progress:
        gathered: list[str] = []
        for text, count in pieces:
            gathered.append(text)
            total += count
            if len(gathered) == _PIECES:
                stream.write("".join(gathered).encode())
                gathered.clear()
                progress.update(progress.task_ids[0], completed=total)
        stream.write("".join(gathered).encode())
        progress.update(progress.task_ids[0], completed=total, total=total)
    caller.say(f"{total:,} triples of an invented region (seed {seed}){f' in {output}' if output else ''}")


def _list(caller: Caller, path: str, count: int, seed: int) -> None:
    """Write an invented list, and the table that its source is imported from."""
    from anshan_kg.sheets import output as csv_output  # noqa: PLC0415 - only for lists
    from anshan_kg.synth import sheet  # noqa: PLC0415

    place = Path(path)
    if place.suffix not in {".xlsx", ".csv"}:
        raise ParameterError(f"the list is called {path}; it can end in .xlsx or .csv")
    table = caller.open().invented_list(count, seed)
    if place.suffix == ".xlsx":
        files.write_file(place, sheet.workbook(table))
    else:
        csv_output.write(place, sheet.COLUMNS, (dict(zip(sheet.COLUMNS, row, strict=True)) for row in table))
    beside = place.with_name(f"{place.stem}-source.csv")
    csv_output.write(beside, list(sheet.source()[0]), sheet.source())
    caller.say(f"{len(table)} invented rows in {place}; their source in {beside}")


def _form(output: str | None) -> str:
    if output in {None, "-"}:
        return "nt"
    ending = str(output).removesuffix(".gz").rpartition(".")[2]
    if ending not in synth.FORMATS:
        raise ParameterError(
            f"the file is called {output}; it can end in .{', .'.join(synth.FORMATS)}, and .gz after that"
        )
    return ending


@contextmanager
def _output(path: str | None) -> Iterator[BinaryIO]:
    if path in {None, "-"}:
        yield sys.stdout.buffer
        return
    with files.writing(str(path)) as stream:
        yield stream


@contextmanager
def _bar(caller: Caller, triples: int | None) -> Iterator[Progress]:
    console = Console(stderr=True)
    columns = TextColumn("{task.completed:,} triples"), BarColumn(), TimeRemainingColumn()
    with Progress(
        *columns, console=console, disable=caller.quiet or not console.is_terminal, transient=True
    ) as bar:
        bar.add_task("", total=triples)
        yield bar
