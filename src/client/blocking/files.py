"""What a Butler does with files: reads them as objects, and puts them on disk."""

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from uuid import UUID

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
from .deferred import DeferredDataset
from .in_order import in_order

_T = TypeVar("_T")
_Asked = DatasetRef | DatasetType | str


class ButlerFiles:
    """The methods of a `Butler` that are about files, or about many datasets."""

    _connection: BlockingConnection
    _limits: Limits
    _repository: Repository

    def get(
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
        """Return a dataset, or a component of it, as an object.

        Parameters
        ----------
        datasetRefOrType
            A reference, a definition, or a name such as ``visit_image`` or
            ``visit_image.wcs``.
        dataId
            Values by dimension.
        parameters
            What narrows the read, such as ``columns`` or ``bbox``.
        collections
            Names and globs in search order.
        storageClass
            It shall be read as.
        timespan
            For calibrations.
        **kwargs
            More of the data ID.

        Returns
        -------
        typing.Any
            What the reader of its file makes of it. A dataset that is stored in
            components is a dictionary of them, unless one is asked for.

        Raises
        ------
        DatasetNotFoundError
            If there is no such dataset, or no file of it.
        UnknownReaderError
            If nobody can read its file; see `read_bytes`.
        FileIntegrityError
            If the file is not what is recorded of it.
        """
        return self._reading(
            datasetRefOrType,
            dataId,
            kwargs,
            collections=collections,
            timespan=timespan,
            storage_class=storageClass,
        ).object(parameters)

    def getDeferred(
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
    ) -> DeferredDataset:
        """Return a handle that reads a dataset later; arguments are those of `get`."""
        reading = self._reading(
            datasetRefOrType,
            dataId,
            kwargs,
            collections=collections,
            timespan=timespan,
            storage_class=storageClass,
        )
        return DeferredDataset(reading, parameters)

    def open_file(
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
        reading = self._reading(
            datasetRefOrType, dataId, kwargs, collections=collections, timespan=timespan
        )
        return reading.file().open()

    def read_bytes(
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
        reading = self._reading(
            datasetRefOrType, dataId, kwargs, collections=collections, timespan=timespan
        )
        return reading.file().read()

    def get_many(
        self,
        datasets: Iterable[DatasetRef | UUID | Mapping[str, Any]],
        dataset_type: DatasetType | str | None = None,
        *,
        parameters: Mapping[str, Any] | None = None,
        collections: Any = None,
        storageClass: Any = None,
        timespan: Any = None,
    ) -> Iterator[Any]:
        """Yield objects of many datasets in their order, some of them read ahead.

        Parameters
        ----------
        datasets
            References or UUIDs; or data IDs, of datasets of one type.
        dataset_type
            Of data IDs.
        parameters, collections, storageClass, timespan
            Those of `get`.
        """
        found = self._run(
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
        return in_order(partial(each.object, parameters) for each in found)

    def find_many(
        self,
        dataset_type: DatasetType | str,
        data_ids: Iterable[Mapping[str, Any]],
        *,
        collections: str | Iterable[str] | None = None,
        timespan: Any = None,
        dimension_records: bool = False,
    ) -> list[DatasetRef | None]:
        """Return the first dataset for each data ID, or `None`, in their order.

        The same as `find_dataset` for each of them, in few requests.

        Parameters
        ----------
        dataset_type
            Name or definition.
        data_ids
            Any number.
        collections, timespan, dimension_records
            Those of `find_dataset`.

        Raises
        ------
        ButlerUserError
            What the first data ID that makes no sense raises by itself; a note tells
            which it is.
        """
        return self._run(
            finding.find_many(
                self._repository,
                dataset_type,
                data_ids,
                collections=collections,
                timespan=timespan,
                dimension_records=dimension_records,
            )
        )

    def download_many(
        self,
        refs: Iterable[DatasetRef],
        destination: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        preserve_path: bool = True,
        progress: bool | Watcher | None = None,
    ) -> list[Downloaded]:
        """Put the files of many datasets into a folder.

        What an earlier run has begun is continued, and what it completed is not
        fetched again. A file appears under its name when it is complete and its size
        and checksum are right.

        Parameters
        ----------
        refs
            Any number.
        destination
            The folder; it is made if it is not there.
        overwrite
            Whether files that are there are replaced, even if their size is right.
        preserve_path
            Whether folders are made as they are in the datastore.
        progress
            `True` to show it; or what is called with a `Progress` now and then.

        Raises
        ------
        DownloadError
            At the end, if some of them could not be had.
        """
        return self._run(
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

    def retrieveArtifacts(
        self,
        refs: Iterable[DatasetRef],
        destination: str | os.PathLike[str],
        transfer: str = "auto",
        preserve_path: bool = True,
        overwrite: bool = False,
    ) -> list[Path]:
        """Put the files of some datasets into a folder, and return where they are.

        Parameters
        ----------
        refs
            Any number.
        destination
            A folder; with a slash at its end it is made.
        transfer
            ``auto`` or ``copy``, which is the same.
        preserve_path
            Whether folders are made as they are in the datastore.
        overwrite
            Whether files that are there are replaced.

        Raises
        ------
        FileExistsError
            If another file is there already.
        """
        return self._run(
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

    def _reading(
        self,
        dataset: _Asked,
        data_id: Mapping[str, Any] | None,
        more: Mapping[str, Any],
        *,
        collections: Any,
        timespan: Any,
        storage_class: Any = None,
    ) -> Reading:
        return self._run(
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
        return partial(stored_file, run=self._connection.run, limits=self._limits)

    def _run(self, call: Call[_T]) -> _T:
        return self._connection.run(call)
