"""What a client knows of one repository's server, and how it asks it.

Builds requests and understands answers; sends nothing. Calls of any number of threads
or tasks may share one.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast
from urllib.parse import urlencode
from uuid import uuid4

import msgspec

from ..version import user_agent
from .failures import UnusableAnswerError, decoded, failure
from .limits import ANSWER_SECONDS
from .messages import BodyError, Call, Reply, Request, Sink
from .revisions import ASK, Revisions, is_token
from .tokens import is_of_cadc
from .urls import gives_up_encryption, origin_of

_T = TypeVar("_T")

REQUEST_ID = "x-butler-client-request-id"

_MOST_KEPT = 1_000  # definitions


class Session:
    """One repository of one server.

    Parameters
    ----------
    url
        Of the repository, without ``v1``.
    token
        Sent to this server alone, if there is one.
    """

    def __init__(self, url: str, token: str | None, *, cadc: bool = False) -> None:
        self.url = url.rstrip("/")
        self.revisions = Revisions()
        self.has_batches = True
        """Whether many lookups may be asked for at once, as far as is known."""
        self._cadc = cadc
        self._token = token
        self._origin = origin_of(url)
        self._kept: dict[str, tuple[str, Any]] = {}
        self._headers = {"accept-encoding": "gzip", "user-agent": user_agent()}
        if token and not cadc:
            self._headers["authorization"] = f"Bearer {token}"

    def get(self, path: str, kind: type[_T], **query: str) -> Call[_T]:
        """Ask for what a path names, and return it as a type of the protocol."""
        if query:
            path = f"{path}?{urlencode(query)}"
        reply = yield from self.ask("GET", path)
        return decoded(reply, kind)

    def post(
        self,
        path: str,
        body: object,
        kind: type[_T],
        own: bool = False,
    ) -> Call[_T]:
        """Ask with a body, and return the answer as a type of the protocol."""
        reply = yield from self.ask("POST", path, body, own=own)
        return decoded(reply, kind)

    def definition(self, path: str, kind: type[_T]) -> Call[_T]:
        """Ask for what seldom changes: what is known is only asked to be confirmed."""
        etag, known = self._kept.get(path, ("", None))
        more = {"if-none-match": etag} if etag else {}
        accepted = 304 if etag else 200
        reply = yield from self.ask("GET", path, headers=more, accepted=accepted)
        if reply.status == 304:  # noqa: PLR2004 - Not Modified
            return cast("_T", known)  # it was kept under this path
        answer = decoded(reply, kind)
        self._keep(path, reply.headers.get("etag", ""), answer)
        return answer

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        own: bool = False,
        headers: Mapping[str, str] | None = None,
        sink: Callable[[int, Mapping[str, str]], Sink] | None = None,
        seconds: float = ANSWER_SECONDS,
        accepted: int = 200,
    ) -> Call[Reply]:
        """Ask, and return the answer if it is a good one.

        Parameters
        ----------
        accepted
            Another status of good answers.

        Raises
        ------
        ButlerUserError
            If the server tells of one.
        ButlerServerError
            If there is no good answer.
        """
        url = f"{self._base(own)}/v1/{path}"
        content = None if body is None else msgspec.json.encode(body)
        for _ in range(2):
            asked = self.revisions.wanted
            request_id = str(uuid4())
            request = Request(
                method,
                url,
                request_id=request_id,
                headers=self._with(headers, asked, content, request_id),
                body=content,
                sink=sink,
                seconds=seconds,
            )
            try:
                reply: Reply = yield request
            except BodyError as error:
                raise UnusableAnswerError(str(error), request.request_id) from error
            if reply.status != 412 or not asked:  # noqa: PLR2004 - Precondition Failed
                break
            self.revisions.forget()
        self.revisions.saw(reply.headers, asked)
        if reply.status in {accepted, 200}:
            return reply
        raise failure(reply, request)

    def token_for(self, url: str, auth: str) -> str | None:
        """Return the token that goes with the URL of a file.

        A server may ask for it to be sent to itself; for the datastore, only to hosts
        of the data centre that the token is of.
        """
        if auth == "gafaelfawr" and not self._cadc and origin_of(url) == self._origin:
            return self._token
        if auth == "datastore" and self._cadc and is_of_cadc(url):
            return None if gives_up_encryption(self.url, url) else self._token
        return None

    def _base(self, own: bool) -> str:
        if not own:
            return self.url
        before, found, label = self.url.rpartition("/api/butler/repo/")
        return f"{before}/api/butlery/repo/{label}" if found else self.url

    def _with(
        self,
        more: Mapping[str, str] | None,
        asked: str,
        content: bytes | None,
        request_id: str,
    ) -> Mapping[str, str]:
        headers = {**self._headers, REQUEST_ID: request_id}
        if content is not None:
            headers["content-type"] = "application/json"
        if asked:
            headers[ASK] = asked
        if more:
            headers.update(more)
        return headers

    def _keep(self, path: str, etag: str, answer: Any) -> None:
        if not is_token(etag):
            return
        while len(self._kept) >= _MOST_KEPT:
            self._kept.pop(next(iter(self._kept)), None)
        self._kept[path] = etag, answer
