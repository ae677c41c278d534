"""A server whose operator has set no folder has no jobs, and says so."""

import pytest

from butlery.server.config import AccessSettings, RepositoryAccessSettings
from tests.registry.conftest import anyio_backend
from tests.server.access.places import OWN, Place
from tests.support.repositories import RepositoryShelf

__all__ = ["anyio_backend"]

pytestmark = pytest.mark.anyio


_JOB = f"/{'0' * 40}"
_REQUESTS = [
    ("POST", "", {"kind": "execute", "request": {}}),
    ("GET", "", None),
    ("GET", _JOB, None),
    ("DELETE", _JOB, None),
    ("POST", f"{_JOB}/phase", {"phase": "ABORT"}),
]


async def test_what_to_do_is_said(repositories: RepositoryShelf) -> None:
    root = repositories.get("base")
    rules = RepositoryAccessSettings()
    async with Place.opened(root, AccessSettings(), rules) as place:
        for method, path, body in _REQUESTS:
            answer = await place.ask("", method, f"{OWN}/query/jobs{path}", body)
            assert answer.status == 501
            assert "folder in [jobs]" in answer.detail
