"""Datasets that daf_butler wrote, as files that readers get; and files that count."""

import io
import math
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from lsst.daf.butler import Butler, DatasetRef, DatasetType

from butlery.client.readers import Label, LocalFile, open_ranged, temporary_copy


class Stock:
    """A repository in SQLite, whose files daf_butler's own formatters write."""

    def __init__(self, root: Path) -> None:
        Butler.makeRepo(str(root))
        self._butler = Butler.from_config(str(root), writeable=True, run="run")
        self._names = (f"dataset{number}" for number in count())

    def put(self, content: Any, storage_class: str) -> tuple[DatasetRef, LocalFile]:
        """Store an object; return it as daf_butler and as readers know it."""
        universe = self._butler.dimensions
        dataset_type = DatasetType(
            next(self._names), (), storage_class, universe=universe
        )
        self._butler.registry.registerDatasetType(dataset_type)
        ref = self._butler.put(content, dataset_type)
        datastore: Any = self._butler._datastore
        (info,) = datastore.getStoredItemsInfo(ref)
        label = Label(info.formatter, info.storageClass.name)
        return ref, LocalFile(label, Path(self._butler.getURI(ref).ospath))

    def get(
        self,
        ref: DatasetRef,
        *,
        component: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        as_type: str | None = None,
    ) -> Any:
        """Read an object as daf_butler does."""
        wanted = ref if component is None else ref.makeComponentRef(component)
        return self._butler.get(
            wanted, parameters=dict(parameters or {}), storageClass=as_type
        )


class CountingFile:
    """A file that is fetched in ranges, and knows which."""

    def __init__(self, label: Label, content: bytes, path: str = "file") -> None:
        self.label = label
        self.path = path
        self.url = f"https://files.example/{path}"
        self.size = len(content)
        self.ranges: list[tuple[int, int]] = []
        self.breaks_after: float = math.inf
        self._content = content

    @property
    def fetched(self) -> int:
        """Number of bytes that were fetched."""
        return sum(stop - start for start, stop in self.ranges)

    def read(self) -> bytes:
        """Return everything, as one range."""
        return self._fetch(0, self.size)

    def open(self) -> BinaryIO:
        """Return a file that fetches what is read."""
        return open_ranged(self._fetch, self.size)

    def local(self) -> AbstractContextManager[Path]:
        """Return a copy on disk."""
        return temporary_copy(self)

    def _fetch(self, start: int, stop: int) -> bytes:
        if len(self.ranges) >= self.breaks_after:
            raise ConnectionResetError
        self.ranges.append((start, stop))
        return self._content[start:stop]


def memory_file(
    content: bytes, formatter: str, storage_class: str = "Any", path: str = "file"
) -> LocalFile:
    """Return bytes as a file with a label."""
    return LocalFile(Label(formatter, storage_class), content, path)


def npy(array: "np.ndarray[Any, Any]") -> bytes:
    """Return an array as `numpy.save` writes it."""
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def each_column_equal(left: Any, right: Any) -> Iterator[bool]:
    """Yield whether columns of two tables are equal in type, mask and value."""
    for name in left.dtype.names:
        a, b = left[name], right[name]
        yield a.dtype == b.dtype and type(a) is type(b)
        yield bool(np.array_equal(np.ma.getmaskarray(a), np.ma.getmaskarray(b)))
        yield bool(np.ma.allequal(a, b, fill_value=True))
