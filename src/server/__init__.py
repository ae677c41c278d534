"""The HTTP server: routes over the repositories that it holds.

`create_app` makes the ASGI application from a `ServerConfig`; a route reads
decode → look up → sign → encode, and reaches everything through `Served`.
"""

from .app import create_app
from .config import AccessSettings, RepositorySettings, ServerConfig, load_config

__all__ = [
    "AccessSettings",
    "RepositorySettings",
    "ServerConfig",
    "create_app",
    "load_config",
]
