"""Carries out one command of the stream on one repository of this process."""

from collections.abc import Callable, Mapping

from ...protocol.admin import InvalidateRequest, WarmRequest
from ...protocol.errors import BadRequestError
from ..bus import Command
from ..repository import Repository
from .invalidation import invalidate
from .outcome import Outcome
from .selection import require_names
from .warming import Warming

INVALIDATE, WARM, STATUS, CANCEL = "invalidate", "warm", "status", "cancel"

Watch = Callable[[Callable[[], Outcome]], None]
"""Is given, once, a function that tells at any time how far the work has come."""


async def execute(repository: Repository, command: Command, watch: Watch) -> Outcome:
    """Carry out a command.

    Parameters
    ----------
    watch
        Is given, for long work, what tells how far it has come.

    Raises
    ------
    NotFoundError
        If a name in it is unknown, also by the newest definitions.
    BadRequestError
        If there is no such command.
    UnavailableError
        If it needs the database, which is away.
    """
    # What the sender knows already may not have been noticed here yet.
    await require_names(repository, command.arguments)
    of = _Arguments(command.arguments)
    if command.action == INVALIDATE:
        request = InvalidateRequest(
            of["collections"],
            of["dataset_types"],
            of["dimensions"],
            mark_permanent=bool(of["marks"]),
        )
        return await invalidate(repository, request)
    if command.action == WARM:
        warming = Warming(
            repository, WarmRequest(of["collections"], of["dataset_types"])
        )
        watch(lambda: warming.outcome)
        return await warming.run()
    raise BadRequestError(f"This server knows no command {command.action!r}.")


class _Arguments(dict[str, list[str]]):
    """Arguments, of which those that are absent are empty."""

    def __init__(self, arguments: Mapping[str, list[str]]) -> None:
        super().__init__(arguments)

    def __missing__(self, _: str) -> list[str]:
        return []
