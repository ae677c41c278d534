"""Who asks, and what they may see: identities, rights, and the guard in front."""

from .guard import Guard, reader_of
from .identities import Identities, identities_of
from .reader import NOBODY, Reader
from .rights import Rights
from .tokens import TokenFile, TokenFileError

__all__ = [
    "NOBODY",
    "Guard",
    "Identities",
    "Reader",
    "Rights",
    "TokenFile",
    "TokenFileError",
    "identities_of",
    "reader_of",
]
