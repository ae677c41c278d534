"""Opens a repository for calls."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..connection.messages import Call
from ..connection.opening import open_session
from .defaults import Defaults
from .repository import Repository

if TYPE_CHECKING:
    from ..readers import Readers


def open_repository(
    name: str,
    access_token: str | None,
    environ: Mapping[str, str],
    defaults: Defaults,
    readers: "Readers | None",
) -> Call[Repository]:
    """Return the repository of a label or URL; see `open_session`."""
    session = yield from open_session(name, access_token, environ)
    return Repository(session, defaults, readers)
