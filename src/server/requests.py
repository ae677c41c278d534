"""Decodes what clients send: strictly, with an error that names the field."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec
from litestar import Request

from ..protocol.errors import BadRequestError

AnyRequest = Request[Any, Any, Any]
_T = TypeVar("_T")

_TRUE = frozenset({"true", "1", "yes", "on", "t", "y"})
_FALSE = frozenset({"false", "0", "no", "off", "f", "n"})
_AT_FIELD = re.compile(r"(?P<message>.*) - at `\$\.?(?P<field>.*)`", re.DOTALL)
_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[(?P<ipv6>[^]]*)\])(?::(?P<port>[0-9]*))?")
_MAX_PORT = 65_535


class JsonBody(Generic[_T]):
    """Decodes request bodies of one type; made once per route.

    Unknown fields are ignored, as the protocol asks.

    Parameters
    ----------
    type_
        What a body must fit.
    """

    def __init__(self, type_: type[_T]) -> None:
        self._decoder = msgspec.json.Decoder(type_)

    async def read(self, request: AnyRequest) -> _T:
        """Return the decoded body.

        Raises
        ------
        BadRequestError
            If it is not JSON or does not fit, naming the field.
        """
        content_type = request.headers.get("content-type", "").partition(";")[0]
        content_type = content_type.strip().lower()
        if content_type != "application/json" and not content_type.endswith("+json"):
            raise BadRequestError(
                "The body must be JSON; send it with Content-Type: application/json."
            )
        return self.decode_body(await request.body())

    def decode_body(self, body: bytes) -> _T:
        """Return a body decoded.

        Raises
        ------
        BadRequestError
            If it is not JSON or does not fit, naming the field.
        """
        if not body:
            raise BadRequestError("The body is empty; a JSON object is needed.")
        return self.decode(body)

    def decode(self, data: bytes | msgspec.Raw, name: str = "body") -> _T:
        """Return decoded JSON.

        Parameters
        ----------
        name
            What the whole is called if it does not fit.

        Raises
        ------
        BadRequestError
            If it is not JSON or does not fit, naming the field.
        """
        try:
            return self._decoder.decode(data)
        except msgspec.ValidationError as error:
            raise BadRequestError(_describe(str(error), name)) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequestError(f"The {name} is not valid JSON: {error}") from error


def _describe(message: str, name: str) -> str:
    """Put the name of the field first: ``data_id.visit: Expected …``."""
    match = _AT_FIELD.fullmatch(message)
    if match is None:
        return f"{name}: {message}"
    field = match["field"].replace("[...]", "")
    return f"{field or name}: {match['message']}"


def parse_uuid(text: str, field: str) -> UUID:
    """Return the UUID that a URL names.

    Raises
    ------
    BadRequestError
        If it is not one.
    """
    try:
        return UUID(text)
    except ValueError:
        raise BadRequestError(f"{field}: {text!r} is not a UUID.") from None


def query_flag(request: AnyRequest, name: str) -> bool:
    """Return a boolean query parameter; absent counts as false.

    Raises
    ------
    BadRequestError
        If it is neither a true nor a false word.
    """
    return read_flag(name, request.query_params.get(name, "false"))


def read_flag(name: str, value: str) -> bool:
    """Return what a word for true or false says.

    Raises
    ------
    BadRequestError
        If it is neither.
    """
    word = value.lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise BadRequestError(f"{name}: {word!r} is not a boolean; use true or false.")


def query_text(request: AnyRequest, name: str) -> str:
    """Return a text query parameter.

    Raises
    ------
    BadRequestError
        If it is absent.
    """
    value = request.query_params.get(name)
    if value is None:
        raise BadRequestError(f"{name}: this query parameter is required.")
    return str(value)


class Asked(Protocol):
    """What is needed to know of any request, whoever reads it."""

    @property
    def method(self) -> str:
        """The method."""

    @property
    def scope(self) -> Any:
        """That of ASGI."""

    @property
    def headers(self) -> Mapping[str, str]:
        """By lower-case name."""


class TextHeaders(Mapping[str, str]):
    """Headers as texts; decoded are only those that somebody looks at.

    Parameters
    ----------
    raw
        As they came, by lower-case name.
    """

    __slots__ = ("_raw",)

    def __init__(self, raw: Mapping[bytes, bytes]) -> None:
        self._raw = raw

    def __getitem__(self, name: str) -> str:
        return self._raw[name.encode("latin-1")].decode("latin-1")

    def get(self, name: str, default: Any = None) -> Any:
        """Return a header, or the default."""
        value = self._raw.get(name.encode("latin-1"))
        return default if value is None else value.decode("latin-1")

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self._raw)

    def __len__(self) -> int:
        return len(self._raw)


def base_url(request: Asked, public_url: str | None) -> str:
    """Return scheme and host under which the client reached this server.

    Raises
    ------
    BadRequestError
        If its ``Host`` header makes no URL.
    """
    if public_url is not None:
        return public_url.rstrip("/")
    host, scope = request.headers.get("host", ""), request.scope
    if not host:
        # HTTP/1.0 may leave it out: then the address of the socket counts.
        name, port = scope.get("server") or ("", None)
        name = f"[{name}]" if ":" in name else name
        host = f"{name}:{port}" if port else name
    elif not is_host(host):
        raise BadRequestError("Host: this header names no host and port.")
    return f"{scope['scheme']}://{host}{scope.get('root_path', '').rstrip('/')}"


@lru_cache(maxsize=256)
def is_host(text: str) -> bool:
    """Tell whether clients can use a ``Host`` header in a URL.

    RFC 3986 allows more in a name: escapes and separators, which no name server
    knows.
    """
    match = _HOST.fullmatch(text)
    if match is None:
        return False
    try:
        if match["ipv6"] is not None:
            IPv6Address(match["ipv6"])
        return int(match["port"] or 0) <= _MAX_PORT
    except ValueError:  # no such address, or thousands of digits
        return False
