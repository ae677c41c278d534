"""Tokens stand for their users until they expire or are revoked, and no longer."""

import json
import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from butlery.cli import main
from butlery.protocol.errors import UnauthorizedError, UnavailableError
from butlery.server.access import TokenFile
from butlery.server.access.identities import TokenIdentities
from tests.registry.conftest import anyio_backend

__all__ = ["anyio_backend"]

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["token", *arguments])


def test_file_holds_no_token_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    secret, token = TokenFile(path).create("alice", ["b", "a", "b"], None)
    assert secret not in path.read_text()
    assert secret.removeprefix("butlery-") not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    assert TokenFile(path).find(secret, NOW) == token
    assert token.groups == ("a", "b")
    assert TokenFile(path).find(secret + "x", NOW) is None
    assert TokenFile(path).find(token.digest, NOW) is None
    assert TokenFile(path).find("", NOW) is None


def test_expired_and_revoked_tokens_are_refused_at_once(tmp_path: Path) -> None:
    file = TokenFile(tmp_path / "tokens.json")
    secret, token = file.create("alice", [], NOW)
    assert file.find(secret, NOW - timedelta(seconds=1)) == token
    assert file.find(secret, NOW) is None
    other, kept = file.create("bob", [], None)
    # Another process revokes; the server only reads.
    assert TokenFile(file.path).revoke([token.id, "nonsense"]) == [token]
    assert file.find(secret, NOW - timedelta(seconds=1)) is None
    assert file.find(other, NOW) == kept
    file.path.unlink()
    assert file.find(other, NOW) is None


def test_tokens_made_at_once_are_all_there(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"

    def make(number: int) -> None:
        for _ in range(5):
            TokenFile(path).create(f"user{number}", [], None)

    threads = [threading.Thread(target=make, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(TokenFile(path).tokens()) == 20


@pytest.mark.anyio
@pytest.mark.parametrize(
    "content", ["", "{", "[1]", '[{"id": "x"}]', '{"tokens": []}'], ids=repr
)
async def test_broken_file_admits_nobody(tmp_path: Path, content: str) -> None:
    file = TokenFile(tmp_path / "tokens.json")
    secret, _ = file.create("alice", [], None)
    file.path.write_text(content)
    identities = TokenIdentities(file)
    with pytest.raises(UnavailableError, match="cannot check tokens"):
        await identities.identify({b"authorization": f"Bearer {secret}".encode()}, "")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "line",
    [b"", b"Bearer", b"Bearer ", b"Basic dTpw", b"bearer\tx", b"x", b"\xff \xff"],
)
async def test_other_credentials_are_none(tmp_path: Path, line: bytes) -> None:
    identities = TokenIdentities(TokenFile(tmp_path / "tokens.json"))
    with pytest.raises(UnauthorizedError):
        await identities.identify({b"authorization": line}, "127.0.0.1")


def test_command_makes_lists_and_revokes(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    made = run("create", "--file", str(path), "--group", "g_team", "alice")
    assert made.exit_code == 0
    secret = made.stdout.strip()
    assert re.fullmatch(r"butlery-[\w-]{43}", secret)
    (token,) = TokenFile(path).tokens()
    assert token.expires is not None
    left = token.expires - datetime.now(UTC)
    assert timedelta(days=89) < left <= timedelta(days=90)
    listed = run("list", "--file", str(path))
    assert token.id in listed.stdout
    assert "alice" in listed.stdout
    assert secret not in listed.stdout
    assert json.loads(path.read_text())[0]["user"] == "alice"
    revoked = run("revoke", "--file", str(path), token.id)
    assert (revoked.exit_code, revoked.stdout) == (0, f"{token.id}: revoked\n")
    again = run("revoke", "--file", str(path), token.id)
    assert (again.exit_code, again.stdout) == (1, f"{token.id}: no such token\n")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("alice", "--expires", "soon"), "neither a duration"),
        (("alice", "--expires", "2020-01-01"), "in the past"),
        (("",), "no name"),
        (("a/b",), "no name"),
        (("alice", "--group", "x y"), "no name"),
    ],
)
def test_mistakes_are_named(
    tmp_path: Path, arguments: tuple[str, ...], problem: str
) -> None:
    path = tmp_path / "tokens.json"
    outcome = run("create", "--file", str(path), *arguments)
    assert outcome.exit_code == 2
    assert problem in outcome.stderr
    assert not path.exists()


def test_file_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.write_text("nonsense")
    for command in (("list",), ("revoke", "x"), ("create", "alice")):
        outcome = run(command[0], "--file", str(path), *command[1:])
        assert outcome.exit_code == 1
        assert f"{path} is no token file" in outcome.stderr
    assert path.read_text() == "nonsense"
