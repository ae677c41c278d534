"""Where the server learns who asks: nowhere, from tokens, or from Gafaelfawr."""

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import structlog

from ...protocol.errors import ForbiddenError, UnauthorizedError, UnavailableError
from ..config import AccessSettings
from ..files.recipient import Holder
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

    @property
    def asks(self) -> bool:
        """Whether anybody is asked who they are."""
        ...

    def readmit(self, holder: Holder) -> Reader:
        """Return whom a signed URL names, as far as they are known now.

        Raises
        ------
        ForbiddenError
            If they are no longer admitted.
        UnavailableError
            If that cannot be found out now.
        """
        ...

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

    asks = False

    def readmit(self, holder: Holder) -> Reader:
        """Return nobody."""
        del holder
        return NOBODY

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

    asks = True

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
            raise _unreadable(error) from error
        if known[1] <= now:
            del self._known[line]
            raise UnauthorizedError(_INVALID)
        return known[0]

    def readmit(self, holder: Holder) -> Reader:
        """Return the owner of a token that is still valid, in the groups of now."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        try:
            token = self._tokens.with_id(holder.token, now)
        except TokenFileError as error:
            raise _unreadable(error) from error
        if token is None or token.user != holder.user:
            raise ForbiddenError(
                "The token with which this file URL was asked for has expired or been "
                "revoked; ask the Butler for a new one."
            )
        return Reader(token.user, frozenset(token.groups), None, token.id)

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
        groups = frozenset(token.groups)
        return Reader(token.user, groups, token.service, token.id), end


def _unreadable(error: TokenFileError) -> UnavailableError:
    _logger.error("tokens-unreadable", error=str(error))
    return UnavailableError("The server cannot check tokens now.")


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
