"""URLs of servers: what leads to the same one, and what of them may be shown."""

from urllib.parse import SplitResult, urlsplit

from ...protocol.printable import printable

_PORTS = {"http": 80, "https": 443}
_MOST_CHARACTERS = 500  # of what is shown


def host_of(url: str) -> str:
    """Return the name of a URL's host in lower case."""
    return (urlsplit(url).hostname or "").lower()


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Return what two URLs share that lead to the same server (RFC 6454)."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), port_of(parts)


def port_of(parts: SplitResult) -> int | None:
    """Return the port of a URL, which most leave out."""
    return parts.port or _PORTS.get(parts.scheme)


def without_user(url: str) -> str:
    """Return a URL that does not say who asks."""
    if not has_user(url):
        return url
    parts = urlsplit(url)
    return parts._replace(netloc=authority_of(parts)).geturl()


def authority_of(parts: SplitResult) -> str:
    """Return by which name a URL asks its server, without a user's."""
    return parts.netloc.rpartition("@")[2]


def is_of_web(url: str) -> bool:
    """Tell whether a URL leads to a server of http or https."""
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port  # raises if it is none
    except ValueError:
        return False
    return is_web


def has_user(url: str) -> bool:
    """Tell whether a URL says who asks, and perhaps with which password."""
    return "@" in urlsplit(url).netloc


def gives_up_encryption(url: str, following: str) -> bool:
    """Tell whether one URL is encrypted, and one that it leads to is not."""
    return urlsplit(url).scheme == "https" != urlsplit(following).scheme


def place_of(url: str) -> str:
    """Return a URL without what is secret in it: people pass messages on.

    A query signs the URL of a file; before the host there may be a password, which may
    be spelled so badly that it looks like something else. Better too little is shown.
    """
    scheme, mark, rest = url.partition("://")
    if not mark:
        return printable(url.partition("?")[0][:_MOST_CHARACTERS])
    shown, _, query = rest.partition("?")
    if "@" in query and "/" not in shown:
        shown = ""  # a password with a question mark in it
    shown = shown.rpartition("@")[2]
    return printable(f"{scheme}{mark}{shown}"[:_MOST_CHARACTERS])
