"""Options that all commands for readers have: which repository, and who asks."""

import functools
import sys
from collections.abc import Callable
from typing import Any

import click

from ..showing import Showing

_OPTIONS = (
    click.option(
        "-r",
        "--repo",
        envvar="BUTLERY_REPO",
        required=True,
        metavar="URL|LABEL",
        help="Repository of a server: its URL, or its label in the repository index. "
        "Else BUTLERY_REPO.",
    ),
    click.option(
        "--token",
        help="Who you are, for the server; better in BUTLER_RUBIN_ACCESS_TOKEN.",
    ),
    click.option(
        "--json", "as_json", is_flag=True, help="Print JSON, one document a line."
    ),
)

limit_option = click.option(
    "--limit", type=click.IntRange(min=1), help="Show at most so many."
)


def reading_options(command: Callable[..., bool]) -> Callable[..., None]:
    """Add the options, and turn what goes wrong into one line and an exit status.

    The command is called with a Butler and a way to show things before its own
    parameters, and returns whether it found what was asked for.
    """

    @functools.wraps(command)
    def run(repo: str, token: str | None, as_json: bool, **own: Any) -> None:  # noqa: FBT001 - Click's
        from ...client import Butler

        showing = Showing(as_json=as_json)
        try:
            with Butler(repo, access_token=token) as butler:
                found = command(butler, showing, **own)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise  # which Click knows what to do with
        except Exception as error:  # noqa: BLE001 - who types wants a sentence
            showing.mishap(_sentence(error))
            sys.exit(1)
        if not found:
            sys.exit(1)

    for option in reversed(_OPTIONS):
        run = option(run)
    return run


def _sentence(error: Exception) -> str:
    # The text of a KeyError is that of its argument in quotes.
    args = error.args
    text = args[0] if len(args) == 1 and isinstance(args[0], str) else str(error)
    return " ".join(text.split()) or type(error).__name__
