"""Where a bucket is, as botocore would reach it."""

from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What all URLs of one bucket have in common.

    Parameters
    ----------
    base
        Scheme, host and path up to the key, with its slash.
    path
        Only that path.
    host
        As HTTP clients send it in ``Host``.
    bucket
        Its name, quoted.
    region, service
        For what version 4 signs; empty in version 2.
    """

    base: str
    path: str
    host: str
    bucket: str
    region: str = ""
    service: str = ""

    @classmethod
    def from_url(
        cls, url: str, bucket: str, key: str, region: str = "", service: str = ""
    ) -> "Endpoint | None":
        """Return the endpoint of a URL that names a quoted key, if it is one."""
        parts = urlsplit(url)
        path = parts.path.removesuffix(key)
        if not parts.path.endswith(f"/{key}"):
            return None
        base = f"{parts.scheme}://{parts.netloc}{path}"
        return cls(base, path, _host(parts), quote(bucket), region, service)


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    if parts.port in {None, _DEFAULT_PORTS.get(parts.scheme)}:
        return host
    return f"{host}:{parts.port}"
