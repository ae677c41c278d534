"""Runs the application on uvicorn, in one process or several."""

import os
import resource
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import msgspec
import uvicorn
from litestar.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from .access import Guard
from .admin import create_admin_app
from .app import create_app
from .caching import Cached
from .config import LOOPBACK, ServerConfig
from .connection import AbortableProtocol
from .cut_requests import CutRequests
from .direct import Direct
from .host import Host
from .listening import ByPort, listen
from .logs import configure_logging
from .observed import Observed
from .serving import Serving

_CONFIG_VARIABLE = "BUTLERY_SERVER_CONFIG"
_START_SECONDS = 60.0
# Longer than proxies keep a connection (nginx: 60 s): of the two sides the server must
# not be the one that closes it, for a request may be on its way.
_KEEP_ALIVE_SECONDS = 75


def run(config: ServerConfig, announce: Callable[[], None]) -> None:
    """Serve until told to stop; then return, so that the exit status is 0.

    Raises
    ------
    ListenError
        If nothing can listen on the configured address.

    Parameters
    ----------
    config
        What to serve, and where.
    announce
        Called once when requests are answered.
    """
    # Workers are new processes: they find the configuration, with the secret that
    # all of them must share, in their environment.
    os.environ[_CONFIG_VARIABLE] = msgspec.json.encode(config).decode()
    settings = uvicorn.Config(
        f"{__name__}:app_from_environment",
        factory=True,
        host=config.host,
        port=config.port,
        workers=config.workers,
        loop="uvloop",
        http=AbortableProtocol,
        ws="none",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        forwarded_allow_ips=config.trusted_proxies,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=10,
    )
    _allow_many_connections()
    sockets = _listen(config)
    configure_logging()
    if config.workers > 1:
        with Host(config.repositories):
            supervisor = _AnnouncingSupervisor(settings, sockets, announce)
            supervisor.run()
        if supervisor.has_failed:
            sys.exit(STARTUP_FAILURE)
    else:
        _AnnouncingServer(settings, announce).run(sockets=sockets)


def _allow_many_connections() -> None:
    """Raise the limit of open files as far as this user may: each client needs one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # some systems have a lower one of their own
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _listen(config: ServerConfig) -> list[socket.socket]:
    listeners = [listen(config.host, config.port, "--host and --port")]
    if config.admin is not None:
        admin = config.admin
        listeners.append(listen(admin.host, admin.port, "host and port of [admin]"))
    return listeners


class _AnnouncingSupervisor(Multiprocess):
    """Starts workers, and new ones for those that have died."""

    def __init__(
        self,
        config: uvicorn.Config,
        sockets: list[socket.socket],
        announce: Callable[[], None],
    ) -> None:
        super().__init__(config, sockets)
        self._announce = announce

    def init_processes(self) -> None:
        super().init_processes()
        if self.processes[0].wait_until_ready(_START_SECONDS, self.should_exit):
            self._announce()

    @property
    def has_failed(self) -> bool:
        """Whether it has ended because a worker could not even start."""
        return any(p.exitcode == STARTUP_FAILURE for p in self.processes)


class _AnnouncingServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            self._announce()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Take SIGTERM and SIGINT as orders to stop, and not as causes of death.

        uvicorn raises them again at the end, for programs that have handlers of
        their own; here that would turn an orderly end into exit status -15.
        """
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def app_from_environment() -> ASGIApp:
    """Return all that a worker process answers."""
    config = msgspec.json.decode(os.environ[_CONFIG_VARIABLE], type=ServerConfig)
    configure_logging()
    serving = Serving.from_config(config)
    app: ASGIApp = Direct(
        _observed(create_app(config, serving), serving), serving, config.public_url
    )
    # Programs of this machine that are not asked who they are have no limits either.
    access = config.access
    if access.kind != "none" or config.host not in LOOPBACK:
        app = Guard.from_settings(app, access, serving.identities, serving.tally)
    if config.admin is None:
        return app
    admin = _observed(create_admin_app(config.admin, serving), serving)
    return ByPort(app, {config.admin.port: admin})


def _observed(app: ASGIApp, serving: Serving) -> ASGIApp:
    return Observed(Cached(CutRequests(app)), serving.tally)
