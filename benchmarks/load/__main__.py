"""The load generator as a command: ``python -m benchmarks.load``."""

from pathlib import Path

import click
import msgspec

from .check import self_check
from .figures import Figures
from .generator import Plan, measure
from .requests import Target, read_requests


@click.command()
@click.option("--url", help="Server, and what stands before every path.")
@click.option("--requests", type=click.Path(path_type=Path, exists=True))
@click.option("--connections", default=16, show_default=True)
@click.option("--seconds", default=5.0, show_default=True)
@click.option("--warmup", default=0.5, show_default=True, help="Seconds, not counted.")
@click.option("--seed", default=1, show_default=True, help="Of the order of requests.")
@click.option("--server-pid", type=int, help="Also report this process's CPU time.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--self-check", "check", is_flag=True, help="Measure the generator.")
def main(
    *,
    url: str | None,
    requests: Path | None,
    connections: int,
    seconds: float,
    warmup: float,
    seed: int,
    server_pid: int | None,
    as_json: bool,
    check: bool,
) -> None:
    """Send the lines of a file of requests in random order; print the figures."""
    plan = Plan(connections, seconds, warmup, seed=seed, server_pid=server_pid)
    if check:
        self_check(plan, (1, 16, 64))
        return
    if url is None or requests is None:
        raise click.UsageError("--url and --requests, or --self-check, are needed")
    target = Target.from_url(url)
    messages = [target.encode(request) for request in read_requests(requests)]
    figures = measure(target, messages, plan)
    click.echo(msgspec.json.encode(figures) if as_json else _text(figures))
    # Whoever reads JSON sees it there; a slow server may need a longer look.
    if not (figures.requests or as_json):
        raise click.ClickException(f"{url} answered nothing")


def _text(figures: Figures) -> str:
    lines = [
        f"{figures.requests_per_second:,.0f} requests/s",
        f"{figures.requests:,} over {figures.connections} connections",
        f"p50 {figures.p50_ms:.2f} ms, p99 {figures.p99_ms:.2f} ms",
        f"{figures.errors} errors",
        f"generator {figures.generator_busy:.0%} busy",
    ]
    if figures.server_cpu_us is not None:
        lines.append(f"server CPU {figures.server_cpu_us:.0f} µs per request")
    return "\n".join(lines)


main()
