"""Reads what lies at a URL: files, and documents that need no token.

Redirects are followed by hand: to http and https only, never from the one that is
encrypted to the one that is not, and no token goes along to another server.
"""

from collections.abc import Callable, Mapping
from urllib.parse import urljoin
from uuid import uuid4

from ..errors import ButlerConfigurationError, ButlerServerError
from ..version import user_agent
from .failures import failure
from .limits import ANSWER_SECONDS, MOST_REDIRECTS
from .messages import BodyError, Bytes, Call, Headers, Reply, Request, Sink
from .urls import gives_up_encryption, is_of_web, origin_of, place_of

_MOST_DOCUMENT_BYTES = 2**20  # one of YAML takes seconds
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def fetch(
    url: str,
    *,
    method: str = "GET",
    token: str | None = None,
    headers: Headers | None = None,
    sink: Callable[[int, Mapping[str, str]], Sink] | None = None,
    seconds: float = ANSWER_SECONDS,
    sink_blocks: bool = False,
    is_first: bool = False,
) -> Call[Reply]:
    """Return the answer to a request for a file, of any status but a redirect.

    Parameters
    ----------
    url
        Of http or https.
    token
        For the server of this URL.
    headers
        More of them, or what makes them; see `Request`.
    sink
        Takes a good body.
    seconds
        For each of the places that it leads to.

    Raises
    ------
    ButlerServerError
        If it leads elsewhere than it may, or nobody answers.
    """
    started = url
    for _ in range(MOST_REDIRECTS + 1):
        require_web(url, started)
        request = Request(
            method,
            url,
            request_id=str(uuid4()),
            headers=_headers(headers, token),
            sink=sink,
            seconds=seconds,
            sink_blocks=sink_blocks,
            is_first=is_first,
        )
        reply: Reply = yield request
        target = reply.headers.get("location")
        if reply.status not in _REDIRECTS or target is None:
            return reply
        following = _joined(url, target)
        if origin_of_next(url, following) != origin_of(url):
            token = None
        url = following
    raise _refused(started, "leads from place to place without end")


def fetch_text(url: str) -> Call[str]:
    """Return a small document that everybody may read.

    Raises
    ------
    ButlerConfigurationError
        If it is none.
    ButlerServerError
        If it is not handed out.
    """
    try:
        reply = yield from fetch(
            url, sink=lambda *_: Bytes(_MOST_DOCUMENT_BYTES), is_first=True
        )
    except BodyError as error:
        raise ButlerConfigurationError(f"{place_of(url)}: {error}") from error
    if reply.status != 200:  # noqa: PLR2004 - OK
        raise failure(reply, Request("GET", url, request_id="none"))
    try:
        text: str = reply.body.decode()
    except UnicodeDecodeError as error:
        raise ButlerConfigurationError(
            f"{place_of(url)} is no text in UTF-8"
        ) from error
    return text


def require_web(url: str, started: str) -> None:
    """Refuse a URL that leads to anything but a server of the web.

    Raises
    ------
    ButlerServerError
        If it does.
    """
    if not is_of_web(url) or any(c <= " " or c == "\x7f" for c in url):
        raise _refused(
            started, f"leads to {place_of(url)!r}, which is no place in the web"
        )


def origin_of_next(url: str, following: str) -> tuple[str, str, int | None]:
    """Return the origin of a redirect's target.

    Raises
    ------
    ButlerServerError
        If it gives up encryption, or is no URL.
    """
    require_web(following, url)
    if gives_up_encryption(url, following):
        raise _refused(url, f"leads to {place_of(following)!r}, which is not encrypted")
    return origin_of(following)


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError as error:
        raise _refused(url, "leads to what is no URL") from error


def _headers(more: Headers | None, token: str | None) -> Headers:
    headers = {"user-agent": user_agent(), "accept-encoding": "identity"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    if callable(more):
        return lambda: {**headers, **more()}
    return {**headers, **(more or {})}


def _refused(url: str, why: str) -> ButlerServerError:
    return ButlerServerError(f"{place_of(url)} {why}", client_request_id="none")
