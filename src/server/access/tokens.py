"""Tokens of a lab's own: a file of hashes, and who they stand for.

A token is shown once, when it is made. What the file holds is its SHA-256: a token has
256 random bits, so that nothing slower is needed against guessing.
"""

import json
import os
import secrets
from collections.abc import Iterable
from contextlib import contextmanager
from datetime import UTC, datetime
from fcntl import LOCK_EX, flock
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "butlery-"


class Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a token.

    Parameters
    ----------
    id
        Names it to operators; no secret.
    digest
        SHA-256 of the token, hexadecimal.
    user, groups
        For whom it stands.
    created, expires
        In UTC; without ``expires`` it lasts until it is revoked.
    service
        Which has it and asks in the user's name, if one has.
    """

    id: str
    digest: str
    user: str
    groups: tuple[str, ...]
    created: datetime
    expires: datetime | None = None
    service: str | None = None


_decode = msgspec.json.Decoder(list[Token]).decode


class TokenFileError(Exception):
    """A token file cannot be used; the text is one line."""


class TokenFile:
    """The tokens of one server, or of several that share a file.

    Parameters
    ----------
    path
        The file; it need not exist.

    Attributes
    ----------
    path
        The same.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_at: tuple[int, int, int] | None = None
        self._by_digest: dict[str, Token] = {}
        self._by_id: dict[str, Token] = {}
        self._version = 0

    @property
    def version(self) -> int:
        """Another number whenever the file has changed; it is looked at each time.

        Raises
        ------
        TokenFileError
            If the file cannot be read.
        """
        self._refresh()
        return self._version

    def find(self, token: str, now: datetime) -> Token | None:
        """Return what a token stands for, or `None` if it is not, or no longer, valid.

        The file is looked at each time, so that a revoked token is refused at once.

        Raises
        ------
        TokenFileError
            If the file cannot be read.
        """
        self._refresh()
        return _valid(self._by_digest.get(_digest(token)), now)

    def with_id(self, id_: str, now: datetime) -> Token | None:
        """Return what an id stands for, or `None` if that is not, or no longer, valid.

        Raises
        ------
        TokenFileError
            If the file cannot be read.
        """
        self._refresh()
        return _valid(self._by_id.get(id_), now)

    def tokens(self) -> list[Token]:
        """Return all tokens, the oldest first.

        Raises
        ------
        TokenFileError
            If the file cannot be read.
        """
        self._refresh()
        return sorted(self._by_digest.values(), key=lambda token: token.created)

    def create(
        self,
        user: str,
        groups: Iterable[str],
        expires: datetime | None,
        service: str | None = None,
    ) -> tuple[str, Token]:
        """Make a token; return it, which nobody can do again, and what is known of it.

        Raises
        ------
        TokenFileError
            If the file cannot be read or written.
        """
        secret = _PREFIX + secrets.token_urlsafe(32)
        token = Token(
            secrets.token_hex(4),
            _digest(secret),
            user,
            tuple(sorted(set(groups))),
            datetime.now(UTC).replace(microsecond=0),
            expires,
            service,
        )
        with self._changing() as tokens:
            tokens.append(token)
        return secret, token

    def revoke(self, ids: Iterable[str]) -> list[Token]:
        """Remove tokens by their ids; return those that there were.

        Raises
        ------
        TokenFileError
            If the file cannot be read or written.
        """
        wanted = set(ids)
        with self._changing() as tokens:
            removed = [token for token in tokens if token.id in wanted]
            tokens[:] = [token for token in tokens if token.id not in wanted]
        return removed

    def _refresh(self) -> None:
        try:
            status = os.stat(self.path)  # noqa: PTH116 - several times as fast
            read_at = (status.st_mtime_ns, status.st_size, status.st_ino)
            if read_at == self._read_at:
                return
            tokens = _decode(self.path.read_bytes())
        except FileNotFoundError:
            self._adopt(None, [])
            return
        except (OSError, msgspec.MsgspecError) as error:
            self._adopt(None, [])
            raise TokenFileError(f"{self.path} is no token file: {error}") from error
        self._adopt(read_at, tokens)

    def _adopt(
        self, read_at: tuple[int, int, int] | None, tokens: Iterable[Token]
    ) -> None:
        self._read_at = read_at
        self._by_digest = {token.digest: token for token in tokens}
        self._by_id = {token.id: token for token in self._by_digest.values()}
        self._version += 1

    @contextmanager
    def _changing(self) -> "Iterator[list[Token]]":
        """Lock the file, and replace it as a whole: a killed command loses nothing."""
        folder = self.path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / f".{self.path.name}.lock").open("a") as lock:
                flock(lock, LOCK_EX)
                self._read_at = None
                tokens = self.tokens()
                yield tokens
                content = json.loads(msgspec.json.encode(tokens))
                with NamedTemporaryFile("w", dir=folder, delete=False) as file:
                    json.dump(content, file, indent=1)
                    file.flush()
                    os.fsync(file.fileno())
                Path(file.name).replace(self.path)
        except OSError as error:
            raise TokenFileError(f"{self.path}: {error.strerror}") from error


def _valid(token: Token | None, now: datetime) -> Token | None:
    if token is None or (token.expires is not None and token.expires <= now):
        return None
    return token


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
