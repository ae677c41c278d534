"""Which routes the services that ask in their users' names may use.

A route is asked for by its name where it is known which one it is: by the router, or in
front of it. Nothing here reads a path, which could be read in another way there.
"""

from collections.abc import Collection, Mapping

from ...protocol.errors import ForbiddenError
from ..config import ServiceSettings
from .reader import Reader


class Services:
    """What an operator lets services do.

    Parameters
    ----------
    settings
        By the names of the services.
    """

    def __init__(self, settings: Mapping[str, ServiceSettings]) -> None:
        self._routes = {
            name: frozenset(service.routes)
            for name, service in settings.items()
            if service.routes is not None
        }

    def permit(self, reader: Reader) -> "Permit | None":
        """Return what limits the routes of who asks; `None`: nothing does."""
        routes = self._routes.get(reader.service or "")
        return None if routes is None else Permit(reader.service or "", routes)


class Permit:
    """What one service may do.

    Parameters
    ----------
    service
        Its name.
    routes
        Names of the routes that it may use.
    """

    __slots__ = ("_routes", "_service")

    def __init__(self, service: str, routes: Collection[str]) -> None:
        self._service = service
        self._routes = routes

    def require(self, route: str) -> None:
        """Refuse a route that the service may not use.

        Raises
        ------
        ForbiddenError
            If it may not.
        """
        if route not in self._routes:
            raise ForbiddenError(f"Service {self._service} may not use {route} here.")


def check_routes(
    settings: Mapping[str, ServiceSettings], known: Collection[str]
) -> None:
    """See that there are the routes that an operator names.

    Raises
    ------
    ValueError
        If there is one that there is not, with those that there are.
    """
    for name, service in settings.items():
        for route in service.routes or ():
            if route not in known:
                raise ValueError(
                    f"access: service {name!r} has a route {route!r}, which there is "
                    f"not; there are {', '.join(sorted(known))}"
                )
