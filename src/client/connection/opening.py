"""Opens a repository: one request, for its configuration."""

from collections.abc import Mapping
from typing import Any

from ..errors import ButlerConfigurationError
from .address import find_configuration
from .fetching import fetch_text
from .messages import Call
from .session import Session
from .texts import parse_mapping
from .tokens import find_token
from .urls import gives_up_encryption, has_user, is_of_web, place_of

_MODES = ("rubin_science_platform", "cadc")


def open_session(
    name: str, access_token: str | None, environ: Mapping[str, str]
) -> Call[Session]:
    """Return a session of a repository.

    Parameters
    ----------
    name
        A label, or a URL of a repository or its configuration.
    access_token
        In place of those of the environment.
    environ
        Variables.

    Raises
    ------
    ButlerConfigurationError
        If there is no repository under that name.
    ButlerServerError
        If its configuration cannot be had.
    """
    place = yield from find_configuration(name, environ)
    text = yield from fetch_text(place)
    shown = place_of(place)
    section = _section(parse_mapping(text, shown), shown)
    mode = section.get("authentication", _MODES[0])
    if mode not in _MODES:
        raise ButlerConfigurationError(
            f"{shown}: authentication {mode!r} is unknown; known are {_MODES}"
        )
    url = str(section.get("url", "<butlerRoot>"))
    url = url.replace("<butlerRoot>", place.partition("?")[0].rpartition("/")[0])
    _require_server(url, place)
    token = access_token or find_token(url, mode, environ)
    return Session(url, token, cadc=mode == "cadc")


def _require_server(url: str, place: str) -> None:
    """Refuse what is no server, or would give up encryption."""
    named, at = place_of(url), place_of(place)
    if not is_of_web(url) or has_user(url):
        raise ButlerConfigurationError(f"{at}: {named!r} is no URL of a server")
    if gives_up_encryption(place, url):
        raise ButlerConfigurationError(f"{at}: {named!r} is not encrypted")


def _section(configuration: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    section = configuration.get("remote_butler")
    if isinstance(section, dict):
        return section
    raise ButlerConfigurationError(
        f"{place} is not of a Butler server but of a repository that is opened "
        "directly: use lsst.daf.butler for it, or 'butlery serve' to share it"
    )
