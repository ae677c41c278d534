"""Where a file that a server names may go: below one folder, and nowhere else."""

import os
import re
from pathlib import Path

from ..errors import UnsafePathError
from .part import is_part

_MOST_NAME_BYTES = 255
_DRIVE = re.compile(r"[A-Za-z]:")


def place_below(folder: Path, path: str, *, preserve_path: bool = True) -> Path:
    """Return where a file of some path in a datastore goes.

    Parameters
    ----------
    folder
        That everything goes into.
    path
        As the server says; of a member of a zip file, with its fragment removed.
    preserve_path
        Whether its folders are made too; or only its name counts.

    Raises
    ------
    UnsafePathError
        If it leads elsewhere, or could be taken for something else.
    """
    names = [name for name in path.split("/") if name != "."]
    why = _objection(path, names)
    if why:
        raise UnsafePathError(f"the server names a file {path[:300]!r}, which {why}")
    place = folder.joinpath(*(names if preserve_path else names[-1:]))
    # Links that are there already may lead out; what is not there yet cannot.
    inside = os.path.realpath(folder)
    if not Path(os.path.realpath(place.parent)).is_relative_to(inside):
        raise UnsafePathError(f"{place.parent} is a link that leads out of {folder}")
    return place


def _objection(path: str, names: list[str]) -> str | None:
    objections = {
        "is absolute": path.startswith("/") or _DRIVE.match(path) is not None,
        "has characters that no name should have": "\\" in path
        or not path.isprintable(),
        "has an empty name in it": not names or "" in names,
        "leads out of its folder": ".." in names,
        "has a name that is too long": any(_bytes(n) > _MOST_NAME_BYTES for n in names),
        "could be taken for an unfinished download": any(map(is_part, names)),
    }
    return next((why for why, holds in objections.items() if holds), None)


def _bytes(name: str) -> int:
    return len(name.encode("utf-8", "surrogatepass"))
