"""Datasets by UUID; one statement for all that are not kept."""

import asyncio
from collections.abc import Hashable, Iterable, Sequence
from uuid import UUID

from ....registry import StoredDataset
from ...answers import NEW_DATASETS, Entry, Keep, Question, collection, definition
from ...policies import Policy
from ..view import UnsettledError, View
from .nights import hidden_datasets, on_nights

_BREATH = 128
"""UUIDs between two turns of everybody else."""


async def find_stored(
    view: View, ids: Sequence[UUID], *, files: bool
) -> list[StoredDataset]:
    """Return the datasets with these UUIDs that exist for the reader, in no order.

    Who may not see a dataset gets it neither from the index nor from what is kept for
    others: it is looked for as one that nobody has made, and kept as that.
    """
    shows = _Shown(view)
    found: list[StoredDataset | None] = []
    missing: list[UUID] = []
    for number, id_ in enumerate(await shows.unhidden(ids, files=files), 1):
        if number % _BREATH == 0:
            await asyncio.sleep(0)
        if view.indexed is not None:
            stored = view.indexed.stored(id_, files=files)
            if stored is not None and shows(stored):
                view.trail.indexed += 1
                found.append(stored)
                continue
        entry = _kept(view, shows, id_, files=files)
        if entry is None:
            missing.append(id_)
        else:
            found.append(entry.value)
    if missing and view.settled:
        raise UnsettledError  # only the answer tells whether it is permanent
    if len(missing) == 1:
        found.append(await _read(view, shows, missing[0], files=files))
    elif missing:
        found += await _read_all(view, shows, missing, files=files)
    return [dataset for dataset in found if dataset is not None]


class _Shown:
    """Tells which datasets the reader is shown: of those looked at, if nights count.

    If nights count, what nobody has made is treated in all as what is hidden.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._nights_count = bool(view.embargoes)
        self._open: set[UUID] = set()

    async def unhidden(self, ids: Sequence[UUID], *, files: bool) -> Sequence[UUID]:
        """Return those that are not kept as hidden; look at what is known of them."""
        if not self._nights_count:
            return ids
        unhidden, at_hand = [], []
        for number, id_ in enumerate(ids, 1):
            if number % _BREATH == 0:
                await asyncio.sleep(0)
            if _kept_hidden(self._view, id_, files=files) is None:
                unhidden.append(id_)
                at_hand += _at_hand(self._view, id_, files=files)
        await self.look(at_hand)
        return unhidden

    async def look(self, datasets: Iterable[StoredDataset | None]) -> None:
        """Find out what embargoes hide of some datasets, and leave no trace of it."""
        if not self._nights_count:
            return
        some = [dataset for dataset in datasets if dataset is not None]
        trail = self._view.trail
        counts = trail.counts
        hidden = await hidden_datasets(self._view, some)
        trail.counts = counts
        self._open |= {dataset.id for dataset in some} - hidden

    def __call__(self, stored: StoredDataset | None) -> bool:
        if stored is None:
            return not self._nights_count
        is_open = not self._nights_count or stored.id in self._open
        return is_open and self._view.sees(stored.run)


def _at_hand(view: View, id_: UUID, *, files: bool) -> list[StoredDataset | None]:
    """Return what is known of a dataset without the database."""
    keys = [uuid_key(id_, files=with_files) for with_files in _enough(files=files)]
    entries = [view.answers.peek(key) for key in keys]
    known = [entry.value for entry in entries if entry is not None]
    if view.indexed is not None:
        known.append(view.indexed.stored(id_, files=False))
    return known


def _enough(*, files: bool) -> tuple[bool, ...]:
    """Return which answers will do: with files, or without them as well."""
    return (True,) if files else (False, True)


def _kept(view: View, shows: _Shown, id_: UUID, *, files: bool) -> Entry | None:
    for with_files in _enough(files=files):
        entry = view.kept(uuid_key(id_, files=with_files))
        if entry is not None and shows(entry.value):
            return entry
    return _kept_hidden(view, id_, files=files) if view.is_limited else None


def _kept_hidden(view: View, id_: UUID, *, files: bool) -> Entry | None:
    for with_files in _enough(files=files):
        entry = view.kept(_hidden_key(view, id_, files=with_files))
        if entry is not None:
            return entry
    return None


async def _read(
    view: View, shows: _Shown, id_: UUID, *, files: bool
) -> StoredDataset | None:
    since = view.answers.generations.now
    question = uuid_question(view, id_, files=files)
    kept = view.answers.peek(question.key) if view.is_limited else None
    if kept is not None:
        await shows.look([kept.value])
        if not shows(kept.value):  # reading takes as long as in vain
            question = _hidden_question(view, question, id_, files=files)
    stored = await view.answers.ask(question)
    await shows.look([stored])
    if shows(stored):
        return stored
    hidden = _hidden_question(view, question, id_, files=files)
    view.answers.prepare(hidden, None, since)
    view.trail.stored = view.trail.misses  # as of what nobody has made
    return None


async def _read_all(
    view: View, shows: _Shown, ids: Sequence[UUID], *, files: bool
) -> list[StoredDataset]:
    since = view.answers.generations.now
    with view.answers.reading():
        read = await view.snapshot.reader.datasets(ids, files=files)
    await shows.look(read)
    by_id = {dataset.id: dataset for dataset in read}
    for id_ in ids:
        question = uuid_question(view, id_, files=files)
        stored = by_id.get(id_)
        if not shows(stored):
            question = _hidden_question(view, question, id_, files=files)
            stored = None
        view.answers.store(question, stored, since)
    return [stored for stored in read if shows(stored)]


def _hidden_key(view: View, id_: UUID, *, files: bool) -> Hashable:
    """Return the key under which is kept that a reader finds nothing."""
    return ("hidden", id_, files, view.snapshot.collections.sight)


def _hidden_question(
    view: View, question: Question[StoredDataset | None], id_: UUID, *, files: bool
) -> Question[StoredDataset | None]:
    """Return the same question, asked by somebody who may not know the answer."""

    async def read() -> StoredDataset | None:
        await question.read()
        return None

    terms = Keep((NEW_DATASETS, *on_nights(view)))
    return Question(_hidden_key(view, id_, files=files), None, read, lambda _: terms)


def uuid_key(id_: UUID, *, files: bool) -> Hashable:
    """Return the key under which the answer for a UUID is kept."""
    return ("id", id_, files)


def uuid_question(
    view: View, id_: UUID, *, files: bool
) -> Question[StoredDataset | None]:
    """Return the question for a dataset by its UUID, with or without its files."""

    async def read() -> StoredDataset | None:
        found = await view.snapshot.reader.datasets([id_], files=files)
        return found[0] if found else None

    key = uuid_key(id_, files=files)
    return Question(key, None, read, lambda found: _terms(view, found))


def _terms(view: View, found: StoredDataset | None) -> Keep | None:
    if found is None:
        return Keep((NEW_DATASETS,))
    run = view.snapshot.collections.whole.by_key.get(found.run)
    type_ = view.snapshot.dataset_types.by_id.get(found.dataset_type_id)
    if run is None or type_ is None or found.values is None:
        return None  # newer than the snapshot, being removed, or not readable yet
    of_run = view.policies.of_collection(run.name)
    of_type = view.policies.of_dataset_type(type_.name)
    return view.terms(
        Policy.weakest((of_run, of_type)),
        (collection(found.run), definition("dataset-type", type_.id)),
        {},
    )
