"""What is sent and what comes back, whichever way it is sent.

A call is a generator: it yields a `Request`, is given the `Reply` (or the error that a
request ended with), and returns its result. Two kinds of connection run calls, one
blocking and one asynchronous, and so each is written once.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias, TypeVar

from .limits import ANSWER_SECONDS, MOST_ANSWER_BYTES

_T = TypeVar("_T")
_NONE: Mapping[str, str] = MappingProxyType({})

Headers: TypeAlias = Mapping[str, str] | Callable[[], Mapping[str, str]]
"""What is sent, or what makes it."""


class Sink(Protocol):
    """Takes the body of one answer, as it comes."""

    def feed(self, chunk: bytes) -> None:
        """Take what comes next.

        Raises
        ------
        BodyError
            If that can be no part of what was asked for.
        Enough
            If nothing more is wanted.
        """

    def close(self) -> Any:
        """Return what the body is; it has ended.

        Raises
        ------
        LostError
            If it cannot be complete.
        """


class LostError(Exception):
    """A connection that gave no whole answer.

    Parameters
    ----------
    reason
        As the library for HTTP has it.
    is_final
        To try again would be no use.
    is_refused
        Nobody listens there, at the moment.
    """

    def __init__(
        self, reason: str, *, is_final: bool = False, is_refused: bool = False
    ) -> None:
        super().__init__(reason)
        self.is_final = is_final
        self.is_refused = is_refused


class BodyError(Exception):
    """The body of an answer is not what it should be, and will not be another time."""


class Enough(Exception):  # noqa: N818 - nothing is wrong
    """A sink has all it wants; what is left of the body is not read."""


class Request:
    """One request, which may be sent more than once.

    Parameters
    ----------
    method
        Of HTTP; all that are sent are idempotent.
    url
        Whole.
    headers
        All that are sent but those of the connection itself; or what makes them, anew
        for each time it is sent: then each time goes on where the last one ended.
    body
        What is sent.
    sink
        Makes what takes the body of a good answer, anew for each time it is sent;
        it is given the answer's status and headers. `None` keeps the bytes.
    seconds
        In which all of it must be over, with all repetitions; of one that goes on
        where it ended, since it last came on.
    sink_blocks
        Whether its sink waits for a disk.
    is_first
        Of all to its server: if nobody listens there, that is soon told.
    """

    __slots__ = (
        "_headers",
        "body",
        "is_first",
        "method",
        "request_id",
        "seconds",
        "sink",
        "sink_blocks",
        "url",
    )

    def __init__(
        self,
        method: str,
        url: str,
        *,
        request_id: str,
        headers: Headers = _NONE,
        body: bytes | None = None,
        sink: Callable[[int, Mapping[str, str]], Sink] | None = None,
        seconds: float = ANSWER_SECONDS,
        sink_blocks: bool = False,
        is_first: bool = False,
    ) -> None:
        self.method = method
        self.url = url
        self.request_id = request_id
        self._headers = headers
        self.body = body
        self.sink = sink
        self.seconds = seconds
        self.sink_blocks = sink_blocks
        self.is_first = is_first

    @property
    def goes_on(self) -> bool:
        """Whether it goes on where it ended, if it is sent again."""
        return callable(self._headers)

    @property
    def headers(self) -> Mapping[str, str]:
        """What is sent this time."""
        return self._headers() if callable(self._headers) else self._headers

    def sink_for(self, status: int, headers: Mapping[str, str]) -> Sink:
        """Return what takes the body of an answer: errors are kept as they are."""
        good = status in {200, 206}
        if self.sink is None or not good:
            return Bytes()
        return self.sink(status, headers)


class Reply:
    """An answer, of any status.

    Parameters
    ----------
    status
        Of HTTP.
    headers
        By name in lower case.
    body
        What the sink made of it; bytes if there was none, or for an error.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: Mapping[str, str], body: Any) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class Together:
    """Calls that do not depend on each other, and run at the same time.

    The answer to it is a list of their results in their order; the first that fails
    ends all.

    Parameters
    ----------
    calls
        Any number; each is begun when its turn comes.
    at_once
        Most that run at the same time.
    """

    __slots__ = ("at_once", "calls")

    def __init__(self, calls: "Sequence[Call[Any]]", at_once: int) -> None:
        self.calls = calls
        self.at_once = at_once


class Work:
    """Something that takes long; where it is done, nothing else waits for it.

    Parameters
    ----------
    do
        Does it; the answer is what it returns.
    """

    __slots__ = ("do",)

    def __init__(self, do: Callable[[], Any]) -> None:
        self.do = do


Call: TypeAlias = Generator[Request | Together | Work, Any, _T]


class Nothing:
    """Wants to know only that there is a body."""

    __slots__ = ()

    def feed(self, chunk: bytes) -> None:
        """Take no more."""
        del chunk
        raise Enough

    def close(self) -> None:
        """Return nothing."""


class Bytes:
    """Keeps a body of bounded size.

    Parameters
    ----------
    most_bytes
        That are kept.
    """

    __slots__ = ("_chunks", "_left")

    def __init__(self, most_bytes: int = MOST_ANSWER_BYTES) -> None:
        self._chunks: list[bytes] = []
        self._left = most_bytes

    def feed(self, chunk: bytes) -> None:
        """Take what comes next."""
        self._left -= len(chunk)
        if self._left < 0:
            raise BodyError("the answer is larger than any should be")
        self._chunks.append(chunk)

    def close(self) -> bytes:
        """Return the whole."""
        return b"".join(self._chunks)
