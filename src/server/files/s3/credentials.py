"""The credentials that sign URLs. Nothing here, and no holder of it, prints them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import structlog

from ....protocol.errors import UnavailableError

_ASK_SECONDS = 60
# botocore renews what has less than 10 minutes to live whenever it is asked.
_TRUSTED_SECONDS = 480

_logger = structlog.get_logger("butlery.server.files")


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Credentials of one moment; ``token`` only if they are temporary.

    ``expires`` is when they end, in seconds since 1970-01-01 UTC, if that is known.
    """

    access_key: str
    secret_key: str
    token: str | None
    expires: float | None = None


class Frozen(Protocol):
    """What botocore gives as the credentials of this moment."""

    @property
    def access_key(self) -> str: ...  # noqa: D102
    @property
    def secret_key(self) -> str: ...  # noqa: D102
    @property
    def token(self) -> str | None: ...  # noqa: D102


class Issuer(Protocol):
    """botocore's credentials, which may renew themselves over the network."""

    def get_frozen_credentials(self) -> Frozen:
        """Return those of this moment."""
        ...


def in_a_thread(task: Callable[[], None]) -> None:
    """Run a task that nobody waits for."""
    threading.Thread(target=task, name="s3-credentials", daemon=True).start()


class Keyring:
    """Credentials as they are now, asked for again while others sign.

    Once a minute the issuer is asked in the background. A request waits for it only
    if nobody has asked for so long (nights without requests) that they may have
    expired.

    Parameters
    ----------
    issuer
        Where they come from; asked at once.
    changing
        Whether they are temporary and renewed; others are read only once.
    second
        Now, in seconds since 1970-01-01 UTC.
    background
        Runs a task without waiting for it.
    """

    def __init__(
        self,
        issuer: Issuer,
        *,
        changing: bool,
        second: int,
        background: Callable[[Callable[[], None]], None] = in_a_thread,
    ) -> None:
        self._issuer = issuer
        self._changing = changing
        self._background = background
        self._keys = _keys(issuer)
        self._known = self._asked = second

    def current(self, second: int) -> Keys:
        """Return the credentials to sign with now.

        Raises
        ------
        UnavailableError
            If they may have expired, and cannot be renewed.
        """
        if not self._changing:
            return self._keys
        if not 0 <= second - self._asked < _ASK_SECONDS:
            self._asked = second
            if self._is_trusted(second):
                self._background(lambda: self._ask(second))
            else:
                self._ask(second)
        if not self._is_trusted(second):
            raise UnavailableError(
                "The server's credentials for S3 have expired and cannot be renewed "
                "now; its log says why.",
                retry_after_seconds=_ASK_SECONDS,
            )
        return self._keys

    def _is_trusted(self, second: int) -> bool:
        return 0 <= second - self._known < _TRUSTED_SECONDS

    def _ask(self, second: int) -> None:
        try:
            keys = _keys(self._issuer)
        except Exception as error:  # noqa: BLE001 - of any issuer, and its network
            # Its text and traceback may show what the issuer was told.
            _logger.warning("s3-credentials-failed", error=type(error).__name__)
            return
        self._keys, self._known = keys, second


def _keys(issuer: Issuer) -> Keys:
    frozen = issuer.get_frozen_credentials()
    # botocore tells nobody when temporary credentials end, but it has to know.
    end: Any = getattr(issuer, "_expiry_time", None)
    expires = end.timestamp() if isinstance(end, datetime) else None
    return Keys(frozen.access_key, frozen.secret_key, frozen.token, expires)
