"""`bench`: measure the service beside other engines."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anshan_kg.cli.exits import FINDINGS
from anshan_kg.errors import ParameterError

if TYPE_CHECKING:
    from anshan_kg.bench.query import Result
    from anshan_kg.cli import Caller


@click.group("bench")
def command() -> None:
    """Measure the service beside other engines, on the same data and in the same minutes."""


@command.command("query")
@click.option(
    "--triples", type=click.IntRange(1), metavar="N", help="Also on an invented dataset of so many triples."
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of the invented dataset."
)
@click.option("--no-real", is_flag=True, help="Leave out the real graph.")
@click.option("--clients", default="1,8", show_default=True, metavar="N,N", help="Numbers of clients.")
@click.option(
    "--seconds", default=1.0, show_default=True, help="How long each system is asked one shape in a round."
)
@click.option("--rounds", default=5, show_default=True, help="How often everything is repeated.")
@click.option(
    "--peers", default="oxigraph,rdflib-endpoint", show_default=True, metavar="NAME,NAME",
    help="Systems beside ours: oxigraph, oxigraph-disk, rdflib-endpoint; empty for none.",
)  # fmt: skip
@click.option("--shapes", metavar="NAME,NAME", help="Only these shapes.")
@click.option(
    "-o", "--output", metavar="FILE", help="Write the report: .md or .json; printed where not given."
)
@click.pass_obj
def query(
    caller: Caller, /, triples: int | None, seed: int, clients: str, seconds: float, rounds: int, peers: str,
    shapes: str | None, output: str | None, *, no_real: bool,
) -> int:  # fmt: skip
    """Measure six query shapes over HTTP, on the real graph and on an invented one.

    \b
    anshan-kg bench query --triples 1000000 -o report.md
    anshan-kg bench query --clients 8 --seconds 0.5 --peers oxigraph --shapes entity,aggregate

    The systems get the same file and the same queries, by turns. Answers are compared first; a
    system that answers a shape differently is not timed there, and the exit code is 1.
    """
    from anshan_kg.bench import query as bench  # noqa: PLC0415 - other commands do not need it
    from anshan_kg.bench import report  # noqa: PLC0415
    from anshan_kg.files import write_file  # noqa: PLC0415

    form = _form(output)
    try:
        counts = tuple(int(each) for each in clients.split(","))
    except ValueError as error:
        raise ParameterError(
            f"--clients is {clients!r}, but has to be numbers with commas between"
        ) from error
    named = {"peers": _names(peers)} | ({"shapes": _names(shapes)} if shapes else {})
    plan = bench.Plan(counts, seconds, rounds, **named)
    if no_real and triples is None:
        raise ParameterError("without the real graph, say how many --triples the invented one has")
    store = caller.open().dataset.store
    results: list[Result] = []
    with bench.workplace() as folder:
        if not no_real:
            bench.real(store, folder / "real.nt")
            results.append(bench.run(plan, "real graph", folder / "real.nt", caller.say))
        if triples is not None:
            bench.invented(store, triples, seed, folder / "invented.nt")
            results.append(
                bench.run(plan, f"invented region (seed {seed})", folder / "invented.nt", caller.say)
            )
    machine = bench.machine()
    text = report.document(results, machine) if form == "json" else report.markdown(results, machine, counts)
    if output is None:
        click.echo(text)
    else:
        write_file(output, text.encode())
        caller.say(f"wrote {output}")
    return FINDINGS if any(result.differ for result in results) else 0


@command.command("link")
@click.option(
    "--gold",
    "path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Pairs that a person judged, with the tables they are from beside them; default: "
    "gold_links_dev.csv in the folder that ANSHAN_KG_OPEN_DATA names.",
)
@click.option("--no-gold", is_flag=True, help="Leave the judged pairs out.")
@click.option("--no-aliases", is_flag=True, help="Match by the names in the file alone, not by the graph's.")
@click.option(
    "--names",
    type=click.IntRange(0),
    default=100_000,
    show_default=True,
    help="So many invented names are searched; 0 for none.",
)
@click.option(
    "--queries",
    "asked",
    type=click.IntRange(10),
    default=1000,
    show_default=True,
    help="So many names are looked for among them.",
)
@click.option(
    "--rounds", type=click.IntRange(1), default=3, show_default=True, help="How often that is repeated."
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of the invented names."
)
@click.option(
    "-o", "--output", metavar="FILE", help="Write the report: .md or .json; printed where not given."
)
@click.pass_obj
def link(
    caller: Caller, /, path: Path | None, names: int, asked: int, rounds: int, seed: int, output: str | None,
    *, no_gold: bool, no_aliases: bool,
) -> int:  # fmt: skip
    """Measure how well and how fast things are matched.

    \b
    anshan-kg bench link --gold gold_links.csv
    anshan-kg bench link --no-gold --names 1000000 -o report.md

    Judged pairs: precision, recall and F1 of what is accepted, for things with names and for
    concepts, and of the first answer over whole tables; by two halves of our things. Then many
    invented names among many more, beside plain TF-IDF where scikit-learn is installed.
    """
    import json  # noqa: PLC0415 - other commands do not need it

    from anshan_kg.bench import link as bench  # noqa: PLC0415
    from anshan_kg.files import write_file  # noqa: PLC0415

    form = _form(output)
    found = None
    if not no_gold:
        file = _gold(path)
        store = None if no_aliases else caller.open().dataset.store
        found = bench.quality(*bench.load(file, store))
    runs = bench.size(names, asked, seed, rounds, caller.say) if names else []
    if form == "json":
        text = json.dumps(bench.document(found, runs), ensure_ascii=False, indent=1) + "\n"
    else:
        text = bench.markdown(found, runs, names, asked)
    if output is None:
        click.echo(text)
    else:
        write_file(output, text.encode())
        caller.say(f"wrote {output}")
    return 0


def _gold(path: Path | None) -> Path:
    if path is None:
        here = Path(__file__).parents[4].parent / "shared" / "open-data"
        path = Path(os.environ.get("ANSHAN_KG_OPEN_DATA", here)) / "gold_links_dev.csv"
    if not path.is_file():
        raise ParameterError(
            f"there are no judged pairs at {path}: name a file with --gold FILE, "
            "or leave them out with --no-gold"
        )
    return path


def _form(output: str | None) -> str:
    form = "md" if output is None else output.rpartition(".")[2]
    if form not in {"md", "json"}:
        raise ParameterError(f"the report is called {output}; it can end in .md or .json")
    return form


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


@command.command("reconcile")
@click.option(
    "--rounds",
    type=click.IntRange(1, 1000),
    default=5,
    show_default=True,
    help="How often each batch is sent.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of the names.")
@click.pass_obj
def reconcile(caller: Caller, rounds: int, seed: int) -> None:
    """Measure how long a batch of 50 names takes at /reconcile: known, misspelt and unknown ones.

    \b
    anshan-kg bench reconcile --rounds 10
    """
    from anshan_kg.bench import reconcile as bench  # noqa: PLC0415 - other commands do not need it

    click.echo(bench.markdown(bench.run(caller.open(), rounds, seed)))


@command.command("pages")
@click.option(
    "--step", type=click.IntRange(1), default=1, show_default=True, help="Take one in so many things."
)
@click.pass_obj
def pages(caller: Caller, step: int) -> None:
    """Measure how long the server takes for a page: every page of the site, and that of every thing.

    \b
    anshan-kg bench pages --step 10
    """
    from anshan_kg.bench import pages as bench  # noqa: PLC0415 - other commands do not need it

    click.echo(bench.markdown(bench.run(caller.open(), step, caller.say)))


@command.command("search")
@click.option(
    "--names", type=click.IntRange(0), default=100_000, show_default=True,
    help="Also among so many invented names; 0 for none.",
)  # fmt: skip
@click.option(
    "--searches", type=click.IntRange(20), default=200, show_default=True, help="How many of each kind."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of what is typed.")
@click.pass_obj
def search(caller: Caller, names: int, searches: int, seed: int) -> None:
    """Measure how long a search takes and what it finds: names as typed and as mistyped.

    \b
    anshan-kg bench search --names 0
    """
    from anshan_kg.bench import search as bench  # noqa: PLC0415 - other commands do not need it

    click.echo(bench.markdown(bench.run(caller.open().names, searches, seed), "real graph"))
    if names:
        caller.say(f"inventing {names} names")
        index = bench.invented(names, seed)
        click.echo("\n" + bench.markdown(bench.run(index, searches, seed), f"{names:,} invented names"))
