"""Forgets what an operator says is no longer true, permanent or not.

What is dropped can be read again at any time: an invalidation too many costs time,
never truth.
"""

import time
from collections.abc import Callable, Iterator

from ...protocol.admin import InvalidateRequest
from ...protocol.errors import UnavailableError
from ..answers import (
    NEW_DATASETS,
    Dependency,
    collection,
    definition,
    new_records,
    old_records,
)
from ..policies import Thing
from ..repository import Repository
from ..snapshot import Snapshot
from .outcome import Outcome
from .selection import (
    newest_snapshot,
    select_collections,
    select_dataset_types,
    select_dimensions,
)
from .sweeping import sweep

REASON = "operator"
"""Under which whole drops are counted."""


async def invalidate(
    repository: Repository,
    request: InvalidateRequest,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Outcome:
    """Forget what is named, and read the definitions again.

    Raises
    ------
    NotFoundError
        If a name is unknown; then nothing is forgotten.
    """
    started = clock()
    snapshot = await newest_snapshot(repository)
    generations = repository.answers.generations
    things: set[Thing] | None = None
    if request.collections or request.dataset_types or request.dimensions:
        things = set(_named(snapshot, request))
        generations.move(list(_moved(snapshot, request)))
    else:
        generations.move_all(REASON, permanent=True)
    repository.settle(things, marks=request.mark_permanent)
    dropped = await sweep(repository.answers)
    detail = await _renew(repository)
    counts = {
        "dropped": dropped.total(),
        **{f"dropped {kind}": n for kind, n in sorted(dropped.items())},
        "kept": len(repository.answers),
    }
    return Outcome(detail, counts, 1000 * (clock() - started))


def _named(snapshot: Snapshot, request: InvalidateRequest) -> Iterator[Thing]:
    """Yield all that is named, each with its kind."""
    selected = select_collections(snapshot, request.collections)
    for found in snapshot.collections.flatten([c.name for c in selected]):
        yield "collection", found.name
    for type_ in select_dataset_types(snapshot, request.dataset_types):
        yield "dataset type", type_.name
    for name in select_dimensions(snapshot, request.dimensions):
        yield "dimension", name


def _moved(snapshot: Snapshot, request: InvalidateRequest) -> Iterator[Dependency]:
    """Yield all that an answer about something named can depend on."""
    selected = select_collections(snapshot, request.collections)
    types = select_dataset_types(snapshot, request.dataset_types)
    elements = select_dimensions(snapshot, request.dimensions)
    for found in snapshot.collections.flatten([c.name for c in selected]):
        yield collection(found.key)
    for type_ in types:
        yield definition("dataset-type", type_.id)
    for name in elements:
        yield definition("dimension", name)
        yield old_records(name)
        yield new_records(name)
    if selected or types:
        # It may hold what was said not to exist.
        yield NEW_DATASETS


async def _renew(repository: Repository) -> str:
    repository.keeper.renew_definitions()
    try:
        await repository.keeper.check()
    except UnavailableError as error:
        return f"definitions will be read when the database is back: {error}"
    return "definitions were read again"
