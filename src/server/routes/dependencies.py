"""What a route function may ask for."""

from litestar.datastructures import State

from ...protocol.errors import NotFoundError
from ..served import Served


def provide_served(repository: str, state: State) -> Served:
    """Return what the application holds for a repository label.

    Raises
    ------
    NotFoundError
        If there is no such repository.
    """
    served: Served | None = state.repositories.get(repository)
    if served is None:
        raise NotFoundError(f"Unknown repository '{repository}'")
    return served
