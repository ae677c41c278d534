"""Builds the demo repository beside its place and moves it in when it is whole.

Whoever looks at the place sees either nothing or a complete repository: the build
happens in a scratch folder next to it, which disappears however the build ends, and
one rename publishes the result. What is already there is never overwritten.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from .errors import DemoExtraMissingError, RepositoryExistsError
from .summary import DemoSummary

EXTRA_MODULES = ("lsst.daf.butler", "numpy", "pyarrow", "astropy")


def build_demo(
    root: Path, *, progress: Callable[[str], None] | None = None
) -> DemoSummary:
    """Build a demo repository with real dimension records and readable datasets.

    Contents and dataset IDs are the same in every build.

    Parameters
    ----------
    root
        Folder of the new repository. It must not exist, or be empty; missing
        parents are made.
    progress
        Called with one short sentence before each step.

    Returns
    -------
    DemoSummary
        What the repository holds.

    Raises
    ------
    RepositoryExistsError
        Raised if the folder has any content, which stays as it was.
    DemoExtraMissingError
        Raised if the packages of the ``demo`` extra are not installed.
    """
    place = root.resolve()
    _refuse_to_overwrite(place)
    _require_extra()
    # Only now: these modules import lsst.daf.butler, which takes seconds.
    from .repository import write_repository

    # The scratch folder has the owner's permissions only, the repository in it
    # has the usual ones.
    with TemporaryDirectory(
        prefix=f".{place.name}-", dir=_nearest_folder(place)
    ) as scratch:
        draft = Path(scratch) / "repository"
        counts = write_repository(draft, progress or _say_nothing)
        _publish(draft, place)
    return DemoSummary(root=root, **counts)


def _refuse_to_overwrite(place: Path) -> None:
    if place.is_file() or (place.is_dir() and any(place.iterdir())):
        raise RepositoryExistsError(place)


def _require_extra() -> None:
    for module in EXTRA_MODULES:
        try:
            import_module(module)
        except ImportError as error:
            raise DemoExtraMissingError(module) from error


def _nearest_folder(place: Path) -> Path:
    """Return the closest parent that exists, which shares the file system."""
    return next(parent for parent in place.parents if parent.is_dir())


def _say_nothing(sentence: str) -> None:
    """Take the place of the progress callback that nobody gave."""


def _publish(draft: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        draft.rename(place)
    except OSError:
        # Somebody may have filled the place while we were building.
        _refuse_to_overwrite(place)
        raise
