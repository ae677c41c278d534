"""Processes that map indexes and touch some of their entries."""

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from .building import opened
from .memory import Memory, memory_of_self


class Reader:
    """Such a process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def look_up(self, path: Path, ids: Sequence[bytes]) -> Memory:
        """Look datasets up in an index; return the process's memory then."""
        self._connection.send((str(path), list(ids)))
        memory = self._connection.recv()
        return msgspec.convert(memory, Memory)

    def read_records(self, path: Path, element: str, keys: Sequence[object]) -> Memory:
        """Read dimension records of an index; return the process's memory then."""
        self._connection.send((str(path), element, list(keys)))
        return msgspec.convert(self._connection.recv(), Memory)


@contextmanager
def reader(paths: Sequence[Path]) -> Iterator[tuple[Reader, Memory]]:
    """Start a process that opens indexes; tell its memory when it has done so."""
    here, there = multiprocessing.Pipe()
    of = multiprocessing.get_context("spawn")
    process = of.Process(target=_serve, args=([str(p) for p in paths], there))
    process.start()
    try:
        memory = msgspec.convert(here.recv(), Memory)
        yield Reader(here), memory
    finally:
        here.send(None)
        process.join()


def _serve(paths: Sequence[str], connection: Connection) -> None:
    indexes = {path: opened(Path(path)) for path in paths}
    connection.send(msgspec.to_builtins(memory_of_self()))
    while (task := connection.recv()) is not None:
        path, *rest = task
        index = indexes[path]
        if len(rest) == 1:
            for id_ in rest[0]:
                index.dataset(id_)
        else:
            element, keys = rest
            for key in keys:
                index.record(element, key)
        connection.send(msgspec.to_builtins(memory_of_self()))
