"""One repository: opened, followed and closed; the lookups in it are `Lookups`."""

import asyncio
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

import structlog
from cachetools import LRUCache

from ..protocol.errors import UnavailableError
from ..registry import Contents, DatastoreConfig, Registry, RepositoryError
from .answers import Answers, Limits
from .follower import SnapshotKeeper
from .index import ReleaseIndex
from .lookup.mount import IndexMount
from .lookup.paths import SearchPaths
from .lookup.view import Memory
from .lookups import Lookups, Shared
from .mounting import IndexKeeper, IndexPlace, StoredSnapshot
from .permanence import Pace, Permanence, RememberedThings, SelfCheck
from .policies import Policies, Thing
from .sight import EVERYTHING, Sight
from .visibility import Visibility, Zoning
from .whole_answers import WholeAnswers

_logger = structlog.get_logger("butlery.cache")

_SILENCE_SECONDS = 0.5  # after which nobody waits for the database at the start
_AGAIN_SECONDS = 1.0
_STORE_SECONDS = 15.0
_MOST_READERS = 4096


class Repository(Lookups):
    """One repository, and the lookups of who sees everything in it.

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
    zoning
        Says which collections are seen together.

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
        zoning: Zoning | None = None,
    ) -> None:
        self.label = label
        self.registry = registry
        self.keeper = keeper
        self.answers = Answers(keeper.generations, limits)
        paths = SearchPaths(policies or Policies())
        self.mount = IndexMount()
        self.permanence = Permanence(keeper, paths, self.mount)
        self.whole = WholeAnswers(
            keeper, paths, self.mount, self.answers.limits.whole_bytes
        )
        shared = Shared(
            registry,
            keeper,
            Memory(self.answers, paths, self.mount),
            self.whole,
            Visibility(zoning),
            deadline_seconds,
        )
        super().__init__(shared, EVERYTHING)
        self._seen_by: LRUCache[Sight, Lookups] = LRUCache(_MOST_READERS)
        self.self_check = SelfCheck(keeper, self.permanence, pace)
        self.indexes: IndexKeeper | None = None
        if indexes is not None:
            file = state_directory / f"{label}.index" if state_directory else None
            self.indexes = IndexKeeper(indexes, self.permanence, registry.config, file)
        self._tasks: list[asyncio.Task[None]] = []
        self._is_up_to_date = False
        self._state_directory = state_directory

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
        zoning: Zoning | None = None,
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
            zoning=zoning,
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

    def seen_by(self, sight: Sight | None) -> Lookups:
        """Return the lookups of a reader, for whom other collections do not exist."""
        if sight is None:
            return self
        lookups = self._seen_by.get(sight)
        if lookups is None:
            lookups = self._seen_by[sight] = Lookups(self._shared, sight)
        return lookups


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
