"""``butlery serve``: one repository from the command line, or several from a file."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ...server import ServerConfig

_DEFAULT_LABEL = "repo"

# What describes a repository, and the place in a configuration file that says it.
_PLACES_IN_FILE = {
    "label": ("--label", "the name of its table, [repositories.NAME],"),
    "poll_seconds": ("--poll-seconds", "poll_seconds of each repository"),
    "outside_roots": ("--outside-root", "outside_roots of each repository"),
    "open_to_all": ("--open-to-all", "open_to_all of [access]"),
}
_WHO_CAN_READ = {
    "none": "Everybody who reaches this port can read all of it.",
    "tokens": "Who has a token (butlery token) can read what its user may see.",
    "gafaelfawr": "Who comes through the ingress can read what they may see.",
}


@click.command(short_help="Serve a repository, or all of a configuration file.")
@click.argument("target", metavar="REPO|CONFIG")
@click.option("--label", help=f"Name of REPO in URLs.  [default: {_DEFAULT_LABEL}]")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port to listen on.  [default: 8080]"
)
@click.option(
    "--workers", type=click.IntRange(min=1), help="Worker processes.  [default: 1]"
)
@click.option(
    "--poll-seconds",
    type=click.FloatRange(min=0),
    help="How often PostgreSQL is asked for changes; 0: before every answer. "
    "SQLite always is.  [default: 1]",
)
@click.option(
    "--outside-root",
    "outside_roots",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=str),
    help="Folder outside the datastore whose files may be handed out (targets of "
    "direct ingests and links). May be repeated.",
)
@click.option(
    "--open-to-all",
    is_flag=True,
    help="Listen for others than this machine although nobody is asked who they are.",
)
def serve(target: str, **options: Any) -> None:
    """Serve a Butler repository over HTTP.

    REPO is a repository's folder, its butler.yaml, a URI of either (file, s3, http,
    https) or a label of the repository index.

    CONFIG is a TOML file (.toml) with one or several repositories; see configs/ for
    annotated ones. --host, --port and --workers go before what it says; --label,
    --poll-seconds and --outside-root are for REPO only.

    Without [access] in CONFIG nobody is asked who they are: everybody who reaches the
    port can read every repository served. Then only this machine may connect, unless
    --open-to-all says that others may.
    """
    import asyncio

    from ...registry import RepositoryError
    from ...server.access import check_routes
    from ...server.config import check_exposure
    from ...server.logs import configure_logging
    from ...server.routes import ROUTE_NAMES

    configure_logging()
    try:
        config = _configuration(target, options)
        check_exposure(config)
        check_routes(config.access.services, ROUTE_NAMES)
        asyncio.run(_try_to_open(config))
    except (RepositoryError, ValueError) as error:
        click.echo(f"butlery: {error}", err=True)
        sys.exit(1)
    from ...server.listening import ListenError
    from ...server.run import run

    try:
        run(config, lambda: _announce(config, target))
    except ListenError as error:
        click.echo(f"butlery: {error}", err=True)
        sys.exit(1)


def _configuration(target: str, options: dict[str, Any]) -> "ServerConfig":
    """Return the file's configuration, or one for a single repository."""
    import msgspec

    from ...server import (
        AccessSettings,
        RepositorySettings,
        ServerConfig,
        load_config,
    )

    network = {
        name: options[name] for name in ("host", "port", "workers") if options[name]
    }
    if target.endswith(".toml"):
        _refuse_repository_options(target, options)
        return msgspec.structs.replace(load_config(Path(target)), **network)
    settings: dict[str, Any] = {
        "uri": target,
        "outside_roots": options["outside_roots"],
    }
    if options["open_to_all"]:
        network["access"] = AccessSettings(open_to_all=True)
    if options["poll_seconds"] is not None:
        settings["poll_seconds"] = options["poll_seconds"]
    repository = RepositorySettings(**settings)
    config = ServerConfig(
        repositories={options["label"] or _DEFAULT_LABEL: repository}, **network
    )
    # Constructors do not check constraints; decoding does.
    try:
        return msgspec.convert(msgspec.to_builtins(config), ServerConfig)
    except msgspec.ValidationError as error:
        what = "label" if "`key`" in str(error) else "options"
        raise ValueError(f"{what}: {error}") from error


def _refuse_repository_options(target: str, options: dict[str, Any]) -> None:
    """Refuse options that would be dropped: a file has its own, per repository."""
    unset = {
        "label": None,
        "poll_seconds": None,
        "outside_roots": (),
        "open_to_all": False,
    }
    for name, (option, place) in _PLACES_IN_FILE.items():
        if options[name] != unset[name]:
            raise ValueError(
                f"{option} is not for a configuration file; "
                f"set {place} in {target} instead"
            )


async def _try_to_open(config: "ServerConfig") -> None:
    """Open every repository once, so that a refusal is one line and not a log."""
    from ...registry import RepositoryError
    from ...server.jobs import JobFolder
    from ...server.served import repository_of

    if config.jobs.folder:
        JobFolder(Path(config.jobs.folder)).check()
    for label, settings in config.repositories.items():
        try:
            repository = repository_of(label, settings, config)
            await repository.open()
            await repository.close()
        except RepositoryError as error:
            raise RepositoryError(f"repository {label!r}: {error}") from error


def _announce(config: "ServerConfig", target: str) -> None:
    """Say what is served, and what to try next."""
    from rich.console import Console

    from .try_next import try_next

    console = Console(highlight=False)
    host = f"[{config.host}]" if ":" in config.host else config.host
    root = f"http://{host}:{config.port}"
    for label, settings in config.repositories.items():
        console.print(
            f"[bold]{label}[/bold] ({settings.uri}) is served at "
            f"[cyan]{root}/api/butler/repo/{label}/[/cyan]",
            soft_wrap=True,
        )
    console.print(f"{_WHO_CAN_READ[config.access.kind]}\n")
    label = next(iter(config.repositories))
    console.print(try_next(root, label, Path(target)), soft_wrap=True, markup=False)
