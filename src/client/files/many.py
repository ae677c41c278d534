"""Downloads of many files: where each goes is settled before a byte is asked for.

One file that fails does not stop the others. A file that is there with the right size,
from an earlier run, is not asked for again.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec.structs import replace

from ..connection.limits import MOST_AT_ONCE, Limits
from ..connection.messages import Call, Together, Work
from ..connection.session import Session
from ..errors import UnsafePathError
from .checksums import digested, fits, hash_for
from .located import Located
from .members import extract
from .places import place_below
from .progress import Tally, Watcher
from .receiving import download
from .source import Source


class Downloaded(msgspec.Struct, frozen=True):
    """A file that is on disk.

    Parameters
    ----------
    id, component
        Of what dataset, and which part of it.
    path
        Where it is.
    is_new
        Whether it came now, and was not there before.
    """

    id: UUID
    component: str | None
    path: Path
    is_new: bool


class Failed(msgspec.Struct, frozen=True):
    """A file, or a dataset, that could not be had.

    Parameters
    ----------
    id
        Of the dataset.
    path
        Of the file in its datastore; empty if it is not even known.
    error
        Why.
    """

    id: UUID
    path: str
    error: Exception

    def __str__(self) -> str:
        what = self.path or str(self.id)
        return f"{what}: {type(self.error).__name__}: {self.error}"


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How files are put on disk.

    Parameters
    ----------
    folder
        That everything goes into.
    preserve_path
        Whether folders are made as they are in the datastore.
    overwrite
        Whether what is there is replaced, even if its size is right.
    limits
        Of sizes.
    resumes
        Whether what is there and right counts as done.
    """

    folder: Path
    preserve_path: bool
    overwrite: bool
    limits: Limits
    resumes: bool = True


Outcomes = list[Downloaded | Failed]
_End = tuple[Path, bool] | Exception


def download_all(
    session: Session, files: Sequence[Located], manner: Manner, watcher: Watcher | None
) -> Call[Outcomes]:
    """Put files on disk, and return what became of each, in their order."""
    different = list({_identity(file): file for file in files}.values())
    plans: list[Path | Exception] = yield Work(lambda: plan(different, manner))
    tally = Tally(len(different), _total(different), watcher)
    calls = [
        _one(session, file, place, manner, tally)
        for file, place in zip(different, plans, strict=True)
    ]
    ended: list[_End] = yield Together(calls, MOST_AT_ONCE)
    ends = dict(zip(map(_identity, different), ended, strict=True))
    return [_outcome(file, ends[_identity(file)]) for file in files]


def plan(files: Iterable[Located], manner: Manner) -> list[Path | Exception]:
    """Return where each file goes, or why it may not.

    No two of them go to the same place.
    """
    taken: dict[Path, Located] = {}
    plans: list[Path | Exception] = []
    for file in files:
        try:
            place = _place(file, manner)
        except (UnsafePathError, OSError) as error:
            plans.append(error)
            continue
        other = taken.setdefault(place, file)
        is_alone = other is file
        plans.append(place if is_alone else _both_at(place, other, file))
    return plans


def _identity(file: Located) -> tuple[str, int | None, str | None]:
    # Datasets may share a file; what says otherwise of itself is none of theirs.
    return file.path, file.size, file.checksum


def _both_at(place: Path, one: Located, other: Located) -> UnsafePathError:
    return UnsafePathError(f"{one.path!r} and {other.path!r} would both be {place}")


def _place(file: Located, manner: Manner) -> Path:
    path = file.path
    if file.member is not None:
        folder, _, _ = file.archive.path.rpartition("/")
        path = f"{folder}/{file.member}" if folder else file.member
    return place_below(manner.folder, path, preserve_path=manner.preserve_path)


def _total(files: Sequence[Located]) -> int | None:
    sizes = [file.size for file in files if file.size is not None]
    return sum(sizes) if len(sizes) == len(files) else None


def _one(
    session: Session,
    file: Located,
    place: Path | Exception,
    manner: Manner,
    tally: Tally,
) -> Call[_End]:
    try:
        if isinstance(place, Exception):
            return place
        is_new = yield from _fetch(session, file, place, manner, tally)
    except Exception as error:  # noqa: BLE001 - it is told with all others
        return error
    finally:
        tally.ended()
    return place, is_new


def _fetch(
    session: Session, file: Located, place: Path, manner: Manner, tally: Tally
) -> Call[bool]:
    known = file if manner.resumes else replace(file, size=None)
    if not manner.overwrite and (yield Work(lambda: _is_there(place, known))):
        tally.moved(file.size or 0)
        return False
    bring = download if file.member is None else extract
    yield from bring(Source(session, file), place, manner.limits, tally.moved)
    return True


def _outcome(file: Located, end: _End) -> Downloaded | Failed:
    if isinstance(end, Exception):
        return Failed(file.id, file.path, end)
    return Downloaded(file.id, file.component, *end)


def _is_there(place: Path, file: Located) -> bool:
    """Tell whether a file is there already; raise if something else is."""
    if not place.exists():
        return False
    if file.size is not None and place.is_file() and place.stat().st_size == file.size:
        computed = hash_for(file.checksum)
        if computed is None or fits(digested(place, computed), file.checksum):
            return True
    raise FileExistsError(f"{place} is there, and is another file; see overwrite")
