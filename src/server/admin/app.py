"""Makes the application that operators talk to."""

from litestar import Litestar
from litestar.datastructures import State

from ..config import AdminSettings
from ..errors import EXCEPTION_HANDLERS
from ..routes import health, metrics
from ..serving import Serving


def create_admin_app(settings: AdminSettings, serving: Serving) -> Litestar:
    """Return the operators' application; it opens nothing of its own."""
    return Litestar(
        route_handlers=[*health.HANDLERS, *metrics.HANDLERS],
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
        logging_config=None,
        state=State({"serving": serving, "token": settings.token}),
        debug=False,
    )
