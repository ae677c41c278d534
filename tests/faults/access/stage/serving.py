"""A server that asks for tokens, and those who have some."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from butlery.server.access import TokenFile
from tests.support.servers import HOST, ButleryServer

RULES = """
[repositories.repo.access]
admin_groups = ["admins"]
"""


def configure(root: Path, folder: Path, *, top: str = "", rules: str = RULES) -> Path:
    """Write a server's configuration, and return it; tokens lie beside it."""
    folder.mkdir(exist_ok=True)
    config = folder / "server.toml"
    config.write_text(f"""{top}
[access]
kind = "tokens"
tokens_file = "tokens.json"
[repositories.repo]
uri = "{root}"
{rules}""")
    return config


def token_file(config: Path) -> TokenFile:
    return TokenFile(config.parent / "tokens.json")


def make_tokens(
    config: Path, groups: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, str]]:
    """Return, by user, a token and its id."""
    tokens = token_file(config)
    made = {user: tokens.create(user, of, None) for user, of in groups.items()}
    return {user: (secret, token.id) for user, (secret, token) in made.items()}


def write_tokens(config: Path, users: Iterable[str]) -> dict[str, str]:
    """Write a whole file of tokens: one command for each would write it each time."""
    secrets = {user: f"butlery-{sha256(user.encode()).hexdigest()}" for user in users}
    groups: list[str] = []
    entries = [
        {
            "id": f"{number:08x}",
            "digest": sha256(secret.encode()).hexdigest(),
            "user": user,
            "groups": groups,
            "created": datetime.now(UTC).isoformat(),
            "expires": None,
        }
        for number, (user, secret) in enumerate(secrets.items())
    ]
    path = token_file(config).path
    new = path.with_suffix(".new")
    new.write_text(json.dumps(entries))
    new.replace(path)
    return secrets


@contextmanager
def serving(config: Path, *arguments: str) -> Iterator[ButleryServer]:
    """Serve while the context lasts."""
    server = ButleryServer.start(config, arguments=arguments)
    try:
        yield server
    except BaseException:
        server.kill()
        raise
    server.stop()


def message(
    method: str,
    path: str,
    body: object = None,
    *,
    token: str = "",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return a request as it is sent."""
    lines = {"Host": HOST, **(headers or {})}
    if token:
        lines["Authorization"] = f"Bearer {token}"
    data = b""
    if body is not None:
        data = json.dumps(body).encode()
        lines |= {"Content-Type": "application/json", "Content-Length": str(len(data))}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + data
