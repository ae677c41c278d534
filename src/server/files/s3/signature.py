"""What both versions of signatures have in common: most of a URL lasts a second."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from .credentials import Keyring, Keys
from .endpoint import Endpoint


class OfOneSecond(Protocol):
    """What all URLs that are signed in one second have in common."""

    @property
    def second(self) -> int:
        """Which one, since 1970-01-01 UTC."""


_Moment = TypeVar("_Moment", bound=OfOneSecond)


class Signature(ABC, Generic[_Moment]):
    """Signs URLs of one bucket.

    Parameters
    ----------
    endpoint
        The bucket.
    keyring
        What to sign with.
    lifetime_seconds
        How long a URL works, unless its credentials end sooner; version 4 allows a
        week.
    clock
        Seconds since 1970-01-01 UTC.
    method
        The one for which URLs are.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        keyring: Keyring,
        lifetime_seconds: int,
        clock: Callable[[], float],
        method: str = "GET",
    ) -> None:
        self._endpoint = endpoint
        self._base = endpoint.base
        self._keyring = keyring
        self._lifetime_seconds = lifetime_seconds
        self._clock = clock
        self._method = method
        self._moment = self._begin(int(clock()))

    def url(self, key: str) -> str:
        """Return the URL of a quoted key."""
        moment, second = self._moment, int(self._clock())
        if moment.second != second:
            moment = self._moment = self._begin(second)
        return self._url(key, moment)

    def _life(self, keys: Keys, second: int) -> int:
        """Return for how many seconds a URL works that is signed now."""
        if keys.expires is None:
            return self._lifetime_seconds
        return max(1, min(self._lifetime_seconds, int(keys.expires) - second))

    @abstractmethod
    def _begin(self, second: int) -> _Moment:
        """Work out what the URLs of a second have in common."""

    @abstractmethod
    def _url(self, key: str, moment: _Moment) -> str:
        """Return the URL of a quoted key at a moment."""
