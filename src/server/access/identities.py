"""Where the server learns who asks: nowhere, from tokens, or from Gafaelfawr."""

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import structlog

from ...protocol.errors import UnauthorizedError, UnavailableError
from ..config import AccessSettings
from .gafaelfawr import Gafaelfawr
from .peers import Peers
from .reader import NOBODY, Reader
from .tokens import TokenFile, TokenFileError

_logger = structlog.get_logger("butlery.server.access")

_MOST_KNOWN = 20_000
_INVALID = "This token is not valid, or has expired or been revoked."

Headers = Mapping[bytes, bytes]


class Identities(Protocol):
    """Says who asks."""

    async def identify(self, headers: Headers, peer: str) -> Reader:
        """Return who asks.

        Parameters
        ----------
        headers
            Of the request, by lower-case name.
        peer
            Address of who is connected.

        Raises
        ------
        UnauthorizedError, ForbiddenError
            If they do not say who they are, or it is not true.
        UnavailableError
            If that cannot be found out now.
        """
        ...


class NoIdentities:
    """Nobody is asked who they are."""

    async def identify(self, headers: Headers, peer: str) -> Reader:
        """Return nobody."""
        del headers, peer
        return NOBODY


class TokenIdentities:
    """Bearer tokens of a file.

    Parameters
    ----------
    tokens
        The file.
    clock
        Seconds since 1970-01-01 UTC.
    """

    def __init__(
        self, tokens: TokenFile, clock: Callable[[], float] = time.time
    ) -> None:
        self._tokens = tokens
        self._clock = clock
        # Readers of valid tokens, by the line that shows them, with their end.
        self._known: dict[bytes, tuple[Reader, float]] = {}
        self._version = 0

    async def identify(self, headers: Headers, peer: str) -> Reader:
        """Return for whom the token stands."""
        del peer
        line, now = headers.get(b"authorization", b""), self._clock()
        try:
            version = self._tokens.version
            if version != self._version or len(self._known) >= _MOST_KNOWN:
                self._known.clear()
                self._version = version
            known = self._known.get(line)
            if known is None:
                known = self._known[line] = self._read(line, now)
        except TokenFileError as error:
            _logger.error("tokens-unreadable", error=str(error))  # noqa: TRY400
            raise UnavailableError("The server cannot check tokens now.") from error
        if known[1] <= now:
            del self._known[line]
            raise UnauthorizedError(_INVALID)
        return known[0]

    def _read(self, line: bytes, now: float) -> tuple[Reader, float]:
        secret = bearer(line)
        if secret is None:
            raise UnauthorizedError(
                "A token is needed: set BUTLER_RUBIN_ACCESS_TOKEN, or send it as "
                "Authorization: Bearer."
            )
        token = self._tokens.find(secret, datetime.fromtimestamp(now, UTC))
        if token is None:
            raise UnauthorizedError(_INVALID)
        end = math.inf if token.expires is None else token.expires.timestamp()
        return Reader(token.user, frozenset(token.groups), token.service), end


def bearer(line: bytes) -> str | None:
    """Return the token of an ``Authorization`` header, or `None`."""
    kind, _, token = line.partition(b" ")
    token = token.strip()
    if kind.lower() != b"bearer" or not token:
        return None
    return token.decode("latin-1")


def identities_of(settings: AccessSettings) -> Identities:
    """Return what an operator has configured."""
    if settings.kind == "none":
        return NoIdentities()
    if settings.kind == "tokens":
        return TokenIdentities(TokenFile(Path(settings.tokens_file)))
    return Gafaelfawr(settings.gafaelfawr_url, Peers(settings.trusted_peers))
