"""Datasets by UUID for readers who do not see everything.

To them a dataset that is hidden and one that nobody has made are the same, also in the
time that it takes and in what is kept. All that is absent for a reader is kept by their
sight, and looked for there first. What they are shown is kept for everybody.
"""

import asyncio
from collections.abc import Hashable, Iterable, Iterator, Sequence
from uuid import UUID

from ....registry import StoredDataset
from ...answers import NEW_DATASETS, Keep, Question
from ..view import UnsettledError, View
from .by_uuid import BREATH, enough, uuid_key, uuid_question
from .nights import hidden_datasets, on_nights


async def find_shown(
    view: View, ids: Sequence[UUID], *, files: bool
) -> list[StoredDataset]:
    """Return the datasets with these UUIDs that the reader is shown, in no order."""
    shows = _Shown(view)
    present: list[UUID] = []
    at_hand: list[StoredDataset] = []
    for number, id_ in enumerate(ids, 1):
        if number % BREATH == 0:
            await asyncio.sleep(0)
        if not _is_absent(view, id_, files=files):
            present.append(id_)
            at_hand += _at_hand(view, id_, files=files) if view.embargoes else ()
    await shows.look(at_hand)
    found: list[StoredDataset] = []
    missing: list[UUID] = []
    for number, id_ in enumerate(present, 1):
        if number % BREATH == 0:
            await asyncio.sleep(0)
        stored = _known(view, shows, id_, files=files)
        if stored is None:
            missing.append(id_)
        else:
            found.append(stored)
    if missing and view.settled:
        raise UnsettledError  # only the answer tells whether it is permanent
    if len(missing) == 1:
        found += await _read(view, shows, missing[0], files=files)
    elif missing:
        found += await _read_all(view, shows, missing, files=files)
    return found


class _Shown:
    """Tells which datasets the reader is shown: of those looked at, if nights count."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._open: set[UUID] = set()

    async def look(self, datasets: Iterable[StoredDataset]) -> None:
        """Find out what embargoes hide of some datasets, and leave no trace of it."""
        if not self._view.embargoes:
            return
        some = list(datasets)
        trail = self._view.trail
        counts = trail.counts
        hidden = await hidden_datasets(self._view, some)
        trail.counts = counts
        self._open |= {dataset.id for dataset in some} - hidden

    def __call__(self, stored: StoredDataset) -> bool:
        is_open = not self._view.embargoes or stored.id in self._open
        return is_open and self._view.sees(stored.run)


def _is_absent(view: View, id_: UUID, *, files: bool) -> bool:
    keys = (_absence_key(view, id_, files=each) for each in enough(files=files))
    return any(view.kept(key) is not None for key in keys)


def _at_hand(view: View, id_: UUID, *, files: bool) -> Iterator[StoredDataset]:
    """Yield what is known of a dataset without the database."""
    for with_files in enough(files=files):
        entry = view.answers.peek(uuid_key(id_, files=with_files))
        if entry is not None and entry.value is not None:
            yield entry.value
    if view.indexed is not None:
        indexed = view.indexed.stored(id_, files=False)
        if indexed is not None:
            yield indexed


def _known(
    view: View, shows: _Shown, id_: UUID, *, files: bool
) -> StoredDataset | None:
    """Return a dataset that is known and shown."""
    if view.indexed is not None:
        indexed = view.indexed.stored(id_, files=files)
        if indexed is not None and shows(indexed):
            view.trail.indexed += 1
            return indexed
    for with_files in enough(files=files):
        key = uuid_key(id_, files=with_files)
        peeked = view.answers.peek(key)
        if peeked is None or peeked.value is None or not shows(peeked.value):
            continue
        entry = view.kept(key)
        if entry is not None:
            kept: StoredDataset = entry.value
            return kept
    return None


async def _read(
    view: View, shows: _Shown, id_: UUID, *, files: bool
) -> list[StoredDataset]:
    since = view.answers.generations.now
    absence = _absence(view, id_, files=files)
    stored = await view.answers.ask(absence)
    if stored is not None:
        await shows.look([stored])
        if shows(stored):
            question = uuid_question(view, id_, files=files)
            view.answers.prepare(question, stored, since)
            view.trail.stored += question.key in view.answers
            return [stored]
        view.answers.prepare(absence, None, since)
        view.trail.stored = view.trail.misses  # as of what nobody has made
    return []


async def _read_all(
    view: View, shows: _Shown, ids: Sequence[UUID], *, files: bool
) -> list[StoredDataset]:
    since = view.answers.generations.now
    with view.answers.reading():
        read = await _read_seen(view, ids, files=files)
    await shows.look(read)
    shown = {dataset.id: dataset for dataset in read if shows(dataset)}
    for id_ in ids:
        stored = shown.get(id_)
        if stored is None:
            view.answers.store(_absence(view, id_, files=files), None, since)
        else:
            question = uuid_question(view, id_, files=files)
            view.answers.store(question, stored, since)
    return list(shown.values())


async def _read_seen(
    view: View, ids: Sequence[UUID], *, files: bool
) -> list[StoredDataset]:
    """Read datasets of RUNs that the reader sees, and of others only their RUNs."""
    runs = await view.snapshot.reader.runs(ids)
    seen = [id_ for id_, run in runs.items() if view.sees(run)]
    return await view.snapshot.reader.datasets(seen, files=files) if seen else []


def _absence_key(view: View, id_: UUID, *, files: bool) -> Hashable:
    """Return the key under which is kept that a reader finds nothing."""
    return ("absent", id_, files, view.snapshot.collections.sight)


def _absence(view: View, id_: UUID, *, files: bool) -> Question[StoredDataset | None]:
    """Return the question whether there is nothing; only if so is the answer kept."""

    async def read() -> StoredDataset | None:
        found = await _read_seen(view, [id_], files=files)
        return found[0] if found else None

    terms = Keep((NEW_DATASETS, *on_nights(view)))
    return Question(
        _absence_key(view, id_, files=files),
        None,
        read,
        lambda found: terms if found is None else None,
    )
