"""What the commands for release indexes have in common."""

import functools
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

NEWEST = "newest"

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def folder_option(*, required: bool) -> Callable[..., Any]:
    """Return the option that names the folder."""
    return click.option(
        "--folder",
        metavar="DIR",
        required=required,
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of release indexes, the server's index.folder.",
    )


def explained(command: Callable[..., Any]) -> Callable[..., None]:
    """Turn what goes wrong into one line and an exit status."""

    @functools.wraps(command)
    def run(**options: Any) -> None:
        from ...cache.index import UnusableIndexError
        from ...protocol.errors import ButleryError
        from ...registry import RepositoryError, StaleDefinitionsError

        try:
            command(**options)
        except (
            RepositoryError,
            StaleDefinitionsError,
            ButleryError,
            UnusableIndexError,
            OSError,
            ValueError,
        ) as error:
            click.echo(f"butlery: {_one_line(error)}", err=True)
            sys.exit(1)

    return run


def chosen(names: Iterable[str], wanted: str, place: object) -> str:
    """Return the one of some names, the newest first, that is meant.

    Raises
    ------
    ValueError
        If it is none, or not the only one.
    """
    found = list(names)
    if wanted == NEWEST:
        repositories = {name.partition("-")[0] for name in found}
        if len(repositories) > 1:
            raise ValueError(f"{place} has indexes of several repositories: name one")
        found = found[:1]
    else:
        found = [n for n in found if n == wanted or _digest_begins(n, wanted)]
    if not found:
        raise ValueError(
            f"{place} has no index {'yet' if wanted == NEWEST else repr(wanted)}"
        )
    if len(found) > 1:
        raise ValueError(f"{wanted!r} may be each of {', '.join(found)}")
    return found[0]


def _digest_begins(name: str, wanted: str) -> bool:
    return bool(wanted) and name.rpartition("-")[2].startswith(wanted)


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__
