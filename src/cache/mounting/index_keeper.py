"""Keeps the newest release index of a repository mounted.

An index is fetched, checked and opened beside the one in use; then one reference is
exchanged. What cannot be used is refused by name, once, and the old one stays.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import lmdb
import msgspec
import structlog

from ...registry import RepositoryConfig, RepositoryError
from ..index import (
    IndexLibrary,
    Manifest,
    ReleaseIndex,
    UnusableIndexError,
    fetch_newest,
)
from ..permanence import Permanence

_logger = structlog.get_logger("butlery.cache")


@dataclass(frozen=True, slots=True)
class IndexPlace:
    """Where the release indexes of a repository are.

    Parameters
    ----------
    folder
        Of the files that are mapped.
    location
        Folder or object store from which newer ones are fetched, or `None`.
    check_seconds
        How often is looked for newer ones.
    """

    folder: Path
    location: str | None = None
    check_seconds: float = 60.0


class IndexKeeper:
    """Mounts the indexes of one repository.

    Parameters
    ----------
    place
        Where they are.
    permanence
        Lets lookups use one.
    config
        Of the repository: its namespace and its datastores.
    state_file
        Where is remembered how new an index has been in use; `None`: nowhere.
    sleep
        Suspends for some seconds.

    Attributes
    ----------
    mounted
        The manifest of the index in use, or `None`.
    refused
        Why others cannot be used.
    """

    def __init__(
        self,
        place: IndexPlace,
        permanence: Permanence,
        config: RepositoryConfig,
        state_file: Path | None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.mounted: Manifest | None = None
        self.refused: list[str] = []
        self._place = place
        self._library = IndexLibrary(place.folder)
        self._permanence = permanence
        self._namespace = config.namespace
        self._datastores = config.records_tables
        self._newest_read_at = datetime.min.replace(tzinfo=UTC)
        self._floor_file = state_file
        self._sleep = sleep

    async def mount_newest(self, repository: str | None) -> ReleaseIndex | None:
        """Mount the newest index, if it is not yet; return it, if it is new.

        Parameters
        ----------
        repository
            Identity of the repository; `None`: it is not known, and all indexes of
            the folder must be of one.

        Raises
        ------
        RepositoryError
            If what is remembered of the index cannot be read, or it is not known of
            which repository it has to be.
        """
        newest, refused = await asyncio.to_thread(
            self._library.newest, repository, self._namespace
        )
        for reason in refused:
            if reason not in self.refused:
                _logger.error("index-refused", reason=reason)
        self.refused = refused
        if newest is not None and newest.read_at < self._floor():
            self._library.refuse(newest, "one that was read later has been in use")
            return None
        if newest == self.mounted:
            return None
        if newest is None:
            self.unmount("it is gone, or was touched")
            return None
        try:
            index = await asyncio.to_thread(self._open, newest)
        except UnusableIndexError as error:
            _logger.exception("index-refused", reason=str(error))
            return None
        self._permanence.mount(index)
        self.mounted = newest
        self._raise_floor(newest.read_at)
        _logger.info("index-mounted", index=newest.name, datasets=newest.datasets)
        return index

    def unmount(self, reason: str) -> None:
        """Use no index any more."""
        if self.mounted is not None:
            _logger.warning("index-unmounted", index=self.mounted.name, reason=reason)
        self.mounted = None
        self._permanence.mount(None)

    async def run(self, repository: Callable[[], str]) -> None:
        """Look for newer indexes for ever; to be cancelled."""
        while True:
            try:
                if self._place.location is not None:
                    await asyncio.to_thread(
                        fetch_newest, self._place.location, self._library, repository()
                    )
                await self.mount_newest(repository())
            except (UnusableIndexError, OSError, RepositoryError) as error:
                _logger.warning("index-not-fetched", error=str(error))
            except Exception:
                _logger.exception("index-not-fetched")
            await self._sleep(self._place.check_seconds)

    def _open(self, manifest: Manifest) -> ReleaseIndex:
        """Return an index; what is as it was published may yet be of no use."""
        reason = "it was built for other datastores, or in another order"
        try:
            index = ReleaseIndex.open(self._library.path(manifest), manifest)
            if index.tables.datastores == self._datastores:
                return index
        except (lmdb.Error, msgspec.MsgspecError, RepositoryError, KeyError) as error:
            reason = f"it cannot be read: {error}"
        self._library.refuse(manifest, reason)
        raise UnusableIndexError(f"{manifest.name}: {reason}")

    def _floor(self) -> datetime:
        """Return when the newest index was read that has ever been in use."""
        if self._floor_file is not None:
            with suppress(OSError, ValueError):
                read_at = datetime.fromisoformat(self._floor_file.read_text("ascii"))
                self._newest_read_at = max(self._newest_read_at, read_at)
        return self._newest_read_at

    def _raise_floor(self, read_at: datetime) -> None:
        self._newest_read_at = max(self._newest_read_at, read_at)
        if self._floor_file is None:
            return
        try:
            new = self._floor_file.with_suffix(f".{os.getpid()}.new")
            new.write_text(self._newest_read_at.isoformat(), "ascii")
            new.replace(self._floor_file)
        except OSError as error:
            _logger.warning("index-not-remembered", error=str(error))
