"""The server's configuration: one TOML file, decoded strictly.

Unknown keys are refused: nothing is overridden silently, and nothing that a client
sends is configuration.
"""

import re
import secrets
from pathlib import Path
from typing import Annotated

import msgspec

from ..protocol.service import AuthenticationMode
from ..registry import RepositoryError

Label = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
PollSeconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
PositiveInt = Annotated[int, msgspec.Meta(ge=1)]

MIN_KEY_CHARACTERS = 32


class RepositorySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one repository is served.

    Parameters
    ----------
    uri
        Directory, file or URI of its ``butler.yaml``, or a label of the
        repository index.
    poll_seconds
        How often PostgreSQL is asked whether anything changed; 0: before every
        answer. SQLite is always asked before every answer.
    outside_roots
        Folders outside the datastore roots whose files may be handed out: targets
        of ``direct`` ingests and of symbolic links.
    """

    uri: str
    poll_seconds: PollSeconds = 1.0
    outside_roots: tuple[str, ...] = ()


class ServerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the server can be told.

    Parameters
    ----------
    repositories
        By label, the name in URLs.
    public_url
        Scheme and host under which clients reach the server; by default those of
        each request.
    trusted_proxies
        Peers whose ``X-Forwarded-Proto`` counts, as a comma-separated list.
    configs_directory
        Folder served below ``/api/butler/configs/``, for repository indexes.
    authentication
        What ``butler.yaml`` tells the client to send.
    url_lifetime_seconds
        How long a file URL works.
    url_signing_key
        Secret for file URLs; by default new at each start, so that older URLs die.
    """

    repositories: dict[Label, RepositorySettings]
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8080
    workers: PositiveInt = 1
    public_url: str | None = None
    trusted_proxies: str = "127.0.0.1"
    configs_directory: str | None = None
    authentication: AuthenticationMode = "rubin_science_platform"
    url_lifetime_seconds: PositiveInt = 3600
    url_signing_key: Annotated[str, msgspec.Meta(min_length=MIN_KEY_CHARACTERS)] = (
        msgspec.field(default_factory=lambda: secrets.token_urlsafe(32))
    )

    def __post_init__(self) -> None:
        """Check what types cannot say."""
        if not self.repositories:
            raise ValueError("no repository is configured")
        if self.public_url and not re.match(r"https?://[^/]+", self.public_url):
            raise ValueError("public_url must start with http:// or https://")


def load_config(path: Path) -> ServerConfig:
    """Read a TOML file; relative paths in it start from its folder.

    Raises
    ------
    RepositoryError
        If it cannot be read, naming the key that is wrong.
    """
    try:
        config = msgspec.toml.decode(path.read_bytes(), type=ServerConfig)
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        raise RepositoryError(f"{path}: {error}") from error
    folder = path.resolve().parent
    repositories = {
        label: msgspec.structs.replace(
            settings,
            uri=_from(folder, settings.uri),
            outside_roots=tuple(str(folder / o) for o in settings.outside_roots),
        )
        for label, settings in config.repositories.items()
    }
    configs = config.configs_directory
    return msgspec.structs.replace(
        config,
        repositories=repositories,
        configs_directory=configs and str(folder / configs),
    )


def _from(folder: Path, uri: str) -> str:
    """Return ``uri``, or the path of the file that it names beside the TOML file."""
    beside = folder / uri
    return str(beside) if "://" not in uri and beside.exists() else uri
