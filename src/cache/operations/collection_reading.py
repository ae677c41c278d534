"""Reads collections page by page, and keeps what lookups would have been told.

The moves are noted before each page is read: what moves afterwards keeps its datasets
out, and what depends on several pages is true as of the first.
"""

import asyncio
from dataclasses import dataclass, field
from typing import TypeVar

from ...protocol.collections import CollectionType
from ...registry import Member, Moment
from ..answers import Answers, Question
from ..lookup.kept import uuid_question
from ..lookup.view import View
from ..snapshot import Collection, Snapshot
from .paths import PathReading
from .progress import Progress

_AT_ONCE = 20  # datasets kept before others may run; about 2 ms
_SHARE = 0.9  # of the limits; the rest is for what is asked for meanwhile

_T = TypeVar("_T")


class FullError(Exception):
    """No more may be kept."""


@dataclass(slots=True)
class CollectionReading:
    """Reads the collections of one search path for one dataset type, in order."""

    view: View
    answers: Answers
    progress: Progress
    path: PathReading
    page_size: int
    _since: int = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.answers.generations.now

    async def read(self, collection: Collection) -> None:
        """Read all pages of one collection."""
        is_calibration = collection.type is CollectionType.CALIBRATION
        after = None
        while True:
            since = self.answers.generations.now
            moment, page = await self.view.snapshot.reader.members(
                self.path.dataset_type,
                collection.key,
                calibrations=is_calibration,
                after=after,
                limit=self.page_size,
            )
            await self._see_that_keys_mean_the_same(moment, collection)
            for start in range(0, len(page), _AT_ONCE):
                for member in page[start : start + _AT_ONCE]:
                    self._keep(member, since, by_data_id=not is_calibration)
                await asyncio.sleep(0)
            if len(page) < self.page_size:
                return
            after = page[-1].place

    async def _see_that_keys_mean_the_same(
        self, moment: Moment | None, collection: Collection
    ) -> None:
        type_ = self.path.dataset_type

        def is_same(newer: Snapshot) -> bool:
            same_type = newer.dataset_types.by_id.get(type_.id)
            same = newer.collections.whole.by_key.get(collection.key)
            return (
                same_type is not None
                and same_type.name == type_.name
                and same is not None
                and same.name == collection.name
            )

        await self.view.must_be_now(moment, is_same)

    def _keep(self, member: Member, since: int, *, by_data_id: bool) -> None:
        self.progress.datasets += 1
        stored = member.stored
        if stored is not None:
            question = uuid_question(self.view, stored.id, files=True)
            self._store(question, stored, since)
        if not by_data_id:
            return  # only a timespan tells which calibration is the first
        for asked, hit, is_of_page in self.path.answers(member):
            self._store(asked, hit, since if is_of_page else self._since)

    def _store(self, question: Question[_T], value: _T, since: int) -> None:
        answers, limits = self.answers, self.answers.limits
        if (
            max(len(answers), len(self.path)) >= _SHARE * limits.entries
            or answers.size_bytes >= _SHARE * limits.bytes
        ):
            raise FullError
        if answers.prepare(question, value, since):
            self.progress.stored += 1
        else:
            self.progress.lost += 1
