"""``butlery index build``."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .index_options import explained, folder_option, json_option

if TYPE_CHECKING:
    from ...cache import Policies
    from ...cache.index import IndexLibrary, Manifest
    from ...cache.index.building import Report
    from ...server import RepositorySettings


@click.command(short_help="Compile what is permanent in a repository.")
@click.argument("repository", metavar="[REPO]", required=False)
@folder_option(required=False)
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The server's TOML file: its policies say what is permanent.",
)
@click.option("--label", help="Name of the repository in FILE, if it has several.")
@click.option(
    "--permanent",
    "globs",
    metavar="GLOB",
    multiple=True,
    help="Collections that are permanent, and with them all dataset types and "
    "dimensions; instead of --config. May be repeated.",
)
@json_option
@explained
def build(
    *,
    repository: str | None,
    folder: Path | None,
    config: Path | None,
    label: str | None,
    globs: tuple[str, ...],
    as_json: bool,
) -> None:
    """Compile what is permanent in REPO into a new file in DIR.

    What is permanent is said by --config, which then also has REPO and DIR, or by
    --permanent. Needs the database, which it reads once, as of one moment; nobody
    has to wait for it, but that the file of an SQLite database is copied first.
    Servers that look into DIR use the file as soon as it is complete.
    """
    import asyncio

    from ...cache.index import IndexLibrary
    from ..admin import Showing
    from .index_progress import showing_build, size_in_words

    if (config is None) == (not globs):
        raise click.UsageError("Give either --config or --permanent.")
    if config is not None:
        settings = _settings(config, label)
        policies, uri = settings.rules, repository or settings.uri
        if folder is None and settings.index is not None:
            folder = Path(settings.index.folder)
    else:
        policies, uri = _all_of(globs), repository or ""
    if not uri or folder is None:
        raise click.UsageError("REPO and --folder are needed: FILE does not say them.")
    showing = Showing(as_json=as_json)
    begun = time.monotonic()
    with showing_build(showing) as show:
        work = _build(uri, policies, IndexLibrary(folder), show)
        manifest = asyncio.run(work)
    seconds = time.monotonic() - begun
    if showing.as_json:
        showing.document(manifest)
        return
    rate = manifest.datasets / seconds if seconds else 0
    showing.line(
        f"{manifest.name}: {manifest.datasets} datasets with {manifest.files} files in "
        f"{manifest.collections} collections, {size_in_words(manifest.size_bytes)}; "
        f"{seconds:.1f} s, {rate:.0f} datasets/s"
    )


async def _build(
    uri: str, policies: "Policies", library: "IndexLibrary", report: "Report"
) -> "Manifest":
    from ...cache.index import build_index
    from ...registry import Registry

    registry = Registry.from_uri(uri)
    try:
        return await build_index(registry, policies, library, report)
    finally:
        await registry.close()


def _all_of(globs: tuple[str, ...]) -> "Policies":
    from ...cache import Policies, Policy, PolicyRule

    return Policies([PolicyRule(Policy.PERMANENT, globs, ["*"], ["*"])])


def _settings(config: Path, label: str | None) -> "RepositorySettings":
    from ...server import load_config

    repositories = load_config(config).repositories
    if label is None and len(repositories) == 1:
        (label,) = repositories
    if label is None or label not in repositories:
        raise ValueError(
            f"{config}: give the --label of one of its repositories: "
            f"{', '.join(repositories)}"
        )
    return repositories[label]
