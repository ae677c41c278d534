"""The HTTP benchmark as a command: ``python -m benchmarks.serving``."""

from pathlib import Path

import click

from benchmarks.report.tables import show

from .run import Options, run
from .servers import LABEL, Server
from .tables import as_tables


@click.command()
@click.option("--repository", type=click.Path(path_type=Path, exists=True))
@click.option("--url", help="A running server of --repository; otherwise one starts.")
@click.option("--server-pid", type=int, help="Its process, to report its CPU time.")
@click.option("--label", default=LABEL, show_default=True)
@click.option("--seconds", default=3.0, show_default=True, help="Of every round.")
@click.option("--turns", default=5, show_default=True, help="Of server and floor.")
@click.option("--operation", "operations", multiple=True, help="Only this one.")
def main(
    *,
    repository: Path | None,
    url: str | None,
    server_pid: int | None,
    label: str,
    seconds: float,
    turns: int,
    operations: tuple[str, ...],
) -> None:
    """Measure every endpoint of a server, and find_dataset beside an empty one."""
    if url is not None and repository is None:
        raise click.UsageError("--url needs --repository, to know what to ask")
    running = None if url is None else Server(url.rstrip("/"), server_pid)
    options = Options(seconds, turns, operations, repository, running, label)
    report = run(options, lambda step: click.echo(step, err=True))
    show(as_tables(report))


main()
