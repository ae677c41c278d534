"""The uvicorn settings that all servers share: those of `butlery.server.run`."""

from typing import Any

import uvicorn


def serve(app: Any, port: int) -> None:
    """Serve an ASGI application on loopback, in one process, until told to stop."""
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
    )
