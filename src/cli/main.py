"""The command's entry point, and how its errors look."""

import click

from .. import __version__
from .commands.demo import demo
from .commands.explain import explain
from .commands.index import index
from .commands.invalidate import invalidate
from .commands.serve import serve
from .commands.status import status
from .commands.warm import warm
from .commands.watch import watch


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="butlery")
def main() -> None:
    """Serve Data Butler repositories over HTTP.

    \b
    Try it:
        butlery demo demo-repo      build a small repository with real data
        butlery serve demo-repo     serve it on 127.0.0.1:8080

    The stock lsst.daf.butler client works against the server unchanged.
    """  # noqa: D301 - Click looks for the character itself


main.add_command(serve)
main.add_command(demo)
main.add_command(status)
main.add_command(explain)
main.add_command(warm)
main.add_command(invalidate)
main.add_command(watch)
main.add_command(index)
