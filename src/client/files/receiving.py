"""Calls that bring bytes of files: ranges and wholes into memory, and files to disk.

Whatever is lost on the way is asked for again from where it was, and URLs that expire
meanwhile are renewed.
"""

from collections.abc import Callable
from pathlib import Path

from ..connection.failures import failure
from ..connection.fetching import fetch
from ..connection.limits import Limits
from ..connection.messages import BodyError, Call, Reply, Request, Work
from ..errors import FileIntegrityError
from .checksums import fits, hash_for
from .part import Part
from .source import EXPIRED, Source
from .transfer import Memory, Transfer

_OK, _PARTIAL, _NOT_FOUND, _UNSATISFIABLE = 200, 206, 404, 416


def fetch_range(source: Source, start: int, stop: int) -> Call[bytes]:
    """Return bytes of a file, from one offset up to, without, another.

    Raises
    ------
    FileIntegrityError
        If the file is not as long as it should be.
    """
    if start >= stop:
        return b""
    memory = Memory()
    transfer = Transfer(memory, source.file.size, stop, start, stop)
    yield from _receive(source, transfer)
    return memory.content()


def fetch_size(source: Source) -> Call[int]:
    """Return the size of a file, which the server may not know."""
    if source.file.size is not None:
        return source.file.size
    memory = Memory()
    transfer = Transfer(memory, None, 1, 0, 1)
    yield from _receive(source, transfer)
    if transfer.size is None:
        raise FileIntegrityError(f"nobody says how long {source.file.path!r} is")
    return transfer.size


def fetch_whole(source: Source, limits: Limits) -> Call[bytes]:
    """Return all bytes of a file.

    Raises
    ------
    FileIntegrityError
        If it is not what is recorded of it, or too large for memory.
    """
    file, most = source.file, limits.most_memory_bytes
    if file.size is not None and file.size > most:
        raise FileIntegrityError(
            f"{file.path!r} has {file.size} bytes, and at most {most} are read into "
            "memory: download it, open it, or set most_memory_bytes"
        )
    memory = Memory()
    yield from _receive(source, Transfer(memory, file.size, most))
    content = memory.content()
    computed = hash_for(file.checksum)
    if computed is not None:
        computed.update(content)
    if not fits(computed, file.checksum):
        raise FileIntegrityError(
            f"{file.path!r} has another checksum than the one recorded for it"
        )
    return content


def download(
    source: Source,
    path: Path,
    limits: Limits,
    moved: Callable[[int], None] = lambda _: None,
) -> Call[None]:
    """Put a file on disk, in a folder that is made if it is not there.

    Parameters
    ----------
    source
        Of the file.
    path
        Where it goes; what is there is replaced when the file is complete.
    limits
        Of its size.
    moved
        Told how many bytes there are more, or less, by any thread.

    Raises
    ------
    FileIntegrityError
        If it is not what is recorded of it.
    """
    part: Part = yield Work(lambda: Part.beside(path, source.file, moved))
    try:
        transfer = Transfer(part, source.file.size, limits.most_file_bytes)
        yield from _receive(source, transfer, is_on_disk=True)
        yield Work(part.finish)
    except FileIntegrityError:
        part.discard()
        raise
    finally:
        part.close()


def _receive(
    source: Source, transfer: Transfer, *, is_on_disk: bool = False
) -> Call[None]:
    while not transfer.is_complete:
        try:
            reply: Reply = yield from fetch(
                source.url,
                token=source.token,
                headers=transfer.headers,
                sink=transfer.sink,
                sink_blocks=is_on_disk,
            )
        except BodyError as error:
            raise FileIntegrityError(f"{source.file.path!r}: {error}") from error
        if reply.status in {_OK, _PARTIAL}:
            return
        if reply.status not in EXPIRED or not (yield from source.renew()):
            raise _refused(reply, source)


def _refused(reply: Reply, source: Source) -> Exception:
    path = source.file.path
    if reply.status == _NOT_FOUND:
        return FileNotFoundError(f"{path!r} is recorded, but is not where it should be")
    if reply.status == _UNSATISFIABLE:
        return FileIntegrityError(f"{path!r} is shorter than the server says")
    return failure(reply, Request("GET", source.url, request_id="none"))
