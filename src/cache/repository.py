"""One repository, as the server sees it: every lookup, from the snapshot outwards.

Every method answers from one snapshot. Where a row of the database turns out to be
newer than the snapshot's definitions, the snapshot is renewed and the lookup done
again, so that a caller never sees a mixture.
"""

import asyncio
from collections.abc import (
    Awaitable,
    Callable,
    Coroutine,
    Hashable,
    Iterable,
    Sequence,
)
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TypeVar
from uuid import UUID

import structlog

from ..protocol.dimensions import RequestDataId
from ..protocol.errors import (
    ButleryError,
    UnavailableError,
)
from ..protocol.scalars import Timespan
from ..registry import (
    Contents,
    DatastoreConfig,
    Moment,
    Registry,
    RepositoryError,
    StaleDefinitionsError,
)
from .answers import Answers, Limits
from .basis import Basis
from .deadline import Within
from .enough import Enough
from .follower import SnapshotKeeper
from .index import ReleaseIndex
from .lookup.batch import Outcome, find_many, get_many
from .lookup.by_data_id import Wanted, find_wanted, find_wanted_files
from .lookup.by_uuid import get_datasets
from .lookup.data_ids import (
    read_data_id,
    read_defaults,
)
from .lookup.dataset import Dataset
from .lookup.expansion import ExpandedDataId, expand_data_id
from .lookup.mount import IndexMount
from .lookup.paths import SearchPaths
from .lookup.view import Memory, UnsettledError, View
from .mounting import IndexKeeper, IndexPlace, StoredSnapshot
from .permanence import Pace, Permanence, RememberedThings, SelfCheck
from .policies import Policies, Thing
from .snapshot import Snapshot
from .trail import Trail
from .whole_answers import WholeAnswers

_logger = structlog.get_logger("butlery.cache")

_ATTEMPTS = 5
_SILENCE_SECONDS = 0.5  # after which nobody waits for the database at the start
_AGAIN_SECONDS = 1.0
_STORE_SECONDS = 15.0
_T = TypeVar("_T")


class Repository:
    """Lookups in one repository.

    Parameters
    ----------
    label
        Name of the repository in URLs.
    registry
        Its database.
    keeper
        Its current snapshot.
    policies
        How long answers are kept; by default all are dynamic.
    limits
        How much is kept.
    deadline_seconds
        Longest time that a lookup may take, whatever it waits for.
    pace
        Of the self-check.
    state_directory
        Where is remembered, over restarts, what turned out not to be permanent, and
        the newest definitions.
    indexes
        Where its release indexes are, if there are any.

    Attributes
    ----------
    answers
        What is kept.
    permanence, self_check
        What is no longer permanent, and the search for more of that.
    mount
        The release index in use.
    whole
        Whole answers, for who asks the same again.
    indexes
        What mounts it; `None`: there is none to mount.
    """

    def __init__(
        self,
        label: str,
        registry: Registry,
        keeper: SnapshotKeeper,
        policies: Policies | None = None,
        limits: Limits | None = None,
        *,
        deadline_seconds: float = 2.0,
        pace: Pace | None = None,
        state_directory: Path | None = None,
        indexes: IndexPlace | None = None,
    ) -> None:
        self.label = label
        self.registry = registry
        self.keeper = keeper
        self.answers = Answers(keeper.generations, limits)
        paths = SearchPaths(policies or Policies())
        self.mount = IndexMount()
        self._memory = Memory(self.answers, paths, self.mount)
        self.permanence = Permanence(keeper, paths, self.mount)
        self.whole = WholeAnswers(
            keeper, paths, self.mount, self.answers.limits.whole_bytes
        )
        self.self_check = SelfCheck(keeper, self.permanence, pace)
        self.indexes: IndexKeeper | None = None
        if indexes is not None:
            file = state_directory / f"{label}.index" if state_directory else None
            self.indexes = IndexKeeper(indexes, self.permanence, registry.config, file)
        self._tasks: list[asyncio.Task[None]] = []
        self._is_up_to_date = False
        self._deadline_seconds = deadline_seconds
        self._state_directory = state_directory
        self._revision_of: tuple[Moment, Moment | None] | None = None
        self._token = ""

    @classmethod
    def from_uri(
        cls,
        label: str,
        uri: str,
        *,
        poll_seconds: float = 1.0,
        deadline_seconds: float = 2.0,
        policies: Policies | None = None,
        limits: Limits | None = None,
        pace: Pace | None = None,
        state_directory: Path | None = None,
        indexes: IndexPlace | None = None,
    ) -> "Repository":
        """Return a repository that is not open yet.

        Raises
        ------
        RepositoryError
            If its configuration cannot be served.
        """
        registry = Registry.from_uri(uri, deadline_seconds=deadline_seconds)
        keeper = SnapshotKeeper(
            registry, poll_seconds=poll_seconds, deadline_seconds=deadline_seconds
        )
        return cls(
            label,
            registry,
            keeper,
            policies,
            limits,
            deadline_seconds=deadline_seconds,
            pace=pace,
            state_directory=state_directory,
            indexes=indexes,
        )

    @property
    def is_open(self) -> bool:
        """Whether there is a snapshot to answer from."""
        return self.keeper.is_open

    @property
    def datastores(self) -> tuple[DatastoreConfig, ...]:
        """File datastores, in the order in which they are asked."""
        return self.registry.config.datastores

    @property
    def is_ready(self) -> bool:
        """Whether the database has been asked, be it in vain, after an early start."""
        return self.is_open and self._is_up_to_date

    async def open(self) -> None:
        """Read the repository for the first time and follow its changes.

        With a release index, definitions of old do to begin with, and the database may
        even be away.

        Raises
        ------
        RepositoryError
            If it cannot be served.
        """
        _require_writable(self._state_directory)
        self.keeper.removed = self._note_removed
        try:
            if not await self._open_early():
                await self.keeper.open()
                self._load_marks()
                if self.indexes is not None:
                    await self.indexes.mount_newest(self.registry.identity)
                self._is_up_to_date = True
        except BaseException:
            await self.close()
            self.keeper.discard()
            if self.indexes is not None:
                self.indexes.unmount("the repository could not be opened")
            raise
        self.keeper.named = self.permanence.note_change
        self._begin(self.self_check.run())
        if self.indexes is not None:
            self._begin(self.indexes.run(lambda: self.registry.identity))
            self._begin(self._store_snapshots())

    async def _open_early(self) -> bool:
        """Begin with what is on disk; tell whether there was enough."""
        if self.indexes is None:
            return False
        identity = await self._identify()
        await self.indexes.mount_newest(identity)
        index = self.mount.index
        if index is None:
            return False
        self.registry.identity = index.manifest.repository
        self._load_marks()
        contents = await asyncio.to_thread(self._newest_definitions, index)
        self.keeper.begin(contents)
        if identity is None:
            self._begin(self._bring_up_to_date())
        else:
            self.keeper.follow()
            self._begin(self._await_first_check())
        return True

    def _newest_definitions(self, index: ReleaseIndex) -> Contents:
        """Return the definitions on disk, unless those of the index are newer."""
        stored = self._stored_snapshot().read()
        if (
            stored is None
            or stored.repository != index.manifest.repository
            or stored.at < index.manifest.read_at.timestamp()
            or stored.contents.schema.namespace != self.registry.config.namespace
        ):
            return index.contents
        return stored.contents

    def _load_marks(self) -> None:
        self.permanence.load(
            self._remembered("unmarked"), self._remembered("overruled")
        )

    def _remembered(self, what: str) -> RememberedThings:
        folder = self._state_directory
        if folder is None:
            return RememberedThings(None)
        return RememberedThings(folder / f"{self.registry.identity}.{what}.json")

    def _note_removed(self, things: Iterable[Thing]) -> None:
        self.permanence.overrule(things, "it was removed")

    async def _identify(self) -> str | None:
        """Return whose database this is, if it says so at once."""
        try:
            async with asyncio.timeout(_SILENCE_SECONDS):
                return await self.registry.gate.identify()
        except (UnavailableError, TimeoutError):
            return None

    async def _bring_up_to_date(self) -> None:
        """Wait until the database says whose it is, and follow it."""
        while (identity := await self._identify()) is None:
            self._is_up_to_date = True  # it has been asked in vain
            await asyncio.sleep(_AGAIN_SECONDS)
        if identity == self.registry.identity:
            self.keeper.follow()
            await self._await_first_check()
            return
        if self.indexes is not None:
            self.indexes.unmount("it is of another repository")
        self.keeper.discard()
        self.answers.generations.move_all("other-repository", permanent=True)
        while not self.keeper.is_open:
            try:
                await self.keeper.open()
                self._load_marks()
            except RepositoryError as error:
                self.keeper.discard()
                _logger.warning("repository-not-open", error=str(error))
                await asyncio.sleep(_AGAIN_SECONDS)
        self._is_up_to_date = True

    async def _await_first_check(self) -> None:
        with suppress(UnavailableError):
            await self.keeper.check()
        self._is_up_to_date = True

    async def _store_snapshots(self) -> None:
        file = self._stored_snapshot()
        while True:
            if not self.keeper.has_checked:
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            await file.write(self.registry.identity, self.keeper.snapshot.contents)
            await asyncio.sleep(_STORE_SECONDS)

    def _stored_snapshot(self) -> StoredSnapshot:
        folder = self._state_directory
        return StoredSnapshot(folder / f"{self.label}.snapshot" if folder else None)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def close(self) -> None:
        """Stop following changes and close all connections."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self.keeper.close()
        await self.registry.close()

    def settle(self, things: set[Thing] | None, *, marks: bool) -> None:
        """Take these as they are now for what is permanent of them; `None`: everything.

        Parameters
        ----------
        marks
            Whether those that have lost their mark of permanence get it back.
        """
        self.self_check.forget(things)
        self.permanence.overrule(things, "an operator has forgotten it")
        if marks:
            lost = self.permanence.policies.unmarked
            self.permanence.mark(lost if things is None else things)

    async def snapshot(
        self,
        trail: Trail | None = None,
        *,
        is_enough: Enough | None = None,
    ) -> Snapshot:
        """Return a snapshot that is fresh enough to answer from.

        Parameters
        ----------
        is_enough
            Tells whether all that is wanted of a snapshot is permanent, so that one of
            any age will do.

        Raises
        ------
        UnavailableError
            If the database does not say in time whether anything changed.
        """
        policies = self._memory.paths.policies
        is_old = policies.has_permanent and not self.keeper.holds_lease
        if is_old and is_enough and is_enough(self.keeper.snapshot, policies):
            snapshot = self.keeper.snapshot
        else:
            snapshot = await Within(self._deadline_seconds, self.keeper.current())
        if trail is not None:
            trail.begin(snapshot.version, self.keeper.state)
            trail.revision = self._revision()
        return snapshot

    async def find_dataset(
        self,
        dataset_type: str,
        data_id: RequestDataId,
        default_data_id: RequestDataId,
        collections: Sequence[str],
        timespan: Timespan | None,
        *,
        records: bool = False,
        trail: Trail | None = None,
    ) -> Dataset | None:
        """Return the first match on the search path, or `None`.

        Without a timespan, CALIBRATION collections take no part.
        """
        wanted = Wanted(dataset_type, data_id, collections, timespan)

        async def find(view: View) -> Dataset | None:
            defaults = partial(read_defaults, view.snapshot, default_data_id)
            return await find_wanted(view, wanted, defaults, records=records)

        return await self._answer(find, trail)

    async def find_files(
        self,
        dataset_type: str,
        data_id: RequestDataId,
        default_data_id: RequestDataId,
        collections: Sequence[str],
        timespan: Timespan | None,
        *,
        trail: Trail | None = None,
    ) -> Dataset:
        """Return the first match with its files.

        A calibration without a timespan takes that of its temporal dimensions, or
        all times if it has none.

        Raises
        ------
        DatasetNotFoundError
            If nothing matches.
        """
        wanted = Wanted(dataset_type, data_id, collections, timespan)

        async def find(view: View) -> Dataset:
            defaults = partial(read_defaults, view.snapshot, default_data_id)
            return await find_wanted_files(view, wanted, defaults)

        return await self._answer(find, trail)

    async def get_dataset(
        self, id_: UUID, *, records: bool = False, trail: Trail | None = None
    ) -> Dataset | None:
        """Return the dataset with a UUID, or `None`."""

        async def get(view: View) -> Dataset | None:
            found = await get_datasets(view, [id_])
            if not found or not records:
                return found[0] if found else None
            (dataset,) = found
            group = dataset.dataset_type.group
            expanded = await expand_data_id(view, group, dataset.data_id.data_id)
            return replace(dataset, data_id=expanded.wire())

        return await self._answer(get, trail)

    async def get_datasets(
        self, ids: Sequence[UUID], *, files: bool = False, trail: Trail | None = None
    ) -> list[Dataset]:
        """Return the datasets with these UUIDs that exist, in no order."""
        return await self._answer(lambda v: get_datasets(v, ids, files=files), trail)

    async def get_files(
        self, id_: UUID, *, trail: Trail | None = None
    ) -> Dataset | None:
        """Return the dataset with a UUID and its files, or `None`."""
        found = await self.get_datasets([id_], files=True, trail=trail)
        return found[0] if found else None

    async def find_many(
        self,
        items: Sequence[Wanted | ButleryError],
        default_data_id: RequestDataId,
        *,
        records: bool = False,
        trail: Trail | None = None,
    ) -> list[Outcome]:
        """Return the first match for each item; what is refused already stays so."""
        return await self._answer(
            lambda v: find_many(v, items, default_data_id, records=records), trail
        )

    async def get_many(
        self,
        items: Sequence[UUID | Wanted | ButleryError],
        default_data_id: RequestDataId,
        *,
        trail: Trail | None = None,
    ) -> list[Outcome]:
        """Return the dataset of each item with its files, found as by `find_files`."""
        return await self._answer(lambda v: get_many(v, items, default_data_id), trail)

    async def expand_data_id(
        self, data_id: RequestDataId, *, trail: Trail | None = None
    ) -> ExpandedDataId:
        """Return a data ID with all its records; primary keys only."""

        async def expand(view: View) -> ExpandedDataId:
            values = read_data_id(data_id)
            return await expand_data_id(
                view, view.snapshot.universe.group(values), values
            )

        return await self._answer(expand, trail)

    def recall(self, key: Hashable, trail: Trail) -> Any:
        """Return what was remembered under a key, if it is still true, or `None`."""
        value = self.whole.find(key)
        if value is not None:
            trail.begin(self.keeper.snapshot.version, self.keeper.state)
            trail.hits = 1
            trail.revision = self._revision()
        return value

    def remember(self, key: Hashable, value: Any, size: int, trail: Trail) -> None:
        """Remember a whole answer under a key, if all that it was made from is kept.

        Parameters
        ----------
        size
            Of both, in bytes.
        trail
            Of the lookup that has given it.
        """
        self.whole.keep(key, value, size, trail.basis)

    async def _answer(
        self, look_up: Callable[[View], Awaitable[_T]], trail: Trail | None
    ) -> _T:
        trail = Trail() if trail is None else trail
        try:
            return await Within(self._deadline_seconds, self._look_up(look_up, trail))
        except UnavailableError:
            with suppress(UnsettledError, StaleDefinitionsError, ButleryError):
                return await self._look_up_settled(look_up, trail, doubted=True)
            raise
        finally:
            if trail.version:
                trail.revision = self._revision()

    async def _look_up(
        self, look_up: Callable[[View], Awaitable[_T]], trail: Trail
    ) -> _T:
        if self._memory.paths.policies.has_permanent and not self.keeper.holds_lease:
            # Nobody waits for the database, be it away or hung, for what is permanent.
            # What it finds is permanent; what it refuses may have been mended since.
            with suppress(UnsettledError, StaleDefinitionsError, ButleryError):
                return await self._look_up_settled(look_up, trail)
        for _ in range(_ATTEMPTS):
            snapshot = await self.keeper.current()
            try:
                return await look_up(self.view(snapshot, trail=trail))
            except StaleDefinitionsError:
                await self.keeper.check()
        raise UnavailableError(
            "The repository's definitions changed faster than they could be read."
        )

    async def _look_up_settled(
        self,
        look_up: Callable[[View], Awaitable[_T]],
        trail: Trail,
        *,
        doubted: bool = False,
    ) -> _T:
        """Answer without asking anybody, if all that is needed is permanent."""
        view = self.view(
            self.keeper.snapshot, settled=True, doubted=doubted, trail=trail
        )
        return await look_up(view)

    def view(
        self,
        snapshot: Snapshot,
        *,
        settled: bool = False,
        doubted: bool = False,
        trail: Trail | None = None,
    ) -> View:
        """Return what one lookup sees; the options are those of `View`."""
        if trail is not None:
            policies = self._memory.paths.policies
            basis = None
            if not (settled or doubted):
                now = self.answers.generations.now
                basis = Basis(snapshot.definitions, policies, self.mount.state, now)
            trail.begin(snapshot.version, self.keeper.state, basis)
        return View(
            snapshot,
            self.keeper.moment,
            self._memory,
            self.keeper.confirm,
            lambda: self.keeper.snapshot,
            settled=settled,
            doubted=doubted,
            trail=trail,
        )

    def _revision(self) -> str:
        """Return the token of now: needed for each answer, and the same for many."""
        if not self.keeper.has_checked:
            return ""  # of no state of the database
        now = (self.keeper.moment, self.registry.database.shown)
        if now != self._revision_of:
            self._revision_of, self._token = now, self.keeper.revision.token
        return self._token


def _require_writable(folder: Path | None) -> None:
    """See that what must not be forgotten can be remembered.

    Raises
    ------
    RepositoryError
        If it cannot.
    """
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise RepositoryError(
            f"state_directory {folder} cannot be written: {error.strerror}; what turns "
            "out not to be permanent must be remembered there"
        ) from error
