"""What the server says about itself."""

from typing import Literal

import msgspec

AuthenticationMode = Literal["rubin_science_platform", "cadc"]


class RemoteButlerSection(msgspec.Struct, frozen=True):
    """Where the API is, and how the client authenticates."""

    authentication: AuthenticationMode
    url: str = "<butlerRoot>"


class ClientConfig(msgspec.Struct, frozen=True):
    """``butler.yaml`` as the stock client reads it."""

    remote_butler: RemoteButlerSection
    cls: str = "lsst.daf.butler.remote_butler.RemoteButler"


class Metadata(msgspec.Struct, frozen=True):
    """Answer of ``GET /``."""

    name: str
    version: str
    description: str
    repository_url: str
    documentation_url: str


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """Answer of ``GET /health/…``."""

    status: str
    reason: str = ""
