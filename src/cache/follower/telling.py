"""Tells the stream what a watcher sees."""

from contextlib import aclosing

from ...registry.watch import Coverage, Event, NamedChange, Watcher
from ..bus import Changed, ChangeStream, Covered


async def tell(watcher: Watcher, stream: ChangeStream, repository: str) -> None:
    """Publish everything that a watcher sees, for ever.

    What cannot be sent leaves a hole in the numbers, and so a gap for everybody.

    Parameters
    ----------
    repository
        Identity of the watched repository.
    """
    async with aclosing(watcher.events()) as events:
        async for event in events:
            await stream.publish(_message(event, repository))


def _message(event: Event, repository: str) -> Changed | Covered:
    if isinstance(event, Coverage):
        return Covered(repository, event.node, event.gate)
    if not isinstance(event, NamedChange):
        # It may have missed something, or does so now.
        return Changed(repository, everything=True)
    return Changed(
        repository,
        collections=sorted(event.collections, key=str),
        dataset_types=sorted(event.dataset_types),
        elements_grown=sorted(event.elements_grown),
        elements_changed=sorted(event.elements_changed),
        new_datasets=event.new_datasets,
        definitions=event.definitions,
        everything=event.everything,
    )
