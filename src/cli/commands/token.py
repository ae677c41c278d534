"""``butlery token``: who may use a server, for labs without a science platform."""

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Never

import click

_DURATION = re.compile(r"(?P<number>[0-9]{1,5})(?P<unit>[mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

_file_option = click.option(
    "--file",
    "path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The server's tokens_file. Only hashes are in it.",
)


def _expiry(_: click.Context, __: click.Parameter, text: str | None) -> datetime | None:
    """Read a duration from now on, or a date."""
    if text is None or text == "never":
        return None
    now = datetime.now(UTC).replace(microsecond=0)
    match = _DURATION.fullmatch(text)
    if match is not None:
        return now + timedelta(**{_UNITS[match["unit"]]: int(match["number"])})
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is neither a duration (12h, 30d, 8w), nor a date (2027-01-31), "
            "nor never"
        ) from None
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    if time <= now:
        raise click.BadParameter(f"{text!r} is in the past")
    return time


@click.group(short_help="Make, show and revoke tokens of users.")
def token() -> None:
    """Make, show and revoke tokens, for servers with kind = "tokens" in [access].

    A running server sees what changes at once.
    """


@token.command(short_help="Make a token; it is shown this once.")
@_file_option
@click.argument("user")
@click.option(
    "--group", "groups", multiple=True, help="Of the user's groups. May be repeated."
)
@click.option(
    "--service",
    help="The service that will have it, and ask in the user's name; see "
    "[access.services] of the server's configuration.",
)
@click.option(
    "--expires",
    callback=_expiry,
    default="90d",
    show_default=True,
    help="When: 12h, 30d, 8w, a date, or never.",
)
def create(
    path: Path,
    user: str,
    groups: tuple[str, ...],
    service: str | None,
    expires: datetime | None,
) -> None:
    """Make a token for USER and print it; nobody can show it again."""
    from ...server.access import TokenFile, TokenFileError

    services = () if service is None else (service,)
    for name in (user, *groups, *services):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@-]*", name):
            raise click.BadParameter(
                f"{name!r} is no name of a user, a group or a service"
            )
    try:
        secret, made = TokenFile(path).create(user, groups, expires, service)
    except TokenFileError as error:
        _fail(error)
    click.echo(secret)
    until = f"until {_shown(made.expires)}" if made.expires else "until it is revoked"
    click.echo(f"token {made.id} of {user} works {until}", err=True)


@token.command("list", short_help="Show what tokens there are.")
@_file_option
def list_(path: Path) -> None:
    """Show whose tokens there are, and how long they work; never the tokens."""
    from rich.console import Console
    from rich.table import Table

    from ...server.access import TokenFile, TokenFileError

    try:
        tokens = TokenFile(path).tokens()
    except TokenFileError as error:
        _fail(error)
    table = Table("id", "user", "groups", "service", "made", "expires", box=None)
    now = datetime.now(UTC)
    for each in tokens:
        expires = "never" if each.expires is None else _shown(each.expires)
        has_expired = each.expires is not None and each.expires <= now
        table.add_row(
            each.id,
            each.user,
            ", ".join(each.groups),
            each.service or "",
            _shown(each.created),
            f"{expires} (expired)" if has_expired else expires,
        )
    Console(soft_wrap=True).print(table)


@token.command(short_help="Let tokens work no longer.")
@_file_option
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
def revoke(path: Path, ids: tuple[str, ...]) -> None:
    """Let the tokens with these IDs work no longer; `list` shows the IDs."""
    from ...server.access import TokenFile, TokenFileError

    try:
        removed = {each.id for each in TokenFile(path).revoke(ids)}
    except TokenFileError as error:
        _fail(error)
    for id_ in dict.fromkeys(ids):
        click.echo(f"{id_}: {'revoked' if id_ in removed else 'no such token'}")
    if set(ids) - removed:
        sys.exit(1)


def _shown(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _fail(error: Exception) -> Never:
    click.echo(f"butlery: {error}", err=True)
    sys.exit(1)
