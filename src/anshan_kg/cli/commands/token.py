"""`token`: who may write to a dataset on disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from anshan_kg.cli import setting
from anshan_kg.writing.tokens import SCOPES, TokenFile, token_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from anshan_kg.cli import Caller


def _file(function: Callable[..., Any]) -> Callable[..., Any]:
    with_data: Callable[..., Any] = setting("data", metavar="DIR")(function)
    both: Callable[..., Any] = setting("token_file", metavar="FILE")(with_data)
    return both


def _tokens(caller: Caller, data: str | None, path: str | None) -> TokenFile:
    config = caller.config
    chosen = replace(config, data=data or config.data, token_file=path or config.token_file)
    return TokenFile(token_file(chosen))


@click.group("token")
def command() -> None:
    """Create, list and revoke the tokens that let a client write.

    \b
    Try:  anshan-kg token create --data DIR --scope update --expires 90d
          anshan-kg token list --data DIR

    A token is printed once, when it is created; the file keeps only a hash of it. A running service
    takes notice of changes at once.
    """


@command.command("create")
@_file
@click.option("--scope", default="update", show_default=True, help=f"What for: {','.join(SCOPES)}.")
@click.option(
    "--expires", metavar="SPAN|DATE", help="When it is over: 90d, 12h, 1y, or a date. Never if none."
)
@click.option("--note", default="", help="What it is for, to tell it from others.")
@click.pass_obj
def create(
    caller: Caller, data: str | None, token_file: str | None, scope: str, expires: str | None, note: str
) -> None:
    """Make a token and print it, once."""
    scopes = [each.strip() for each in scope.split(",") if each.strip()]
    secret, token = _tokens(caller, data, token_file).create(scopes, expires, note, datetime.now(UTC))
    click.echo(secret)
    until = f"until {token.expires}" if token.expires else "for ever"
    caller.say(f"token {token.id}: {','.join(token.scopes)}, good {until}; it is not shown again")


@command.command("list")
@_file
@click.pass_obj
def list_(caller: Caller, data: str | None, token_file: str | None) -> None:
    """List the tokens, without the tokens themselves."""
    now = datetime.now(UTC)
    for each in _tokens(caller, data, token_file).tokens():
        until = each.expires or "-"
        state = "expired" if each.expired(now) else "good"
        click.echo("\t".join((each.id, ",".join(each.scopes), each.created, until, state, each.note)))


@command.command("revoke")
@click.argument("token", metavar="ID")
@_file
@click.pass_obj
def revoke(caller: Caller, token: str, data: str | None, token_file: str | None) -> None:
    """Take a token away, by its id."""
    _tokens(caller, data, token_file).revoke(token)
    caller.say(f"token {token} is revoked")
