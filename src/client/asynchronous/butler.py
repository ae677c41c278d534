"""The asynchronous client: `Butler` for code that must not block its event loop.

Each method is that of `Butler`, to be awaited; what it does stands there.
"""

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from ...protocol.scalars import DataIdValue
from ..calls import files, lookups
from ..calls.defaults import Defaults
from ..calls.opening import open_repository
from ..calls.repository import Repository
from ..connection.asynchronous import AsyncConnection
from ..connection.blocking import BlockingConnection
from ..connection.limits import Limits
from ..connection.messages import Call
from ..model import (
    DatasetExistence,
    DatasetRef,
    DatasetRefURIs,
    DatasetType,
    FileUri,
)
from .collections import AsyncButlerCollections
from .files import AsyncButlerFiles
from .queries import AsyncButlerQueries
from .threads import Threads

if TYPE_CHECKING:
    from ..readers import Readers

_T = TypeVar("_T")


class AsyncButler(AsyncButlerFiles, AsyncButlerQueries):
    """Gets data by meaning, without blocking the event loop.

    ``async with AsyncButler(url) as butler`` opens and closes it; so do `open` and
    `close`. Any number of tasks of one event loop may use one.

    Parameters
    ----------
    config, collections, inferDefaults, access_token, readers, limits, **kwargs
        Those of `Butler`.
    """

    def __init__(
        self,
        config: str,
        *,
        collections: str | Iterable[str] | None = None,
        inferDefaults: bool = True,
        access_token: str | None = None,
        readers: "Readers | None" = None,
        limits: Limits | None = None,
        **kwargs: DataIdValue,
    ) -> None:
        self._config = config
        self._access_token = access_token
        self._readers = readers
        self._defaults = Defaults(collections, kwargs, infer=inferDefaults)
        self._limits = limits or Limits()
        self._connection = AsyncConnection(limits=self._limits)
        self._readers_connection = BlockingConnection(limits=self._limits)
        self._threads = Threads()
        self._opened: Repository | None = None

    async def open(self) -> Self:
        """Ask for the configuration, which is the one request that opens it.

        Raises
        ------
        ButlerConfigurationError
            If there is no repository under that name.
        ButlerServerError
            If the server does not answer.
        """
        if self._opened is None:
            self._opened = await self._run(
                open_repository(
                    self._config,
                    self._access_token,
                    os.environ,
                    self._defaults,
                    self._readers,
                )
            )
        return self

    async def close(self) -> None:
        """Close all connections for good; also those of its clones."""
        self._readers_connection.close()
        self._threads.close()
        await self._connection.close()

    async def __aenter__(self) -> Self:
        try:
            return await self.open()
        except BaseException:
            await self.close()
            raise

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def clone(
        self,
        *,
        collections: Any = ...,
        inferDefaults: Any = ...,
        dataId: Any = ...,
    ) -> Self:
        """Return a Butler of the same repository with other defaults."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._defaults = self._defaults.but(collections, inferDefaults, dataId)
        if self._opened is not None:
            other._opened = self._opened.with_defaults(other._defaults)
        return other

    def __repr__(self) -> str:
        where = self._config if self._opened is None else self._opened.session.url
        return f"AsyncButler({where!r}, {self._defaults!r})"

    @property
    def collections(self) -> AsyncButlerCollections:
        """Asks about collections."""
        return AsyncButlerCollections(self._repository, self._run)

    async def get_dataset_type(self, name: str) -> DatasetType:
        """Return the definition of a dataset type."""
        return await self._run(lookups.get_dataset_type(self._repository, name))

    async def find_dataset(
        self,
        dataset_type: DatasetType | str,
        data_id: Mapping[str, Any] | None = None,
        *,
        collections: str | Iterable[str] | None = None,
        timespan: Any = None,
        storage_class: str | None = None,
        dimension_records: bool = False,
        **kwargs: Any,
    ) -> DatasetRef | None:
        """Return the first dataset that collections have, or `None`."""
        return await self._run(
            lookups.find_dataset(
                self._repository,
                dataset_type,
                data_id,
                kwargs,
                collections=collections,
                timespan=timespan,
                storage_class=storage_class,
                dimension_records=dimension_records,
            )
        )

    async def get_dataset(
        self,
        id: UUID | str,
        *,
        storage_class: str | None = None,
        dimension_records: bool = False,
    ) -> DatasetRef | None:
        """Return the dataset of a UUID, or `None`."""
        return await self._run(
            lookups.get_dataset(
                self._repository,
                id,
                storage_class,
                dimension_records=dimension_records,
            )
        )

    async def get_many_datasets(self, ids: Iterable[UUID | str]) -> list[DatasetRef]:
        """Return the datasets of some UUIDs, in no order, without those unknown."""
        return await self._run(lookups.get_many_datasets(self._repository, ids))

    async def exists(
        self,
        dataset_ref_or_type: DatasetRef | DatasetType | str,
        /,
        data_id: Mapping[str, Any] | None = None,
        *,
        full_check: bool = True,
        collections: Any = None,
        **kwargs: Any,
    ) -> DatasetExistence:
        """Return how much of a dataset there is; true if it can be read."""
        return await self._run(
            files.find_existence(
                self._repository,
                dataset_ref_or_type,
                data_id,
                kwargs,
                collections=collections,
                full_check=full_check,
            )
        )

    async def getURIs(
        self,
        datasetRefOrType: DatasetRef | DatasetType | str,
        /,
        dataId: Mapping[str, Any] | None = None,
        *,
        collections: Any = None,
        **kwargs: Any,
    ) -> DatasetRefURIs:
        """Return where the files of a dataset are: the whole, or its components."""
        found = await self._run(
            files.find_files(
                self._repository,
                datasetRefOrType,
                dataId,
                kwargs,
                collections=collections,
            )
        )
        return files.uris_of(found)

    async def getURI(
        self,
        datasetRefOrType: DatasetRef | DatasetType | str,
        /,
        dataId: Mapping[str, Any] | None = None,
        *,
        collections: Any = None,
        **kwargs: Any,
    ) -> FileUri:
        """Return where the file of a dataset is."""
        found = await self.getURIs(
            datasetRefOrType, dataId, collections=collections, **kwargs
        )
        return files.only_uri(found)

    @property
    def _repository(self) -> Repository:
        if self._opened is None:
            raise RuntimeError(
                "this Butler is not open: use 'async with AsyncButler(...) as butler', "
                "or await butler.open() first"
            )
        return self._opened

    async def _run(self, call: Call[_T]) -> _T:
        return await self._connection.run(call)
