"""What each route is called where services are allowed some of them.

The name of a route is that of its function, so that there is no list to keep.
"""

from typing import Any

from litestar import HttpMethod, Router
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from ..access import require_route


def require_permission(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """Refuse a service that may not use a route.

    Raises
    ------
    ForbiddenError
        If it may not.
    """
    require_route(connection.scope, handler.handler_name)


def names_of(*routers: Router) -> frozenset[str]:
    """Return the names of all routes; what the framework adds has none."""
    return frozenset(
        handler.handler_name
        for router in routers
        for route in router.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler)
        and handler.http_methods != {HttpMethod.OPTIONS}
    )
