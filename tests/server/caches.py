"""Caches as RFC 9111 allows them: they keep, and give again, all that they may.

Without a word about it, an answer may be kept and taken for fresh (4.2.2): these do.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from tests.server.web import Answer

_NOTHING: Mapping[str, str] = MappingProxyType({})
_CACHEABLE = frozenset({200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501})
Fetch = Callable[[str, Mapping[str, str]], Answer]


def directives(answer: Answer) -> set[str]:
    words = answer.headers.get("cache-control", "").split(",")
    return {word.strip().partition("=")[0] for word in words}


class PrivateCache:
    """The cache of one user.

    Attributes
    ----------
    spared
        Answers that the server did not send again.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._kept: dict[str, Answer] = {}
        self.spared = 0

    def may_keep(self, answer: Answer, headers: Mapping[str, str]) -> bool:
        """RFC 9111, 3, for a private cache."""
        del headers
        return answer.status in _CACHEABLE and "no-store" not in directives(answer)

    def get(self, target: str, headers: Mapping[str, str] = _NOTHING) -> Answer:
        kept = self._kept.get(target)
        if kept is None:
            return self._fetch_and_keep(target, headers)
        if not directives(kept) & {"no-cache", "must-revalidate"}:
            self.spared += 1
            return kept
        if "etag" not in kept.headers:
            return self._fetch_and_keep(target, headers)
        asked = {**headers, "if-none-match": kept.headers["etag"]}
        answer = self._fetch(target, asked)
        if answer.status != 304:
            return self._keep(target, headers, answer)
        self.spared += 1
        fresh = replace(kept, headers={**kept.headers, **answer.headers})
        return self._keep(target, headers, fresh)

    def _fetch_and_keep(self, target: str, headers: Mapping[str, str]) -> Answer:
        return self._keep(target, headers, self._fetch(target, headers))

    def _keep(self, target: str, headers: Mapping[str, str], answer: Answer) -> Answer:
        if self.may_keep(answer, headers):
            self._kept[target] = answer
        else:
            self._kept.pop(target, None)
        return answer


class SharedCache(PrivateCache):
    """A proxy that all users pass."""

    def __init__(self, ask: Callable[[str, str, Mapping[str, str]], Answer]) -> None:
        super().__init__(lambda target, headers: ask("GET", target, headers))

    def may_keep(self, answer: Answer, headers: Mapping[str, str]) -> bool:
        """RFC 9111, 3 and 3.5, for a shared cache."""
        found = directives(answer)
        if "private" in found:
            return False
        if "authorization" in headers and not found & {
            *("must-revalidate", "public", "s-maxage"),
        }:
            return False
        return super().may_keep(answer, headers)

    def fetch(self, target: str, headers: Mapping[str, str]) -> Answer:
        """Answer a cache that stands before this one, also whether its answer holds."""
        plain = {n: v for n, v in headers.items() if n != "if-none-match"}
        answer = self.get(target, plain)
        tag = headers.get("if-none-match")
        if tag is not None and answer.headers.get("etag") == tag:
            return replace(answer, status=304, body=b"")
        return answer
