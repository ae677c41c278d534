"""Puts members of zip files on disk, of which only what is needed is fetched."""

from collections.abc import Callable
from pathlib import Path

from ..connection.blocking import BlockingConnection
from ..connection.limits import Limits
from ..connection.messages import Call, Work
from .http_file import stored_file
from .part import Part
from .source import Source


def extract(
    source: Source, path: Path, limits: Limits, moved: Callable[[int], None]
) -> Call[None]:
    """Put a member of a zip file on disk.

    Parameters
    ----------
    source
        Of the member.
    path
        Where it goes.
    limits
        Of its size.
    moved
        Told how many bytes there are more, or less.

    Raises
    ------
    FileIntegrityError
        If it is not what is recorded of it.
    """

    def work() -> None:
        # Archives are read by libraries that wait for bytes: they have a thread, and
        # here a connection as well.
        connection = BlockingConnection(limits=limits)
        try:
            content = stored_file(source, connection.run, limits).read()
        finally:
            connection.close()
        part = Part.beside(path, source.file, moved)
        try:
            part.restart()
            part.write(content)
            part.finish()
        finally:
            part.close()

    yield Work(work)
