"""The command line: translates arguments into one call of the facade, and the answer into text."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

import click

from anshan_kg import __version__
from anshan_kg.cli.exits import OUTSIDE, code_of
from anshan_kg.config import SETTINGS, Config
from anshan_kg.errors import AnshanError

if TYPE_CHECKING:
    from collections.abc import Callable

    from anshan_kg.kg import KnowledgeGraph

# Spelt out rather than listed from the folder, so that `--help` shows them in reading order.
_COMMANDS = {
    "ask": "Answer a named question; without a name, list the questions.",
    "show": "Show the facts of one thing with their citations.",
    "why": "Show the claims and sentences behind one statement.",
    "progress": "Set what was promised beside what came of it.",
    "potential": "Calculate what an amount of a material could yield.",
    "search": "Find things by name: Chinese, pinyin, English, code, former name.",
    "query": "Run any SPARQL query.",
    "export": "Write the graph, or a part of it, as a file for another tool.",
    "federation": "Print a query to run at Wikidata or another endpoint.",
    "serve": "Start the web service.",
    "reconcile": "Match the names in a table of yours to things of the graph.",
    "import": "Add the rows of a table to the graph, as things and cited claims.",
    "link": "Suggest links to an open data set; without a name, list them.",
    "review": "Judge suggested links: side by side, one key each.",
    "load": "Load RDF files into a dataset on disk.",
    "dump": "Write a dataset on disk as N-Quads, or in another format.",
    "backup": "Copy a dataset on disk, also while it is served.",
    "restore": "Put a copy of a dataset in the place of the one on disk.",
    "token": "Create, list and revoke the tokens that let a client write.",
    "check": "Check the graph, or files beside it, against shapes and rules.",
    "build": "Write a release: dataset, description, checksums, statistics.",
    "synth": "Invent a region of the same ontology, for tests of size.",
    "bench": "Measure the service beside other engines.",
}


class _Commands(click.Group):
    """Commands that are imported when they are called, so that starting stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = import_module(f"anshan_kg.cli.commands.{module}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


def setting(name: str, **extra: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - click's signature
    """Return the option of one setting, with the table's help."""
    found = next(each for each in SETTINGS if each.name == name)
    shown = f"{found.help}  [env: {found.environment}; default: {found.default or 'none'}]"
    return click.option(f"--{name.replace('_', '-')}", type=found.kind, help=shown, **extra)


_ALONE = object()
"""Given by `main`: the process belongs to the command line."""


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="anshan-kg")
@setting("root", metavar="DIR")
@setting("store", metavar="URL")
@setting("sources", metavar="DIR")
@setting("lang", metavar="LANG")
@click.option("--quiet", is_flag=True, help="Print results only, no messages.")
@click.pass_context
def cli(ctx: click.Context, /, quiet: bool, **settings: str | None) -> None:
    """Ask the knowledge graph of the industrial system of Anshan.

    \b
    Try:  anshan-kg ask chains
          anshan-kg show 焦炉煤气
          anshan-kg serve

    Results go to standard output, messages to standard error. Exit codes: 0 fine, 1 findings,
    2 wrong usage or bad input, 3 an outside service failed.
    """
    config = Config.from_environment(os.environ, **settings)
    ctx.obj = Caller(config, quiet=quiet, alone=ctx.obj is _ALONE)


class Caller:
    """
    What one call of the command line works with: its settings, and the graph when asked for.

    Attributes:
        config: The settings.
        quiet: Whether messages are left out.
        alone: Whether the process does nothing but this call, and may start itself again.
    """

    def __init__(self, config: Config, *, quiet: bool, alone: bool = False) -> None:
        self.config, self.quiet, self.alone = config, quiet, alone

    def open(self) -> KnowledgeGraph:
        """Return the graph that the settings name."""
        from anshan_kg.kg import KnowledgeGraph  # noqa: PLC0415 - `--help` must not wait for it

        return KnowledgeGraph.open(self.config)

    def say(self, message: str) -> None:
        """Print a message to standard error, unless --quiet."""
        if not self.quiet:
            click.echo(message, err=True)


def main() -> None:
    """Run the command line; every error becomes one message and an exit code."""
    for stream in (sys.stdout, sys.stderr):  # a terminal that knows no Chinese still gets an answer
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(standalone_mode=False, obj=_ALONE)
        sys.stdout.flush()
    except AnshanError as error:
        click.echo(f"anshan-kg: {error}", err=True)
        sys.exit(code_of(error))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("anshan-kg: stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        click.echo(f"anshan-kg: cannot read or write: {error.strerror or error}", err=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(OUTSIDE)
    sys.exit(code if isinstance(code, int) else 0)
