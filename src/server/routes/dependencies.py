"""What a route function may ask for."""

from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from ...cache import Trail
from ...protocol.errors import NotFoundError
from ..access import reader_of
from ..requests import AnyRequest
from ..served import Served
from ..trails import begin_trail

AT_LEAST = "butlery-at-least"
"""Request header with a revision: no answer may be older."""


def provide_served(
    repository: FromPath[str], state: State, request: AnyRequest
) -> Served:
    """Return what the application holds for a repository label and for who asks.

    Raises
    ------
    NotFoundError
        If there is no such repository.
    ForbiddenError
        If it is not for them.
    """
    return _served(repository, state).seen_by(reader_of(request.scope))


def provide_whole(repository: FromPath[str], state: State) -> Served:
    """Return all of a repository, for URLs that say themselves who was given them.

    Raises
    ------
    NotFoundError
        If there is no such repository.
    """
    return _served(repository, state)


def _served(label: str, state: State) -> Served:
    served: Served | None = state.serving.repositories.get(label)
    if served is None:
        raise NotFoundError(f"Unknown repository '{label}'")
    return served


async def provide_trail(served: NamedDependency[Served], request: AnyRequest) -> Trail:
    """Begin the trail of a lookup, when the repository is as new as the client asks.

    Raises
    ------
    BadRequestError, ForeignRevisionError
        If what the client sent is no revision of this repository.
    UnavailableError
        If the repository does not get there in time.
    """
    at_least = request.headers.get(AT_LEAST)
    if at_least is not None:
        await served.repository.keeper.meet(at_least)
    return begin_trail(request)
