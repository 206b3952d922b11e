"""`ask`: named questions, each a sub-command with its parameters as options."""

from __future__ import annotations

import click

from anshan_kg import queries
from anshan_kg.cli import output


class _Questions(click.Group):
    """One sub-command per question file."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(queries.names())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:  # noqa: ARG002
        return _command(queries.load(cmd_name.replace("_", "-")))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Questions"):
            formatter.write_dl([(name, queries.load(name).title.en) for name in queries.names()])


def _command(query: queries.Query) -> click.Command:
    @click.pass_obj
    def run(caller: output.Caller, /, form: str, **given: str | None) -> None:
        graph = caller.open()
        if any(parameter.name == "lang" for parameter in query.parameters):
            given["lang"] = given.get("lang") or caller.config.lang
        output.print_text(graph, graph.question(query.name, **given), form)

    options: list[click.Parameter] = [
        click.Option(
            [f"--{parameter.name.replace('_', '-')}", parameter.name],
            metavar="THING" if parameter.kind == "iri" else parameter.kind.upper(),
            help=f"{parameter.help.en[:1].upper()}{parameter.help.en[1:]}. "
            + ("May be left open." if parameter.optional else f"Default: {_plain(parameter.sample)}"),
        )
        for parameter in query.parameters
    ]
    return click.Command(
        query.name,
        callback=run,
        params=[*options, output.format_option()],
        help=f"{query.title.en}\n\n{query.title.zh}",
        short_help=query.title.en,
    )


def _plain(sample: str) -> str:
    return sample.removeprefix("<https://w3id.org/anshan-kg/").strip('<>"').split('"')[0]


@click.group(
    "ask", cls=_Questions, invoke_without_command=True, subcommand_metavar="[NAME] [--PARAMETER VALUE ...]"
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Answer a named question; without a name, list the questions.

    \b
    anshan-kg ask targets
    anshan-kg ask production-start --mine 西鞍山铁矿 --lang zh
    anshan-kg ask chains --format csv > chains.csv
    """
    if ctx.invoked_subcommand is None:
        lang = ctx.obj.config.lang
        for name in queries.names():
            query = queries.load(name)
            parameters = " ".join(f"[--{p.name}]" for p in query.parameters if p.name != "lang")
            click.echo(f"{click.style(name, bold=True)} {parameters}\n    {query.title.best(lang)}")
