"""Makes the application that operators talk to; it opens nothing of its own."""

from litestar import Litestar
from litestar.datastructures import State

from ..config import AdminSettings
from ..errors import EXCEPTION_HANDLERS
from ..routes import health, metrics
from ..serving import Serving
from .routes import admin_router


def create_admin_app(settings: AdminSettings, serving: Serving) -> Litestar:
    """Return the application that operators talk to.

    Parameters
    ----------
    serving
        Opened, and closed, by the application that clients talk to.
    """
    return Litestar(
        # Probes and scrapers call by other names, and show no token.
        route_handlers=[*health.HANDLERS, *metrics.HANDLERS, admin_router],
        exception_handlers=EXCEPTION_HANDLERS,
        logging_config=None,
        openapi_config=None,
        state=State({"serving": serving, "token": settings.token}),
        debug=False,
    )
