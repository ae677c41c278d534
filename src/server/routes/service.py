"""What is open to everybody: client configuration, and what this server is."""

from litestar import get
from litestar.datastructures import State
from litestar.params import FromPath

from ... import __version__
from ...protocol.service import ClientConfig, Metadata, RemoteButlerSection


@get(
    [
        "/api/butler/repo/{repository:str}/butler.yaml",
        "/api/butler/repo/{repository:str}/butler.json",
    ],
    summary="Configuration for the stock client",
    media_type="application/json",
)
async def get_client_config(repository: FromPath[str], state: State) -> ClientConfig:
    """Return the configuration; the same for any label, known or not."""
    del repository
    return ClientConfig(RemoteButlerSection(state.authentication))


@get("/", summary="Name and version")
async def get_metadata() -> Metadata:
    """Return what this server is."""
    return Metadata(
        name="butlery",
        version=__version__,
        description="A Data Butler server built around a cache",
        repository_url="",
        documentation_url="/schema",
    )


HANDLERS = (get_client_config, get_metadata)
