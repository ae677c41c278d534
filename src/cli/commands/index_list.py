"""``butlery index list`` and ``verify``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from .index_options import chosen, explained, folder_option, json_option

if TYPE_CHECKING:
    from ...cache.index import IndexLibrary, Manifest
    from ...cache.index.locations import Location
    from ..admin import Showing

_COLUMNS = ["name", "datasets", "size", "universe", "state", "repository", "digest"]


class Listed(msgspec.Struct, frozen=True):
    """One line of `list` or `verify`.

    Parameters
    ----------
    state
        ``verified``, ``unverified`` or ``refused``.
    reason
        Why it is refused.
    """

    name: str
    state: str
    reason: str
    manifest: "Manifest | None"


class Listing(msgspec.Struct, frozen=True):
    """What there is, the newest first."""

    indexes: list[Listed]


@click.command("list", short_help="Show the release indexes of a folder or location.")
@click.argument("location", required=False)
@folder_option(required=False)
@json_option
@explained
def list_(*, location: str | None, folder: Path | None, as_json: bool) -> None:
    """Show the release indexes of DIR or LOCATION, the newest first.

    Their state: "verified" if all bytes of the file were found right and it was not
    touched since, "unverified" if that is still to be done, or "refused".
    """
    from ...cache.index import IndexLibrary
    from ...cache.index.locations import location_of
    from ..admin import Showing

    if (location is None) == (folder is None):
        raise click.UsageError("Give either LOCATION or --folder.")
    if folder is not None or location is None:
        found = _of_library(IndexLibrary(folder or Path()))
    else:
        found = _of_location(location_of(location))
    _show(Showing(as_json=as_json), list(found))


@click.command(short_help="Read files completely and compare them with what they were.")
@click.argument("names", metavar="[NAME...]", nargs=-1)
@folder_option(required=True)
@json_option
@explained
def verify(*, names: tuple[str, ...], folder: Path, as_json: bool) -> None:
    """Read the files of DIR completely and compare them with what was published.

    Without NAME all of them. Ends with status 1 if one is damaged, and says which.
    """
    from ...cache.index import IndexLibrary
    from ..admin import Showing

    library, showing = IndexLibrary(folder), Showing(as_json=as_json)
    manifests, refused = library.manifests()
    if names:
        known = {m.name: m for m in manifests}
        every = [*known, *(reason.partition(":")[0] for reason in refused)]
        wanted = {chosen(every, name, folder) for name in names}
        manifests = [m for m in manifests if m.name in wanted]
        refused = [r for r in refused if r.partition(":")[0] in wanted]
    found = [_verified(library, manifest, showing) for manifest in manifests]
    found += map(_refused, refused)
    _show(showing, found)
    if any(each.state == "refused" for each in found):
        sys.exit(1)


def _verified(
    library: "IndexLibrary", manifest: "Manifest", showing: "Showing"
) -> Listed:
    from ...cache.index import UnusableIndexError
    from .index_progress import showing_bytes

    with showing_bytes(showing, manifest.name, manifest.size_bytes) as show:
        try:
            library.verify(manifest, show)
        except UnusableIndexError as error:
            reason = str(error).removeprefix(f"{manifest.name}: ")
            return Listed(manifest.name, "refused", reason, manifest)
    return Listed(manifest.name, "verified", "", manifest)


def _of_library(library: "IndexLibrary") -> Iterator[Listed]:
    manifests, refused = library.manifests()
    for manifest in manifests:
        yield Listed(manifest.name, *library.state(manifest), manifest)
    yield from map(_refused, refused)


def _of_location(location: "Location") -> Iterator[Listed]:
    from ...cache.index import UnusableIndexError

    for entry in location.entries(None):
        try:
            manifest = location.manifest(entry.name)
        except UnusableIndexError as error:
            yield _refused(str(error))
            continue
        state, reason = "unverified", ""
        if entry.size_bytes != manifest.size_bytes:
            state, reason = "refused", "its file is missing, or has another size"
        yield Listed(entry.name, state, reason, manifest)


def _refused(reason: str) -> Listed:
    name, _, why = reason.partition(": ")
    return Listed(name, "refused", why, None)


def _show(showing: "Showing", found: list[Listed]) -> None:
    if showing.as_json:
        showing.document(Listing(found))
        return
    showing.table(_COLUMNS, map(_row, found))
    for each in found:
        if each.state == "refused":
            showing.mishap(f"{each.name}: {each.reason}")


def _row(each: Listed) -> list[object]:
    from .index_progress import size_in_words

    m = each.manifest
    if m is None:
        return [each.name, "-", "-", "-", each.state, "-", "-"]
    universe = f"{m.universe} {m.universe_version}"
    size = size_in_words(m.size_bytes)
    return [each.name, m.datasets, size, universe, each.state, m.repository, m.digest]
