"""`query`: any SPARQL query, from a file, standard input, or the command line itself."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from anshan_kg.cli import output
from anshan_kg.errors import ParameterError
from anshan_kg.files import read_text


@click.command("query")
@click.argument("text", metavar="FILE|-|TEXT")
@output.with_format
@click.pass_obj
def command(caller: output.Caller, text: str, form: str) -> None:
    """Run any SPARQL query.

    TEXT is the query itself, the name of a file that holds it, or - for standard input.

    \b
    anshan-kg query 'SELECT * { ?s ?p ?o } LIMIT 5'
    anshan-kg query my.rq --format csv
    """
    output.print_text(caller.open(), _source(text), form)


def _source(text: str) -> str:
    if text == "-":
        return _decoded(sys.stdin.buffer.read())
    if not text.strip():
        raise ParameterError("the query is empty")
    if "\n" not in text and "{" not in text:
        return read_text(Path(text))
    return text


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParameterError("the query on standard input is not UTF-8") from error
