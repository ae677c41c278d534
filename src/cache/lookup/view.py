"""What one lookup sees: one snapshot, and the answers that go with it.

All that a lookup asks of the database goes through here, by the questions in `kept`.
"""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, TypeVar

from ...protocol.embargo import Embargo
from ...protocol.scalars import DataIdValue
from ...registry import Element, Moment, RegisteredDatasetType, StaleDefinitionsError
from ..answers import (
    Answers,
    Dependency,
    Entry,
    Keep,
    Question,
    definition,
    new_records,
    old_records,
)
from ..policies import Policies, Policy
from ..snapshot import Record, Snapshot
from ..trail import NotedAnswers, Trail
from .indexed import IndexedAnswers
from .mount import IndexMount
from .night import has_night, is_hidden, night_of
from .paths import SearchPath, SearchPaths
from .search import DatasetSearch

_T = TypeVar("_T")


class UnsettledError(Exception):
    """A lookup needs something that is not permanent, and so must be fresh."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a repository's lookups remember in common."""

    answers: Answers
    paths: SearchPaths
    mount: IndexMount


class View:
    """The database as one lookup sees it.

    Parameters
    ----------
    snapshot
        Definitions, the same for the whole lookup.
    moment
        The moment at which they held.
    memory
        Answers that are kept.
    confirm
        Returns a snapshot whose definitions hold now; the same, if its do.
    newest
        Returns the newest snapshot that there is.
    settled
        Whether only what is permanent may be looked at: nothing is known about how
        old the snapshot is. Anything else raises `UnsettledError`.
    doubted
        Whether kept answers will do that are to be read again: better than none.
    trail
        Where is noted how the lookup was answered.
    embargoes
        Nights that the reader does not see yet.
    """

    __slots__ = (
        "_answers",
        "_confirm",
        "_doubted",
        "_moment",
        "_newest",
        "embargoes",
        "indexed",
        "paths",
        "settled",
        "snapshot",
        "trail",
    )

    def __init__(
        self,
        snapshot: Snapshot,
        moment: Moment,
        memory: Memory,
        confirm: Callable[[], Awaitable[object]],
        newest: Callable[[], Snapshot],
        *,
        settled: bool = False,
        doubted: bool = False,
        trail: Trail | None = None,
        embargoes: tuple[Embargo, ...] = (),
    ) -> None:
        self.snapshot = snapshot
        self.embargoes = embargoes
        self.settled = settled
        self._doubted = doubted
        self.trail = Trail() if trail is None else trail
        self._moment = moment
        self._answers = memory.answers
        self.paths = memory.paths
        self.indexed: IndexedAnswers | None = memory.mount.answers(
            snapshot, memory.paths.policies
        )
        self._confirm = confirm
        self._newest = newest

    def dataset_type(self, name: str) -> RegisteredDatasetType:
        """Return a dataset type by its name.

        Raises
        ------
        MissingDatasetTypeError, UnknownComponentError, DatasetTypeExpressionError
            As `DatasetTypeCatalog.get`.
        """
        self.require(self.policies.of_dataset_type(name))
        return self.snapshot.dataset_types.get(name)

    def record(
        self, element: Element, values: Mapping[str, DataIdValue]
    ) -> Record | None:
        """Return a small or skypix element's record, or `None` if there is none."""
        if self.settled and element.skypix is None:
            self.require(self.policies.of_dimension(element.name))
        record = self.snapshot.record(element, values)
        return None if record is None or self._is_hidden(element, record) else record

    def search_small(
        self, element: Element, conditions: Mapping[str, Any]
    ) -> list[Record]:
        """Return the records of a small element with these column values."""
        self.require(self.policies.of_dimension(element.name))
        found = self.snapshot.records[element.name].search(conditions)
        return [record for record in found if not self._is_hidden(element, record)]

    def _is_hidden(self, element: Element, record: Record) -> bool:
        if not self.embargoes or not has_night(element):
            return False
        night = night_of(element, record.values)
        return is_hidden(record.values, night, self.embargoes)

    def path(self, search: DatasetSearch) -> SearchPath:
        """Return where a search looks.

        Raises
        ------
        MissingCollectionError
            If an explicit collection name does not exist.
        """
        found = self.paths.find(self.snapshot, search)
        if self.settled and not found.is_permanent:
            raise UnsettledError
        return found

    def sees(self, run: object, embargoes: Sequence[Embargo] = ()) -> bool:
        """Tell whether datasets of a RUN, by its key, may be shown to the reader.

        Parameters
        ----------
        embargoes
            Those that hide their night.
        """
        if not self.snapshot.sees(run):
            return False
        if not embargoes:
            return True
        known = self.snapshot.collections.whole.by_key.get(run)
        return known is None or not any(e.covers_run(known.name) for e in embargoes)

    def for_shown(self) -> "View":
        """Return a view of all that belongs to a dataset which the reader is shown.

        Who sees a dataset sees the records of its data ID, whatever else is of that
        night.
        """
        if not self.embargoes:
            return self
        view = copy(self)
        view.embargoes = ()
        return view

    @property
    def is_limited(self) -> bool:
        """Whether there may be collections that the reader does not see."""
        return self.snapshot.collections.sight is not None

    @property
    def policies(self) -> Policies:
        """How long answers are kept."""
        return self.paths.policies

    def require(self, policy: Policy) -> None:
        """See that something may be looked at.

        Raises
        ------
        UnsettledError
            If it is not permanent, and nothing else will do.
        """
        if self.settled and policy is not Policy.PERMANENT:
            raise UnsettledError

    async def must_be_now(
        self, moment: Moment | None, is_same: Callable[[Snapshot], bool]
    ) -> None:
        """See that what was read belongs to the snapshot's definitions.

        Otherwise an old path could lead to what a newer one no longer leads to.

        Parameters
        ----------
        moment
            When it was read.
        is_same
            Tells whether a newer snapshot asks for the same.

        Raises
        ------
        StaleDefinitionsError
            If the definitions changed before the database was read.
        """
        if moment is not None and moment.is_at(self._moment):
            return
        await self._confirm()
        self.must_be_newest(is_same)

    def must_be_newest(self, is_same: Callable[[Snapshot], bool]) -> None:
        """See that answers are not newer than the definitions that led to them.

        Others, with newer definitions, may have read and kept what this lookup found.

        Raises
        ------
        StaleDefinitionsError
            If the newest snapshot asks for something else.
        """
        newer = self._newest()
        if newer is not self.snapshot and not is_same(newer):
            raise StaleDefinitionsError("the definitions are newer than the snapshot")

    def kept(self, key: Hashable) -> Entry | None:
        """Return an answer that is kept and still true, or `None`."""
        entry = self._answers.find(key, permanent=self.settled, doubted=self._doubted)
        if entry is not None:
            self.trail.hits += 1
            if self.trail.basis is not None:
                self.trail.basis.note(entry)
        return entry

    @property
    def answers(self) -> NotedAnswers:
        """Where to ask for what is not kept."""
        return NotedAnswers(self._answers, self.trail)

    async def ask(self, question: Question[_T], policy: Policy) -> _T:
        """Ask the database what is not kept; together with others, if it may be."""
        if policy is Policy.VOLATILE:
            return await self.answers.bypass(question)
        return await self.answers.ask(question)

    def terms(
        self,
        policy: Policy,
        dependencies: Sequence[Dependency],
        elements: Mapping[str, object],
    ) -> Keep | None:
        """Return terms for an answer in which these elements' records are.

        Parameters
        ----------
        policy
            Of everything else in the answer.
        elements
            Records by element; `None` where one was looked for and is not there.
        """
        of_dimension = self.policies.of_dimension
        policies = {name: of_dimension(name) for name in elements}
        weakest = Policy.weakest((policy, *policies.values()))
        if weakest is Policy.VOLATILE:
            return None
        further: list[Dependency] = []
        for name, record in elements.items():
            further.append(definition("dimension", name))
            if policies[name] is Policy.DYNAMIC:
                further.append(old_records(name))
                if record is None:
                    further.append(new_records(name))
        return Keep((*dependencies, *further), weakest is Policy.PERMANENT)
