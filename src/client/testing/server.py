"""The fake server as tests have it: where it is, what it was asked, how it fails."""

from collections import deque
from collections.abc import Mapping
from importlib.resources import files
from threading import Thread
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec

from ..universe import Universe
from .answers import Answers, uuid_of
from .batches import BatchAnswers
from .content import Content
from .filling import Filled
from .refusals import RefusedError
from .routes import Routes
from .searches import by_id
from .serving import Reply, Server, file_reply

_LABEL = "fake"
_FILES = "/files/"
_JSON: Mapping[str, str] = {"content-type": "application/json"}


class Asked(msgspec.Struct, frozen=True):
    """A request that came.

    Parameters
    ----------
    method
        Of HTTP.
    path
        With what follows a question mark.
    headers
        By name in lower case.
    body
        As it came.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return msgspec.json.decode(self.body)


class FakeButlerServer(Filled):
    """A Butler server in a thread, with contents of a test's making.

    ``with FakeButlerServer() as server`` starts and stops it; contents may be added
    while it runs.

    Attributes
    ----------
    requests
        All that came, the oldest first.
    """

    def __init__(self) -> None:
        document = files(__package__).joinpath("universe.json").read_bytes()
        universe = msgspec.json.decode(document)
        self.requests: list[Asked] = []
        super().__init__(Content(Universe.from_wire(universe)))
        self._server = Server(self)
        answers = Answers(self._content, universe, self._root + _FILES.rstrip("/"))
        self._routes = Routes(_LABEL, answers, BatchAnswers(self._content, answers))
        self._failures: deque[Reply] = deque()

    @property
    def url(self) -> str:
        """URL of the repository, for `Butler`."""
        return f"{self._root}/api/butler/repo/{_LABEL}"

    @property
    def _root(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> Self:
        """Begin to answer."""
        Thread(
            target=self._server.serve_forever, args=(0.02,), name=_LABEL, daemon=True
        ).start()
        return self

    def stop(self) -> None:
        """Answer no more, and end all connections."""
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def fail_next(
        self,
        status: int,
        times: int = 1,
        *,
        retry_after: int | None = None,
        detail: str = "as the test wants it",
    ) -> None:
        """Answer what comes next with an error, whatever it is.

        Parameters
        ----------
        status
            Of HTTP.
        times
            So many requests.
        retry_after
            Seconds that the answer asks to wait.
        detail
            What it says.
        """
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        reply = _document(status, {"detail": detail}, headers)
        self._failures.extend([reply] * times)

    def reply(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> Reply:
        """Return the answer to a request; the thread of a connection calls it."""
        with self._lock:
            self.requests.append(Asked(method, target, headers, body))
            if self._failures:
                return self._failures.popleft()
            try:
                if target.startswith(_FILES):
                    return self._file(target, headers)
                return _document(200, self._routes.answer(method, target, body))
            except RefusedError as refused:
                return _document(refused.status, refused.body)
            except Exception as error:  # noqa: BLE001 - a test must see it
                return _document(500, {"detail": f"the fake server failed: {error!r}"})

    def _file(self, target: str, headers: dict[str, str]) -> Reply:
        which = urlsplit(target).path.removeprefix(_FILES).partition("/")[0]
        found = by_id(self._content, uuid_of(which))
        return file_reply(found.content, found.etag, headers)


def _document(
    status: int, body: Any, headers: Mapping[str, str] | None = None
) -> Reply:
    told = {**_JSON, **(headers or {})}
    return Reply(status, msgspec.json.encode(body), told)
