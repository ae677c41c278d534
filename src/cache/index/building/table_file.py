"""The file under construction: tables of sorted entries, compact at the end."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Self

import lmdb

from .. import layout

_BATCH = 5_000
_COMMIT = 200_000
_MAP_BYTES = 1 << 40
_PAGE_BYTES = 4096

Entries = Iterable[tuple[bytes, bytes]]


class TableFile:
    """Tables that are written one after another, each in the order of its keys.

    Parameters
    ----------
    environment
        Of an empty file.
    """

    def __init__(self, environment: lmdb.Environment) -> None:
        self._environment = environment

    @classmethod
    @contextmanager
    def written(cls, path: Path) -> Iterator[Self]:
        """Have a file to write to; at the end of the context it is complete.

        Raises
        ------
        OSError
            If the disk is full, or two entries of a table have one key.
        """
        whole = path.with_suffix(".whole")
        environment = lmdb.open(
            str(whole),
            subdir=False,
            lock=False,
            max_dbs=len(layout.TABLES),
            map_size=_MAP_BYTES,
            sync=False,
            metasync=False,
        )
        try:
            yield cls(environment)
            used = (environment.info()["last_pgno"] + 1) * _PAGE_BYTES
            environment.set_mapsize(max(used, 1 << 20))
            environment.copy(str(path), compact=True)
        except lmdb.Error as error:
            raise OSError(f"the index cannot be written: {error}") from error
        finally:
            environment.close()
            whole.unlink(missing_ok=True)

    def put(self, table: bytes, entries: Entries) -> None:
        """Write a table."""
        database = self._environment.open_db(table)
        coming = iter(entries)
        while True:
            part = islice(coming, _COMMIT)
            is_empty = True
            with self._environment.begin(write=True, db=database) as transaction:
                cursor = transaction.cursor()
                while batch := list(islice(part, _BATCH)):
                    is_empty = False
                    _, added = cursor.putmulti(batch, append=True)
                    if added != len(batch):
                        raise OSError(f"two entries of {table.decode()} have one key")
            if is_empty:
                return
