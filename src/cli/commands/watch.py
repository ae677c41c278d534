"""``butlery watch``: triggers that tell of changes, and the watcher that hears them."""

import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from ...registry import RepositoryConfig

_T = TypeVar("_T")

repository_argument = click.argument("repository", metavar="REPO")


@click.group(short_help="Tell servers at once what changes in a PostgreSQL repository.")
def watch() -> None:
    """Tell servers at once what changes in a repository on PostgreSQL.

    Without it they see that something changed, but not what, and forget all dynamic
    answers. REPO is a repository's folder, its butler.yaml, a URI of either, or a
    label of the repository index.
    """


@watch.command(short_help="Put the triggers into the database.")
@repository_argument
def install(repository: str) -> None:
    """Put the triggers into REPO's database; may be repeated.

    It needs the owner of the tables, and never makes writers wait for long.
    """
    from ...registry.watch import install as install_

    before = _run(repository, install_)
    if before.missing:
        click.echo(
            f"installed: {_count(len(before.tables), 'table')} and "
            f"{_count(len(before.functions), 'function')} equipped"
        )
    else:
        click.echo("nothing to do: everything is installed")


@watch.command(short_help="Take the triggers out of the database.")
@repository_argument
def remove(repository: str) -> None:
    """Take all triggers and functions out of REPO's database, without a trace."""
    from ...registry.watch import remove as remove_

    before = _run(repository, remove_)
    if before.installed:
        count = _count(len(before.installed), "function")
        click.echo(f"removed: {count}, and all triggers that called them")
    else:
        click.echo("nothing to do: nothing is installed")


@watch.command(short_help="Say whether the triggers are there.")
@repository_argument
def status(repository: str) -> None:
    """Say whether REPO's triggers are there; fails if any is missing."""
    from ...registry.watch import status as status_

    found = _run(repository, status_)
    if not found.missing:
        click.echo("installed and complete")
        return
    if found.installed:
        click.echo(f"incomplete; missing or outdated: {', '.join(found.missing)}")
    else:
        click.echo("not installed")
    sys.exit(1)


@watch.command(short_help="Hear the triggers, and tell the servers.")
@repository_argument
@click.option(
    "--redis",
    "redis_url",
    metavar="URL",
    required=True,
    help="Where watcher and servers meet: redis://[:PASSWORD@]HOST:PORT/NUMBER, the "
    "servers' redis_url.",
)
def run(repository: str, redis_url: str) -> None:
    """Hear REPO's triggers and tell the servers, until told to stop.

    One watcher is enough for a repository. It survives restarts of the database and
    of Redis. Needs --redis: it is how servers hear it.
    """
    from ..watching import keep_watch

    def say(text: str) -> None:
        click.echo(text, err=True)

    _run(repository, lambda config: keep_watch(config, redis_url, say))


def _run(
    repository: str, work: "Callable[[RepositoryConfig], Coroutine[Any, Any, _T]]"
) -> _T:
    """Do some work on a repository; what goes wrong is one line."""
    import asyncio

    import psycopg

    from ...registry import RepositoryError, load_repository_config

    try:
        return asyncio.run(work(load_repository_config(repository)))
    except (RepositoryError, ValueError, psycopg.Error, OSError) as error:
        click.echo(f"butlery: {' '.join(str(error).split())}", err=True)
        sys.exit(1)


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
