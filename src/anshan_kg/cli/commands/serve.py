"""`serve`: start the web service."""

from __future__ import annotations

from dataclasses import replace

import click

from anshan_kg import allocator
from anshan_kg.cli import Caller, setting
from anshan_kg.web.server import serve


@click.command("serve")
@setting("host")
@setting("port")
@setting("workers")
@setting("queue")
@setting("query_timeout")
@setting("query_memory")
@setting("client_budget")
@setting("stop_timeout")
@setting("service_allow")
@setting("service_networks")
@setting("max_rows")
@setting("max_answer")
@setting("answer_cache")
@setting("data", metavar="DIR")
@setting("token_file", metavar="FILE")
@setting("update_timeout")
@setting("update_memory")
@setting("max_upload")
@click.option("--empty", is_flag=True, help="Start a new data folder without the packaged graph.")
@setting("base_path", metavar="PATH")
@setting("trusted_proxies")
@setting("allocator")
@setting("log_level")
@setting("log_format")
@setting("log_queries")
@click.pass_obj
def command(caller: Caller, /, *, empty: bool, **settings: str | int | float | None) -> None:
    """Start the web service and print the addresses to try.

    With --data DIR the dataset lies on disk and can be written to by those who have a token; a new
    folder starts with the packaged graph.

    Queries run in processes of their own, with a deadline and a memory bound. Stop with Ctrl-C.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    caller.config = replace(caller.config, **given)  # type: ignore[arg-type]
    if caller.alone:
        allocator.restart(caller.config.allocator, caller.say)
    graph = caller.open()
    graph.prepare(empty=empty)
    serve(graph, caller.say)
