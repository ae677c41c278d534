"""Arguments and options that the commands for operators have in common."""

import functools
import sys
from collections.abc import Callable
from typing import Any

import click

from ..showing import Showing
from .connection import AdminConnection, AdminError

DEFAULT_URL = "http://127.0.0.1:8081"
TOKEN_VARIABLE = "BUTLERY_ADMIN_TOKEN"  # noqa: S105 - a variable's name

repository_argument = click.argument("repository", metavar="LABEL")

_OPTIONS = (
    click.option(
        "--admin-url",
        default=DEFAULT_URL,
        show_default=True,
        help="Where a server listens for operators.",
    ),
    click.option(
        "--token",
        envvar=TOKEN_VARIABLE,
        help=f"Admin token of that server, if it has one; better in {TOKEN_VARIABLE}.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON."),
)


def admin_options(command: Callable[..., bool]) -> Callable[..., None]:
    """Add the options, and turn what goes wrong into one line and an exit status.

    The command is called with a connection and a way to show things before its own
    parameters, and returns whether all went well.
    """

    @functools.wraps(command)
    def run(admin_url: str, token: str | None, as_json: bool, **own: Any) -> None:  # noqa: FBT001 - Click's
        try:
            connection = AdminConnection(admin_url, token)
            went_well = command(connection, Showing(as_json=as_json), **own)
        except AdminError as error:
            click.echo(f"butlery: {error}", err=True)
            sys.exit(1)
        if not went_well:
            sys.exit(1)

    for option in reversed(_OPTIONS):
        run = option(run)
    return run
