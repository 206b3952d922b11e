"""`serve`: start the web service."""

from __future__ import annotations

from dataclasses import replace

import click

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
@setting("base_path", metavar="PATH")
@setting("trusted_proxies")
@setting("log_level")
@setting("log_format")
@setting("log_queries")
@click.pass_obj
def command(caller: Caller, /, **settings: str | int | float | None) -> None:
    """Start the web service and print the addresses to try.

    Queries run in processes of their own, with a deadline and a memory bound. Stop with Ctrl-C.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    caller.config = replace(caller.config, **given)  # type: ignore[arg-type]
    serve(caller.open(), caller.say)
