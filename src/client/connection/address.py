"""Where a repository's configuration is: a URL, or a label of the repository index.

As the stock client has it: an index is a mapping of labels to URLs, in YAML or JSON, in
a file or at a URL that ``DAF_BUTLER_REPOSITORY_INDEX`` names, or the text itself in
``DAF_BUTLER_REPOSITORIES``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from ..errors import ButlerConfigurationError
from .fetching import fetch_text
from .messages import Call
from .texts import parse_mapping
from .urls import has_user, is_of_web, place_of

INDEX_PLACE = "DAF_BUTLER_REPOSITORY_INDEX"
INDEX_TEXT = "DAF_BUTLER_REPOSITORIES"


def find_configuration(name: str, environ: Mapping[str, str]) -> Call[str]:
    """Return the URL of a repository's configuration.

    Parameters
    ----------
    name
        A label, or a URL of a repository or its configuration.
    environ
        Variables.

    Raises
    ------
    ButlerConfigurationError
        If it is neither.
    """
    index = yield from known_repositories(environ)
    place = index.get(name, name)
    if place.partition("://")[0].lower() not in {"http", "https"}:
        raise ButlerConfigurationError(_unknown(name, place, index))
    return _configuration_at(place)


def known_repositories(environ: Mapping[str, str]) -> Call[Mapping[str, str]]:
    """Return the repository index: URLs by label; empty if there is none.

    Raises
    ------
    ButlerConfigurationError
        If it cannot be read, or there are two.
    """
    place, text = environ.get(INDEX_PLACE), environ.get(INDEX_TEXT)
    if place and text:
        raise ButlerConfigurationError(
            f"{INDEX_PLACE} and {INDEX_TEXT} are both set: unset one of them"
        )
    if place:
        text = yield from _read(place)
    if not text:
        return {}
    index = parse_mapping(text, "the repository index")
    return {str(label): _url(entry) for label, entry in index.items()}


def _configuration_at(place: str) -> str:
    """Return the URL of the configuration of a repository, or of one."""
    if not is_of_web(place):
        raise ButlerConfigurationError(f"{place_of(place)!r} is no URL of a server")
    if has_user(place):
        raise ButlerConfigurationError(
            "a URL with a user and a password in it is not used here: say who you are "
            "by a token"
        )
    parts = urlsplit(place)
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~")
    if not path.endswith((".yaml", ".json")):
        path = path.rstrip("/") + "/butler.yaml"
    return parts._replace(path=path, fragment="").geturl()


def _read(place: str) -> Call[str]:
    if urlsplit(place).scheme in {"http", "https"}:
        return (yield from fetch_text(place))
    path = Path(place.removeprefix("file://"))
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ButlerConfigurationError(
            f"{INDEX_PLACE}: {place_of(place)} cannot be read: {error}"
        ) from error


def _url(entry: Any) -> str:
    return entry if isinstance(entry, str) else ""


def _unknown(name: str, place: str, index: Mapping[str, str]) -> str:
    shown = place_of(name)
    if name in index:
        return (
            f"the repository index has {place_of(place)!r} for {shown!r}: this client "
            "reads repositories over http and https only; a direct Butler opens folders"
        )
    if index:
        labels = ", ".join(sorted(index))
        return f"{shown!r} is neither a URL nor a label of the index; it has {labels}"
    return (
        f"{shown!r} is no URL; for it to be a label, set {INDEX_PLACE} to the place of "
        f"a repository index, or {INDEX_TEXT} to the text of one"
    )
