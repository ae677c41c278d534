"""``butlery index push`` and ``pull``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .index_options import NEWEST, chosen, explained, folder_option, json_option

if TYPE_CHECKING:
    from ...cache.index import Manifest
    from ..admin import Showing


@click.command(short_help="Copy a release index to where others fetch it.")
@click.argument("name", metavar="NAME|newest")
@click.argument("location")
@folder_option(required=True)
@json_option
@explained
def push(*, name: str, location: str, folder: Path, as_json: bool) -> None:
    """Copy a release index of DIR to LOCATION, where other machines fetch it.

    It is the newest there from then on, also if it was there before.
    """
    from ...cache.index import IndexLibrary
    from ...cache.index.locations import location_of
    from ...cache.index.locations import push as push_
    from ..admin import Showing
    from .index_progress import showing_bytes

    library, showing = IndexLibrary(folder), Showing(as_json=as_json)
    place = location_of(location)
    known = {m.name: m for m in library.manifests()[0]}
    manifest = known[chosen(known, name, folder)]
    with showing_bytes(showing, manifest.name, manifest.size_bytes) as show:
        push_(library, manifest, place, show)
    _show(showing, manifest, "pushed", place.text)


@click.command(short_help="Copy a release index from where others have put it.")
@click.argument("arguments", metavar="[NAME|newest] LOCATION", nargs=-1, required=True)
@folder_option(required=True)
@json_option
@explained
def pull(*, arguments: tuple[str, ...], folder: Path, as_json: bool) -> None:
    """Copy a release index of LOCATION to DIR; without NAME the newest."""
    from ...cache.index import IndexLibrary
    from ...cache.index.locations import location_of
    from ...cache.index.locations import pull as pull_
    from ..admin import Showing
    from .index_progress import showing_bytes

    *names, location = arguments
    if len(names) > 1:
        raise click.UsageError("Give one NAME at most, and LOCATION.")
    wanted = names[0] if names else NEWEST
    place, showing = location_of(location), Showing(as_json=as_json)
    entries = {each.name: each for each in place.entries(None)}
    entry = entries[chosen(entries, wanted, place.text)]
    with showing_bytes(showing, entry.name, entry.size_bytes) as show:
        manifest = pull_(place, entry.name, IndexLibrary(folder), show)
    _show(showing, manifest, "pulled", folder)


def _show(
    showing: "Showing", manifest: "Manifest", done: str, place: Path | str
) -> None:
    from .index_progress import size_in_words

    if showing.as_json:
        showing.document(manifest)
        return
    size = size_in_words(manifest.size_bytes)
    showing.line(f"{done} to {place}: {manifest.name}, {size}")
