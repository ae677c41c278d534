"""The blocking client: daf_butler's `Butler` by name, as far as a server has it."""

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from ...protocol.scalars import DataIdValue
from ..calls import files, lookups
from ..calls.defaults import Defaults
from ..calls.opening import open_repository
from ..calls.repository import Repository
from ..connection.address import known_repositories
from ..connection.blocking import BlockingConnection
from ..connection.limits import Limits
from ..model import (
    DatasetExistence,
    DatasetRef,
    DatasetRefURIs,
    DatasetType,
    FileUri,
)
from .collections import ButlerCollections
from .files import ButlerFiles
from .queries import ButlerQueries

if TYPE_CHECKING:
    from ..readers import Readers


class Butler(ButlerFiles, ButlerQueries):
    """Gets data by meaning from a repository that a server shares.

    Any number of threads may use one. Arguments, defaults and errors are those of
    `lsst.daf.butler.Butler`; what writes is not there.

    Parameters
    ----------
    config
        URL of a repository or of its configuration, or a label of the repository
        index (``DAF_BUTLER_REPOSITORY_INDEX`` or ``DAF_BUTLER_REPOSITORIES``).
    collections
        Searched if a call names none: a name or several, in order.
    inferDefaults
        Whether data IDs need not say what all of these collections share.
    access_token
        In place of those of the environment.
    readers
        In place of those that come with the client.
    limits
        Of time and size, in place of the usual ones.
    **kwargs
        Values of governor dimensions that data IDs need not give.

    Raises
    ------
    ButlerConfigurationError
        If there is no repository under that name.
    ButlerServerError
        If the server does not answer.
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
        defaults = Defaults(collections, kwargs, infer=inferDefaults)
        self._limits = limits or Limits()
        self._connection = BlockingConnection(limits=self._limits)
        self._repository: Repository = self._connection.run(
            open_repository(config, access_token, os.environ, defaults, readers)
        )

    @classmethod
    def from_config(cls, config: str, **kwargs: Any) -> Self:
        """Return a Butler; the same as to call the class."""
        return cls(config, **kwargs)

    @staticmethod
    def get_known_repos() -> set[str]:
        """Return the labels of the repository index."""
        connection = BlockingConnection()
        try:
            return set(connection.run(known_repositories(os.environ)))
        finally:
            connection.close()

    def clone(
        self,
        *,
        collections: Any = ...,
        inferDefaults: Any = ...,
        dataId: Any = ...,
    ) -> Self:
        """Return a Butler of the same repository with other defaults."""
        other = object.__new__(type(self))
        other._connection = self._connection
        other._limits = self._limits
        other._repository = self._repository.with_defaults(
            self._repository.defaults.but(collections, inferDefaults, dataId)
        )
        return other

    def close(self) -> None:
        """Close all connections; also those of its clones."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        defaults = self._repository.defaults
        return f"Butler({self._repository.session.url!r}, {defaults!r})"

    @property
    def collections(self) -> ButlerCollections:
        """Asks about collections."""
        return ButlerCollections(self._repository, self._run)

    def get_dataset_type(self, name: str) -> DatasetType:
        """Return the definition of a dataset type.

        Raises
        ------
        MissingDatasetTypeError
            If there is none.
        """
        return self._run(lookups.get_dataset_type(self._repository, name))

    def find_dataset(
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
        """Return the first dataset that collections have, or `None`.

        Parameters
        ----------
        dataset_type
            Name or definition.
        data_id
            Values by dimension, ``dimension.field`` or metadata name.
        collections
            Names and globs in search order.
        timespan
            For calibrations: a `Timespan`, or an `astropy.time.Time`.
        storage_class
            It shall be read as.
        dimension_records
            Whether its dimension records come with it.
        **kwargs
            More of the data ID.
        """
        return self._run(
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

    def get_dataset(
        self,
        id: UUID | str,
        *,
        storage_class: str | None = None,
        dimension_records: bool = False,
    ) -> DatasetRef | None:
        """Return the dataset of a UUID, or `None`."""
        return self._run(
            lookups.get_dataset(
                self._repository,
                id,
                storage_class,
                dimension_records=dimension_records,
            )
        )

    def get_many_datasets(self, ids: Iterable[UUID | str]) -> list[DatasetRef]:
        """Return the datasets of some UUIDs, in no order, without those unknown."""
        return self._run(lookups.get_many_datasets(self._repository, ids))

    def exists(
        self,
        dataset_ref_or_type: DatasetRef | DatasetType | str,
        /,
        data_id: Mapping[str, Any] | None = None,
        *,
        full_check: bool = True,
        collections: Any = None,
        **kwargs: Any,
    ) -> DatasetExistence:
        """Return how much of a dataset there is; true if it can be read.

        Parameters
        ----------
        full_check
            Whether to look for its files also where they are stored.
        """
        return self._run(
            files.find_existence(
                self._repository,
                dataset_ref_or_type,
                data_id,
                kwargs,
                collections=collections,
                full_check=full_check,
            )
        )

    def getURIs(
        self,
        datasetRefOrType: DatasetRef | DatasetType | str,
        /,
        dataId: Mapping[str, Any] | None = None,
        *,
        collections: Any = None,
        **kwargs: Any,
    ) -> DatasetRefURIs:
        """Return where the files of a dataset are: the whole, or its components.

        Raises
        ------
        DatasetNotFoundError
            If there is no such dataset, or no file of it.
        """
        found = self._run(
            files.find_files(
                self._repository,
                datasetRefOrType,
                dataId,
                kwargs,
                collections=collections,
            )
        )
        return files.uris_of(found)

    def getURI(
        self,
        datasetRefOrType: DatasetRef | DatasetType | str,
        /,
        dataId: Mapping[str, Any] | None = None,
        *,
        collections: Any = None,
        **kwargs: Any,
    ) -> FileUri:
        """Return where the file of a dataset is.

        Raises
        ------
        DatasetNotFoundError
            If there is no such dataset, or no file of it.
        RuntimeError
            If it is stored in several files, one for each component.
        """
        found = self.getURIs(
            datasetRefOrType, dataId, collections=collections, **kwargs
        )
        return files.only_uri(found)
