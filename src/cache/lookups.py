"""The lookups in one repository that one reader may do.

Every method answers from one snapshot. Where a row of the database turns out to be
newer than the snapshot's definitions, the snapshot is renewed and the lookup done
again, so that a caller never sees a mixture.
"""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from ..protocol.dimensions import RequestDataId
from ..protocol.errors import ButleryError, UnavailableError
from ..protocol.queries import QueryRequest
from ..protocol.query_sight import QuerySight
from ..protocol.scalars import Timespan
from ..registry import Moment, Registry, StaleDefinitionsError
from .basis import Basis
from .deadline import Within
from .enough import Enough
from .follower import SnapshotKeeper
from .lookup.batch import Outcome, find_many, get_many
from .lookup.by_data_id import Wanted, find_wanted, find_wanted_files
from .lookup.by_uuid import get_datasets
from .lookup.data_ids import read_data_id, read_defaults
from .lookup.dataset import Dataset
from .lookup.expansion import ExpandedDataId, expand_data_id
from .lookup.view import Memory, UnsettledError, View
from .query import Answered, answer_query, may_be_known
from .sight import Sight
from .snapshot import Snapshot
from .trail import Trail
from .visibility import Visibility
from .whole_answers import WholeAnswers

_ATTEMPTS = 5
_T = TypeVar("_T")


@dataclass(slots=True)
class Shared:
    """What the lookups of all readers of a repository have in common.

    Attributes
    ----------
    revision
        The token of the moment for which it was made last.
    """

    registry: Registry
    keeper: SnapshotKeeper
    memory: Memory
    whole: WholeAnswers
    visibility: Visibility
    deadline_seconds: float
    revision: tuple[tuple[Moment, Moment | None] | None, str] = (None, "")


class Lookups:
    """Lookups in one repository.

    Parameters
    ----------
    shared
        What all of them have in common.
    sight
        What the reader sees; everything else is absent from all answers.
    """

    def __init__(self, shared: Shared, sight: Sight | None) -> None:
        self.sight = sight
        self._shared = shared
        self._keeper = shared.keeper
        self._memory = shared.memory

    @property
    def query_sight(self) -> QuerySight | None:
        """The same sight, as general queries are told of it."""
        return self._shared.visibility.query_sight(self.sight)

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
        is_old = policies.has_permanent and not self._keeper.holds_lease
        if is_old and is_enough and is_enough(self._newest(), policies):
            snapshot = self._newest()
        else:
            deadline_seconds = self._shared.deadline_seconds
            current = await Within(deadline_seconds, self._keeper.current())
            snapshot = self._seen(current)
        if trail is not None:
            trail.begin(snapshot.version, self._keeper.state)
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
            group, values = dataset.dataset_type.group, dataset.data_id.data_id
            expanded = await expand_data_id(view.for_shown(), group, values)
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

    async def answer_query(
        self, asked: QueryRequest, *, trail: Trail | None = None
    ) -> Answered | None:
        """Return the answer to a query; `None`: it is not known without a worker."""
        if not may_be_known(self._keeper.snapshot.universe, asked):
            return None
        return await self._answer(lambda view: answer_query(view, asked), trail)

    def recall(self, key: Hashable, trail: Trail) -> Any:
        """Return what was remembered under a key, if it is still true, or `None`."""
        value = self._shared.whole.find((self.sight, key))
        if value is not None:
            trail.begin(self._keeper.snapshot.version, self._keeper.state)
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
        self._shared.whole.keep((self.sight, key), value, size, trail.basis)

    async def _answer(
        self, look_up: Callable[[View], Awaitable[_T]], trail: Trail | None
    ) -> _T:
        trail = Trail() if trail is None else trail
        try:
            return await Within(
                self._shared.deadline_seconds, self._look_up(look_up, trail)
            )
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
        if self._memory.paths.policies.has_permanent and not self._keeper.holds_lease:
            # Nobody waits for the database, be it away or hung, for what is permanent.
            # What it finds is permanent; what it refuses may have been mended since.
            with suppress(UnsettledError, StaleDefinitionsError, ButleryError):
                return await self._look_up_settled(look_up, trail)
        for _ in range(_ATTEMPTS):
            snapshot = self._seen(await self._keeper.current())
            try:
                return await look_up(self.view(snapshot, trail=trail))
            except StaleDefinitionsError:
                await self._keeper.check()
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
        view = self.view(self._newest(), settled=True, doubted=doubted, trail=trail)
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
                now = self._memory.answers.generations.now
                basis = Basis(
                    snapshot.definitions, policies, self._memory.mount.state, now
                )
            trail.begin(snapshot.version, self._keeper.state, basis)
        return View(
            snapshot,
            self._keeper.moment,
            self._memory,
            self._keeper.confirm,
            self._newest,
            settled=settled,
            doubted=doubted,
            trail=trail,
            embargoes=() if self.sight is None else self.sight.embargoes,
        )

    def _revision(self) -> str:
        """Return the token of now: needed for each answer, and the same for many."""
        if not self._keeper.has_checked:
            return ""  # of no state of the database
        now = (self._keeper.moment, self._shared.registry.database.shown)
        known, token = self._shared.revision
        if now != known:
            token = self._keeper.revision.token
            self._shared.revision = now, token
        return token

    def _newest(self) -> Snapshot:
        return self._seen(self._keeper.snapshot)

    def _seen(self, snapshot: Snapshot) -> Snapshot:
        return self._shared.visibility.seen(snapshot, self.sight)
