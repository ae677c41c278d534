"""Datasets by UUID; one statement for all that are not kept."""

import asyncio
from collections.abc import Hashable, Sequence
from uuid import UUID

from ....registry import StoredDataset
from ...answers import NEW_DATASETS, Entry, Keep, Question, collection, definition
from ...policies import Policy
from ..view import UnsettledError, View

BREATH = 128
"""UUIDs between two turns of everybody else."""


async def find_stored(
    view: View, ids: Sequence[UUID], *, files: bool
) -> list[StoredDataset]:
    """Return the datasets with these UUIDs that exist, in no order.

    Whoever asks sees everything; for all others there is `find_shown`.
    """
    found: list[StoredDataset | None] = []
    missing: list[UUID] = []
    for number, id_ in enumerate(ids, 1):
        if number % BREATH == 0:
            await asyncio.sleep(0)
        if view.indexed is not None:
            stored = view.indexed.stored(id_, files=files)
            if stored is not None:
                view.trail.indexed += 1
                found.append(stored)
                continue
        entry = _kept(view, id_, files=files)
        if entry is None:
            missing.append(id_)
        else:
            found.append(entry.value)
    if missing and view.settled:
        raise UnsettledError  # only the answer tells whether it is permanent
    if len(missing) == 1:
        question = uuid_question(view, missing[0], files=files)
        found.append(await view.answers.ask(question))
    elif missing:
        found += await _read_all(view, missing, files=files)
    return [dataset for dataset in found if dataset is not None]


def _kept(view: View, id_: UUID, *, files: bool) -> Entry | None:
    for with_files in enough(files=files):
        entry = view.kept(uuid_key(id_, files=with_files))
        if entry is not None:
            return entry
    return None


def enough(*, files: bool) -> tuple[bool, ...]:
    """Return which answers will do: with files, or without them as well."""
    return (True,) if files else (False, True)


async def _read_all(
    view: View, ids: Sequence[UUID], *, files: bool
) -> list[StoredDataset]:
    since = view.answers.generations.now
    with view.answers.reading():
        read = await view.snapshot.reader.datasets(ids, files=files)
    by_id = {dataset.id: dataset for dataset in read}
    for id_ in ids:
        question = uuid_question(view, id_, files=files)
        view.answers.store(question, by_id.get(id_), since)
    return read


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
