"""The command's entry point, and how its errors look."""

from importlib import import_module

import click

from .. import __version__

_COMMANDS = (
    "serve",
    "demo",
    "status",
    "explain",
    "warm",
    "invalidate",
    "watch",
    "index",
    "token",
)
"""Each is named as its module in ``commands`` is, and as what it defines there."""


class _Group(click.Group):
    """Imports a command when it is asked for: a server starts without the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f".commands.{cmd_name}", __package__)
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="butlery")
def main() -> None:
    """Serve Data Butler repositories over HTTP.

    \b
    Try it:
        butlery demo demo-repo      build a small repository with real data
        butlery serve demo-repo     serve it on 127.0.0.1:8080

    The stock lsst.daf.butler client works against the server unchanged.
    """  # noqa: D301 - Click looks for the character itself
