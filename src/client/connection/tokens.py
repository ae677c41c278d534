"""Which token goes to which host.

The variables are the stock client's. A token leaves this process only for the host it
is meant for, and never with a redirect to another.
"""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

from .urls import host_of

ANY_HOST = "BUTLER_RUBIN_ACCESS_TOKEN"
RUBIN_HOSTS = ("*.lsst.cloud", "*.slac.stanford.edu")
CADC_HOSTS = (
    "*.cadc-ccda.hia-hia.nrc-cnrc.gc.ca",
    "*.canfar.net",
    "host.docker.internal",
)


_NAME = re.compile(r"[a-z0-9.-]+")


def find_token(url: str, mode: str, environ: Mapping[str, str]) -> str | None:
    """Return the token for a server, if the environment has one.

    Parameters
    ----------
    url
        Of the server.
    mode
        How it authenticates: ``rubin_science_platform`` or ``cadc``.
    environ
        Variables.
    """
    host = host_of(url)
    if mode == "cadc":
        return environ.get("CADC_TOKEN") if is_of_cadc(url) else None
    for_any = environ.get(ANY_HOST)
    if for_any:
        return for_any
    return environ.get("ACCESS_TOKEN") if is_any_of(host, RUBIN_HOSTS) else None


def is_of_cadc(url: str) -> bool:
    """Tell whether a token of CADC may be sent there."""
    return is_any_of(host_of(url), CADC_HOSTS)


def is_any_of(host: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether a host name fits one of some patterns."""
    if _NAME.fullmatch(host) is None:  # an address with a zone, or nonsense
        return False
    return any(fnmatchcase(host, pattern) for pattern in patterns)
