"""What an asynchronous Butler does with files.

Downloads wait for nothing but the network. Readers block: each runs in a thread, with
connections that block.
"""

import os
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from uuid import UUID

from ..blocking.deferred import DeferredDataset
from ..calls import downloading, finding, readings
from ..calls.reading import Opener, Reading
from ..calls.repository import Repository
from ..connection.blocking import BlockingConnection
from ..connection.limits import Limits
from ..connection.messages import Call
from ..files.http_file import stored_file
from ..files.many import Downloaded
from ..files.progress import Watcher
from ..model import DatasetRef, DatasetType
from .deferred import AsyncDeferredDataset
from .in_order import in_order
from .threads import Threads

_T = TypeVar("_T")
_Asked = DatasetRef | DatasetType | str


class AsyncButlerFiles:
    """The methods of `ButlerFiles`, to be awaited."""

    _readers_connection: BlockingConnection
    _threads: Threads
    _limits: Limits

    async def get(
        self,
        datasetRefOrType: _Asked,
        /,
        dataId: Mapping[str, Any] | None = None,
        *,
        parameters: Mapping[str, Any] | None = None,
        collections: Any = None,
        storageClass: Any = None,
        timespan: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Return a dataset, or a component of it, as an object."""
        reading = await self._reading(
            datasetRefOrType,
            dataId,
            kwargs,
            collections=collections,
            timespan=timespan,
            storage_class=storageClass,
        )
        return await self._threads.run(reading.object, parameters)

    async def getDeferred(
        self,
        datasetRefOrType: _Asked,
        /,
        dataId: Mapping[str, Any] | None = None,
        *,
        parameters: Mapping[str, Any] | None = None,
        collections: Any = None,
        storageClass: Any = None,
        timespan: Any = None,
        **kwargs: Any,
    ) -> AsyncDeferredDataset:
        """Return a handle that reads a dataset later; arguments are those of `get`."""
        reading = await self._reading(
            datasetRefOrType,
            dataId,
            kwargs,
            collections=collections,
            timespan=timespan,
            storage_class=storageClass,
        )
        return AsyncDeferredDataset(DeferredDataset(reading, parameters), self._threads)

    async def open_file(
        self,
        datasetRefOrType: _Asked,
        /,
        dataId: Mapping[str, Any] | None = None,
        *,
        collections: Any = None,
        timespan: Any = None,
        **kwargs: Any,
    ) -> BinaryIO:
        """Return the file of a dataset, of which only what is read is fetched."""
        reading = await self._reading(
            datasetRefOrType, dataId, kwargs, collections=collections, timespan=timespan
        )
        return await self._threads.run(lambda: reading.file().open())

    async def read_bytes(
        self,
        datasetRefOrType: _Asked,
        /,
        dataId: Mapping[str, Any] | None = None,
        *,
        collections: Any = None,
        timespan: Any = None,
        **kwargs: Any,
    ) -> bytes:
        """Return all bytes of the file of a dataset, whatever they mean."""
        reading = await self._reading(
            datasetRefOrType, dataId, kwargs, collections=collections, timespan=timespan
        )
        return await self._threads.run(lambda: reading.file().read())

    async def get_many(
        self,
        datasets: Iterable[DatasetRef | UUID | Mapping[str, Any]],
        dataset_type: DatasetType | str | None = None,
        *,
        parameters: Mapping[str, Any] | None = None,
        collections: Any = None,
        storageClass: Any = None,
        timespan: Any = None,
    ) -> AsyncIterator[Any]:
        """Yield objects of many datasets in their order, some of them read ahead."""
        found = await self._run(
            readings.readings_of(
                self._repository,
                self._opener,
                datasets,
                dataset_type,
                collections=collections,
                timespan=timespan,
                storage_class=storageClass,
            )
        )
        reads = (partial(each.object, parameters) for each in found)
        objects = in_order(self._threads, reads)
        async with aclosing(objects):
            async for each in objects:
                yield each

    async def find_many(
        self,
        dataset_type: DatasetType | str,
        data_ids: Iterable[Mapping[str, Any]],
        *,
        collections: str | Iterable[str] | None = None,
        timespan: Any = None,
        dimension_records: bool = False,
    ) -> list[DatasetRef | None]:
        """Return the first dataset for each data ID, or `None`, in their order."""
        return await self._run(
            finding.find_many(
                self._repository,
                dataset_type,
                data_ids,
                collections=collections,
                timespan=timespan,
                dimension_records=dimension_records,
            )
        )

    async def download_many(
        self,
        refs: Iterable[DatasetRef],
        destination: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        preserve_path: bool = True,
        progress: bool | Watcher | None = None,
    ) -> list[Downloaded]:
        """Put the files of many datasets into a folder."""
        return await self._run(
            downloading.download_many(
                self._repository,
                refs,
                destination,
                self._limits,
                overwrite=overwrite,
                preserve_path=preserve_path,
                progress=progress,
            )
        )

    async def retrieveArtifacts(
        self,
        refs: Iterable[DatasetRef],
        destination: str | os.PathLike[str],
        transfer: str = "auto",
        preserve_path: bool = True,
        overwrite: bool = False,
    ) -> list[Path]:
        """Put the files of some datasets into a folder, and return where they are."""
        return await self._run(
            downloading.retrieve_artifacts(
                self._repository,
                refs,
                destination,
                self._limits,
                transfer=transfer,
                preserve_path=preserve_path,
                overwrite=overwrite,
            )
        )

    async def _reading(
        self,
        dataset: _Asked,
        data_id: Mapping[str, Any] | None,
        more: Mapping[str, Any],
        *,
        collections: Any,
        timespan: Any,
        storage_class: Any = None,
    ) -> Reading:
        return await self._run(
            readings.reading_of(
                self._repository,
                self._opener,
                dataset,
                data_id,
                more,
                collections=collections,
                timespan=timespan,
                storage_class=storage_class,
            )
        )

    @property
    def _opener(self) -> Opener:
        return partial(
            stored_file, run=self._readers_connection.run, limits=self._limits
        )

    @property
    def _repository(self) -> Repository:
        raise NotImplementedError

    async def _run(self, call: Call[_T]) -> _T:
        raise NotImplementedError
