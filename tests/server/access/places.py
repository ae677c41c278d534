"""Repositories with collections of several owners, served in this process."""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from litestar import Litestar

from butlery.cache import Policy
from butlery.server import RepositorySettings, ServerConfig
from butlery.server.access import Guard
from butlery.server.app import create_app
from butlery.server.caching import Cached
from butlery.server.config import (
    AccessSettings,
    PolicySettings,
    QuerySettings,
    RepositoryAccessSettings,
)
from butlery.server.cut_requests import CutRequests
from butlery.server.direct import Direct
from butlery.server.observed import Observed
from butlery.server.serving import Serving
from tests.server.direct.test_direct import ask
from tests.server.web import Answer

STOCK = "/api/butler/repo/repo/v1"
OWN = "/api/butlery/repo/repo/v1"
_NOTHING: Mapping[str, str] = MappingProxyType({})
_KEY = "k" * 32

_SIGNED = re.compile(rb"(?:User=[^\"]*?&)?Signature=[^&\"]*&Expires=[0-9]+")
_TIME = re.compile(rb'"expires":"[^"]*"')


class Place:
    """A server in this process.

    Parameters
    ----------
    root
        The repository, of which `permanent` collections are permanent.
    access, rules
        Who asks, and what they see.
    settings
        More of the repository's.
    """

    def __init__(
        self,
        root: Path,
        access: AccessSettings,
        rules: RepositoryAccessSettings,
        permanent: tuple[str, ...] = (),
        **settings: Any,
    ) -> None:
        if permanent:
            all_else = ("*",)
            policy = PolicySettings(Policy.PERMANENT, permanent, all_else, all_else)
            settings["policies"] = (policy,)
        repository = RepositorySettings(uri=str(root), access=rules, **settings)
        config = ServerConfig(
            repositories={"repo": repository},
            url_signing_key=_KEY,
            access=access,
            queries=QuerySettings(workers=1, workers_per_user=1),
        )
        self.serving = Serving.from_config(config)
        self.app: Litestar = create_app(config, self.serving)
        plain = Observed(Cached(CutRequests(self.app)), self.serving.tally)
        direct = Direct(plain, self.serving, None)
        self._guarded = Guard.from_settings(
            direct, access, self.serving.identities, self.serving.tally
        )

    @classmethod
    @asynccontextmanager
    async def opened(cls, *arguments: Any, **options: Any) -> AsyncIterator["Place"]:
        """Serve while the context lasts; what is given is as for the class."""
        place = cls(*arguments, **options)
        async with place.serving.open():
            yield place

    def forget(self) -> None:
        """Let nothing have been asked before."""
        repository = self.serving.repositories["repo"].repository
        repository.answers.generations.move_all("test", permanent=True)

    async def ask(
        self,
        token: str,
        method: str,
        path: str,
        body: Any = None,
        more: Mapping[str, str] = _NOTHING,
    ) -> Answer:
        headers = {"x-auth-request-user": "somebody", **more}  # as anybody can say
        if token:
            headers["authorization"] = f"Bearer {token}"
        data = b""
        if body is not None:
            headers["content-type"] = "application/json"
            data = json.dumps(body).encode()
        return await ask(self._guarded, method, path, headers, data)


def by_uuid(ids: Sequence[UUID]) -> Iterator[tuple[str, str, Any]]:
    """Yield requests to every route that UUIDs can be given to."""
    for id_ in ids:
        yield "GET", f"{STOCK}/dataset/{id_}", None
        yield "GET", f"{STOCK}/dataset/{id_}?dimension_records=true", None
        yield "GET", f"{STOCK}/get_file/{id_}", None
        yield "GET", f"{STOCK}/dataset/{id_}/download", None
        yield "GET", f"{OWN}/get_files?ids={id_}", None
    texts = [str(id_) for id_ in ids]
    yield "POST", f"{STOCK}/datasets", {"dataset_ids": texts}
    yield "POST", f"{STOCK}/file_transfer", {"dataset_ids": texts}
    yield "POST", f"{OWN}/get_files", {"items": [{"id": text} for text in texts]}


def unsigned(text: bytes) -> bytes:
    """Return a body without what is different in each: signatures and moments."""
    return _TIME.sub(b"", _SIGNED.sub(b"", text))
