"""Speaks HTTP to the admin API of a running server."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import msgspec

from ...protocol.errors import ProblemResponse
from ...protocol.scalars import encode_json

if TYPE_CHECKING:
    from http.client import HTTPResponse

# A server says something about long work every second.
_TIMEOUT_SECONDS = 30.0
_OK = 200

_T = TypeVar("_T")


class AdminError(Exception):
    """A server cannot be reached, or refuses; the text is one line."""


class AdminConnection:
    """One server's admin API.

    Parameters
    ----------
    url
        Scheme, host and port, perhaps a path before ``/v1``.
    token
        What it wants to be shown.

    Raises
    ------
    AdminError
        If the URL is none.
    """

    def __init__(self, url: str, token: str | None) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise AdminError(f"{url!r} is no URL: {error}") from error
        if parts.scheme not in {"http", "https"} or not host:
            raise AdminError(f"{url!r} is no URL; give http://HOST:PORT")
        self.url = url
        self._is_secure = parts.scheme == "https"
        self._host, self._port = host, port
        self._prefix = f"{parts.path.rstrip('/')}/v1"
        self._headers = {"content-type": "application/json"}
        if token is not None:
            self._headers["authorization"] = f"Bearer {token}"

    def get(self, path: str, type_: type[_T]) -> _T:
        """Return the answer to a `GET`.

        Raises
        ------
        AdminError
            If there is none, or a refusal.
        """
        return next(self._ask("GET", path, None, type_, by_line=False))

    def post(self, path: str, body: msgspec.Struct, type_: type[_T]) -> _T:
        """Return the answer to a `POST`.

        Raises
        ------
        AdminError
            If there is none, or a refusal.
        """
        return next(self._ask("POST", path, body, type_, by_line=False))

    def post_for_lines(
        self, path: str, body: msgspec.Struct, type_: type[_T]
    ) -> Iterator[_T]:
        """Yield the lines of the answer to a `POST`, as they come.

        Raises
        ------
        AdminError
            If there is none, or a refusal.
        """
        return self._ask("POST", path, body, type_, by_line=True)

    def _ask(
        self,
        method: str,
        path: str,
        body: msgspec.Struct | None,
        type_: type[_T],
        *,
        by_line: bool,
    ) -> Iterator[_T]:
        from http.client import HTTPConnection, HTTPException, HTTPSConnection

        connect = HTTPSConnection if self._is_secure else HTTPConnection
        connection = connect(self._host, self._port, timeout=_TIMEOUT_SECONDS)
        try:
            with closing(connection):
                content = None if body is None else encode_json(body)
                target = self._prefix + path
                connection.request(method, target, content, self._headers)
                response = connection.getresponse()
                if response.status != _OK:
                    raise AdminError(_refusal(response))
                for part in response if by_line else [response.read()]:
                    yield msgspec.json.decode(part, type=type_)
        except (OSError, HTTPException, ValueError, msgspec.MsgspecError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise AdminError(
                f"no answer from the admin API at {self.url}: "
                f"{reason or type(error).__name__}; "
                "does the server's configuration file have an [admin] table?"
            ) from error


def _refusal(response: "HTTPResponse") -> str:
    """Return the sentence of a refusal."""
    content = response.read()
    try:
        return msgspec.json.decode(content, type=ProblemResponse).detail
    except msgspec.MsgspecError:
        return f"the admin API answered {response.status} {response.reason}"
