"""Who asks, and what they may see: identities, rights, and the guard in front."""

from .guard import Guard, reader_of, require_route
from .identities import Identities, NoIdentities, identities_of
from .reader import NOBODY, Reader
from .rights import Rights
from .services import check_routes
from .tokens import TokenFile, TokenFileError

__all__ = [
    "NOBODY",
    "Guard",
    "Identities",
    "NoIdentities",
    "Reader",
    "Rights",
    "TokenFile",
    "TokenFileError",
    "check_routes",
    "identities_of",
    "reader_of",
    "require_route",
]
