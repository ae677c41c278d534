"""The command's entry point, and how its errors look."""

from importlib import import_module
from typing import Any

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
    "ls",
    "tree",
    "find",
    "get",
    "download",
    "completion",
)
"""Each is named as its module in ``commands`` is, and as what it defines there."""


_OF_SERVERS = frozenset(
    {
        *("aiosqlite", "boto3", "botocore", "cachetools", "hpgeom"),
        *("litestar", "lmdb", "lsst", "orjson", "prometheus_client", "psycopg"),
        *("redis", "sqlalchemy", "structlog", "urllib3", "uvicorn", "uvloop"),
    }
)
"""What can be imported if the extra ``server`` is installed."""


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

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; those for readers need less than the others."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in _OF_SERVERS:
                raise
            click.echo(
                f"butlery: {ctx.invoked_subcommand} is for servers, and {error.name} "
                "is not installed: pip install 'butlery[server]'",
                err=True,
            )
            ctx.exit(1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="butlery")
def main() -> None:
    """Serve Data Butler repositories over HTTP, and read from them.

    \b
    Try it:
        butlery demo demo-repo      build a small repository with real data
        butlery serve demo-repo     serve it on 127.0.0.1:8080

    \b
    And, with BUTLERY_REPO=http://127.0.0.1:8080/api/butler/repo/repo:
        butlery ls                  list its collections
        butlery get processing_notes -c u/demo/tour

    The stock lsst.daf.butler client works against the server unchanged. What a shell
    completes is set up with: eval "$(butlery completion bash)"
    """  # noqa: D301 - Click looks for the character itself
