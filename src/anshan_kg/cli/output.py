"""What the commands that print query answers share: formats, and queries that can be interrupted."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from anshan_kg import formats
from anshan_kg.cli import Caller
from anshan_kg.errors import ParameterError
from anshan_kg.model import Graph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anshan_kg.kg import KnowledgeGraph

__all__ = ["Caller", "format_option", "interruptible", "print_text", "with_format"]

_NAMES = ["table", *(form.name for form in (*formats.RESULTS, *formats.GRAPHS))]


_FORMAT: dict[str, Any] = {
    "type": click.Choice(_NAMES),
    "default": "table",
    "show_default": True,
    "help": "How to print the answer.",
}


def format_option() -> click.Option:
    """Return the option --format, for commands that are made rather than written."""
    return click.Option(["--format", "form"], **_FORMAT)


def with_format(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option --format."""
    return click.option("--format", "form", **_FORMAT)(function)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end the process at once: the engine does not look for it while it computes."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def print_text(graph: KnowledgeGraph, query: str, form: str) -> None:
    """Run a query and print its answer in a format."""
    with interruptible():
        answer = graph.sparql(query)
    if form == "table":
        from anshan_kg.cli.text import print_answer  # noqa: PLC0415 - other formats need no rich

        print_answer(answer)
        return
    chosen = formats.by_name(form)
    if isinstance(answer, Graph) != (chosen in formats.GRAPHS):
        kind, wanted = (
            ("triples", formats.GRAPHS) if isinstance(answer, Graph) else ("a table", formats.RESULTS)
        )
        raise ParameterError(
            f"the answer is {kind}, which {form} cannot hold; use {', '.join(f.name for f in wanted)}"
        )
    data = (
        formats.write_graph(answer, chosen)
        if isinstance(answer, Graph)
        else formats.write_table(answer, chosen)
    )
    sys.stdout.buffer.write(data)
