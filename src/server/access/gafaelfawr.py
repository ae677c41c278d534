"""Identities from Gafaelfawr: headers of the ingress, groups from its user-info API.

Source: the stock server's deployment (facts: the ingress sets ``X-Auth-Request-User``,
``-Token`` and ``-Service``; groups come with the delegated token).
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

import msgspec
import structlog
from cachetools import LRUCache

from ...protocol.errors import ForbiddenError, UnauthorizedError, UnavailableError
from ..files.recipient import Holder
from .peers import Peers
from .reader import Reader

_logger = structlog.get_logger("butlery.server.access")

GOOD_SECONDS, BAD_SECONDS = 300.0, 30.0
_ASK_SECONDS = 5.0
_MOST_USERS = 20_000
_OK = 200
_REFUSED = frozenset({401, 403})


class _Group(msgspec.Struct):
    name: str


class _UserInfo(msgspec.Struct):
    username: str
    groups: list[_Group] | None = None


_decode = msgspec.json.Decoder(_UserInfo).decode


@dataclass(frozen=True, slots=True)
class _Known:
    """What Gafaelfawr has said of a token; no groups: it is not valid."""

    until: float
    user: str = ""
    groups: frozenset[str] | None = None


class Gafaelfawr:
    """Says who asks, as the ingress and Gafaelfawr say.

    Parameters
    ----------
    url
        Of Gafaelfawr, as this server reaches it.
    peers
        Which may set the headers: the ingress. Of all others they count for nothing.
    clock
        Monotonic time in seconds.
    """

    asks = True

    def __init__(
        self,
        url: str,
        peers: Peers,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url.rstrip("/")
        self._peers = peers
        self._clock = clock
        self._known: LRUCache[bytes, _Known] = LRUCache(_MOST_USERS)
        self._by_user: LRUCache[str, _Known] = LRUCache(_MOST_USERS)
        self._asking: dict[bytes, asyncio.Task[_Known]] = {}

    async def identify(self, headers: Mapping[bytes, bytes], peer: str) -> Reader:
        """Return who asks."""
        user = headers.get(b"x-auth-request-user", b"").decode("latin-1")
        token = headers.get(b"x-auth-request-token", b"")
        if peer not in self._peers or not user:
            raise ForbiddenError("Required X-Auth-Request-User header was not provided")
        if not token:
            raise ForbiddenError(
                "Required X-Auth-Request-Token header was not provided"
            )
        key = sha256(token).digest()
        known = self._known.get(key)
        if known is None or known.until <= self._clock():
            known = await self._ask_once(key, token)
        if known.groups is None:
            raise UnauthorizedError("Gafaelfawr does not accept this token.")
        if known.user != user:
            raise ForbiddenError("The token is another user's.")
        service = headers.get(b"x-auth-request-service", b"").decode("latin-1")
        return Reader(user, known.groups, service or None)

    def readmit(self, holder: Holder) -> Reader:
        """Return whom a URL names, in the groups that Gafaelfawr has told last.

        If it was not asked here of late, the groups in the URL count.
        """
        known = self._by_user.get(holder.user)
        if known is None or known.groups is None or known.until <= self._clock():
            return Reader(holder.user, frozenset(holder.groups))
        return Reader(holder.user, known.groups)

    async def _ask_once(self, key: bytes, token: bytes) -> _Known:
        """Ask, together with everybody who has the same token."""
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(self._ask(key, token))
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        return await asyncio.shield(task)

    async def _ask(self, key: bytes, token: bytes) -> _Known:
        asked_at = self._clock()
        try:
            body = await asyncio.to_thread(self._get, token)
            if body is None:
                known = _Known(asked_at + BAD_SECONDS)
            else:
                info = _decode(body)
                groups = frozenset(group.name for group in info.groups or ())
                known = _Known(asked_at + GOOD_SECONDS, info.username, groups)
        except (OSError, HTTPException, msgspec.MsgspecError) as error:
            _logger.warning("gafaelfawr-away", error=repr(error))
            raise UnavailableError("Gafaelfawr cannot be asked now.") from None
        self._known[key] = known
        if known.groups is not None:
            self._by_user[known.user] = known
        return known

    def _get(self, token: bytes) -> bytes | None:
        """Return who a token stands for; `None`: nobody."""
        parts = urlsplit(self._url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.netloc, timeout=_ASK_SECONDS)
        try:
            connection.request(
                "GET",
                f"{parts.path}/api/v1/user-info",
                headers={"Authorization": b"Bearer " + token},
            )
            answer = connection.getresponse()
            if answer.status in _REFUSED:
                return None
            if answer.status != _OK:
                raise HTTPException(f"status {answer.status}")
            return answer.read()
        finally:
            connection.close()
