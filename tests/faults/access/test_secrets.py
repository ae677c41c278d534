"""No secret is ever written down: not in logs of any level, metrics, status or help.

Whole lives of servers whose loggers are all open, with everything in the environment
and the configuration that nobody else may know; and then each of it is looked for in
all that was said.
"""

import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from click.testing import CliRunner

from butlery.cli import main
from butlery.registry import RepositoryError
from butlery.server.config import load_config
from tests.faults.access.stage.serving import token_file
from tests.registry.opening import OwnRepository
from tests.server.access.places import OWN, STOCK
from tests.server.access.test_gafaelfawr import Api
from tests.server.conftest import INSERT, quoted, unstored
from tests.server.web import Answer, Web, path_and_query
from tests.support.postgres import free_port
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

_DEFECT = "dead0000-0000-4000-8000-000000000000"
# Opens every logger of a process, and of its workers, before anything is imported; and
# lets one UUID be a defect.
_OPENED = f"""
import logging
import uuid
import structlog
narrow, make = logging.basicConfig, structlog.make_filtering_bound_logger
def wide(**options):
    narrow(**options)
    logging.root.setLevel(logging.DEBUG)
    for handler in logging.root.handlers:
        handler.setLevel(0)
logging.basicConfig = wide
structlog.make_filtering_bound_logger = lambda level: make(0)
begin = uuid.UUID.__init__
def break_off(self, hex=None, *rest, **named):
    if hex == "{_DEFECT}":
        raise KeyError(hex)
    begin(self, hex, *rest, **named)
uuid.UUID.__init__ = break_off
"""
_SIGNING_KEY = "signing-key-that-nobody-else-may-know"
_ADMIN_TOKEN = "admin-token-that-nobody-else-may-know"
_REDIS_PASSWORD = "redis-password-of-nobody-else"
_DATABASE_PASSWORD = "database-password-of-nobody-else"
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAOFTHETESTS",
    "AWS_SECRET_ACCESS_KEY": "s3-secret/key+of-nobody=else",
    "AWS_SESSION_TOKEN": "s3-session-token-of-nobody-else",
    "AWS_EC2_METADATA_DISABLED": "true",
    "PGPASSWORD": _DATABASE_PASSWORD,
}
_SECRET_VARIABLES = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "PGPASSWORD")


class Life:
    """A server's life: what it was told that nobody else may know, and what it said."""

    def __init__(self, server: ButleryServer) -> None:
        self.server = server
        self.secrets = {_SIGNING_KEY, _ADMIN_TOKEN, _REDIS_PASSWORD}
        self.secrets |= {_ENVIRONMENT[name] for name in _SECRET_VARIABLES}
        self.said: list[str] = []
        self.web = Web(server)

    def get(self, path: str, **headers: str) -> Answer:
        """Ask; what is answered must hold no secret but those that it is to give."""
        answer = self.web.get(path, **headers)
        self.said.append(f"{answer.headers} {answer.body!r}")
        return answer

    def check(self) -> None:
        """Look for every secret, however it may be written."""
        everything = {"log": self.server.log_text(), "answers": "\n".join(self.said)}
        assert len(everything["log"]) > 500
        for secret in self.secrets:
            encoded = b64encode(secret.encode()).decode().rstrip("=")
            for form in {secret, quote(secret, safe=""), encoded, repr(secret)[1:-1]}:
                for where, text in everything.items():
                    at = text.find(form)
                    assert at < 0, (where, form, text[max(0, at - 300) : at + 100])


@pytest.fixture
def opened(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which servers say all that they can."""
    folder = tmp_path / "opened"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_OPENED)
    return {**_ENVIRONMENT, "PYTHONPATH": str(folder)}


@contextmanager
def _living(config: Path, environment: dict[str, str]) -> Iterator[Life]:
    server = ButleryServer.start(config, environment=environment)
    life = Life(server)
    try:
        yield life
    except BaseException:
        server.kill()
        raise
    life.web.close()
    server.stop()
    life.check()


def _stored(repositories: RepositoryShelf) -> tuple[OwnRepository, str]:
    """Return a repository, and a dataset of it that has a file."""
    own = OwnRepository(repositories.copy("base"), None, "")
    id_ = unstored(own.root)[0]
    (own.root / "plain.json").write_text("1")
    own.execute(INSERT.format(id=id_.replace("-", ""), path=quoted("plain.json")))
    return own, id_


def _on_s3(root: Path) -> Path:
    """Return a configuration of the repository that looks for its files on S3."""
    text = (root / "butler.yaml").read_text()
    path = root / "cloud.yaml"
    database = f"sqlite:///{root}/gen3.sqlite3"
    text = re.sub(r"sqlite:.*", database, text)
    path.write_text(re.sub(r"root: .*", "root: s3://bucket/folder", text))
    return path


def test_tokens_keys_and_signatures_are_never_told(
    repositories: RepositoryShelf, tmp_path: Path, opened: dict[str, str]
) -> None:
    own, id_ = _stored(repositories)
    admin_port = free_port()
    config = tmp_path / "server.toml"
    config.write_text(f"""
url_signing_key = "{_SIGNING_KEY}"
redis_url = "redis://user:{_REDIS_PASSWORD}@127.0.0.1:{free_port()}/0"
[admin]
port = {admin_port}
token = "{_ADMIN_TOKEN}"
[access]
kind = "tokens"
tokens_file = "tokens.json"
[repositories.repo]
uri = "{own.root}"
[repositories.cloud]
uri = "{_on_s3(own.root)}"
""")
    tokens = token_file(config)
    secret, token = tokens.create("alice", ["team"], None)
    with _living(config, opened) as life:
        life.secrets |= {secret, secret.removeprefix("butlery-")}
        _ask_in_all_ways(life, secret, id_)
        _use_files(life, secret, id_)
        _ask_as_operator(life, admin_port, opened)
        _fail(life, secret)
        tokens.revoke([token.id])
        bearer = f"Bearer {secret}"
        assert life.get(f"{STOCK}/universe", authorization=bearer).status == 401
        tokens.path.write_text("nonsense")
        assert life.get(f"{STOCK}/universe", authorization=bearer).status == 503
    assert '"debug"' in life.server.log_text()


def _ask_in_all_ways(life: Life, secret: str, id_: str) -> None:
    """Show a token where it belongs and where it does not, and others beside it."""
    right = {"authorization": f"Bearer {secret}"}
    for path in ("universe", "dataset_type/bias", f"dataset/{id_}", "nowhere"):
        life.get(f"{STOCK}/{path}", **right)
    assert life.get(f"{STOCK}/universe", **right).status == 200
    wrong = ["butlery-wrong-token-of-somebody", f"{secret}x", secret[:-1]]
    life.secrets |= set(wrong[:1])
    for each in wrong:
        for kind in ("Bearer", "Basic", "bearer", "Token"):
            answer = life.get(f"{STOCK}/universe", authorization=f"{kind} {each}")
            assert answer.status == 401
    for path in (f"{STOCK}/nowhere?token={secret}", f"{OWN}/get_files?token={secret}"):
        life.get(path)
        life.get(path, **right)
    life.get(f"{STOCK}/universe", x_auth_request_token=secret, cookie=f"a={secret}")
    broken = Web(life.server)
    answer = broken.get(
        f"{STOCK}/universe", transfer_encoding="nonsense", **right
    )  # what cannot be read is logged by the HTTP library
    assert answer.status != 500
    broken.close()
    for path in ("/health/ready", "/metrics", "/", "/schema/openapi.json"):
        assert life.get(path).status == 200


def _use_files(life: Life, secret: str, id_: str) -> None:
    """Use URLs that are signed, spoil them, and let the server fail at making one."""
    right = {"authorization": f"Bearer {secret}"}
    for root in (STOCK, STOCK.replace("/repo/repo/", "/repo/cloud/")):
        answer = life.web.get(f"{root}/get_file/{id_}", **right)
        assert answer.status == 200, answer.body
        (file,) = answer.json["artifact"]["file_info"]
        query = urlsplit(file["url"]).query
        signature = next(
            value
            for name, _, value in (part.partition("=") for part in query.split("&"))
            if name in {"Signature", "X-Amz-Signature"}
        )
        life.secrets.add(signature)
        for known in (_SIGNING_KEY, _ENVIRONMENT["AWS_SECRET_ACCESS_KEY"]):
            assert known not in answer.body.decode()
        if not file["url"].startswith(life.server.url):
            continue
        target = path_and_query(file["url"])
        assert life.get(target).status == 200
        assert life.get(target, range="bytes=9-").status == 416
        assert life.get(target.replace("plain", "other")).status == 403
        assert life.get(f"{target}0").status == 403


def _fail(life: Life, secret: str) -> None:
    """Let requests meet a defect: what is logged then is a whole traceback."""
    right = {"authorization": f"Bearer {secret}", "content-type": "application/json"}
    life.web.ask("POST", f"{STOCK}/find_dataset", headers=right, body=b"{")
    for path in (f"get_file/{_DEFECT}", f"dataset/{_DEFECT}/download"):
        assert life.get(f"{STOCK}/{path}?token={secret}", **right).status == 500
    assert life.server.log_text().count("Traceback") >= 2


def _ask_as_operator(life: Life, port: int, opened: dict[str, str]) -> None:
    url = f"http://127.0.0.1:{port}"
    wrong = "wrong-admin-token-of-somebody"
    life.secrets.add(wrong)
    for token, *command in (
        (_ADMIN_TOKEN, "status"),
        (_ADMIN_TOKEN, "status", "--json"),
        (wrong, "invalidate", "repo"),
    ):
        arguments = [*command, "--admin-url", url, "--token", token]
        life.said.append(_butlery(arguments, opened))


def _butlery(arguments: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "butlery", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment, "BUTLERY_ADMIN_TOKEN": _ADMIN_TOKEN},
        check=False,
    )
    return done.stdout + done.stderr


def test_delegated_tokens_are_never_told(
    repositories: RepositoryShelf, tmp_path: Path, opened: dict[str, str]
) -> None:
    api = Api()
    good, wrong = "gt-good-token-of-alice", "gt-wrong-token-of-nobody"
    api.users[good] = {"username": "alice", "groups": [{"name": "team"}]}
    config = tmp_path / "server.toml"
    config.write_text(f"""
[access]
kind = "gafaelfawr"
gafaelfawr_url = "{api.url}"
trusted_peers = ["127.0.0.1"]
[repositories.repo]
uri = "{repositories.get("base")}"
""")
    try:
        with _living(config, opened) as life:
            life.secrets |= {good, wrong}
            for user, token, status in (
                ("alice", good, 200),
                ("bob", good, 403),
                ("alice", wrong, 401),
                ("alice", "", 403),
            ):
                named = {"x_auth_request_user": user, "x_auth_request_token": token}
                for path in ("universe", "dataset_type/bias"):
                    answer = life.get(f"{STOCK}/{path}", **named)
                    assert answer.status == status
            api.status = 500  # and what it says then is no more than its status
            unknown = ["gt-unknown-token-of-alice", "gt-other-token-of-alice"]
            life.secrets |= set(unknown)
            api.users |= {token: {"username": "alice"} for token in unknown}
            for number, token in enumerate(unknown):
                if number:
                    api.stop()
                named = {"x_auth_request_user": "alice", "x_auth_request_token": token}
                assert life.get(f"{STOCK}/universe", **named).status == 503
            assert life.get("/metrics").status == 200
        assert "gafaelfawr-away" in life.server.log_text()
    finally:
        api.stop()


def test_passwords_of_what_cannot_be_reached_are_never_told(
    repositories: RepositoryShelf, tmp_path: Path, opened: dict[str, str]
) -> None:
    root = repositories.copy("base")
    place = f"postgresql://reader:{_DATABASE_PASSWORD}@127.0.0.1:{free_port()}/none"
    path = root / "butler.yaml"
    text = path.read_text()
    line = next(each for each in text.splitlines() if "sqlite:" in each)
    path.write_text(text.replace(line, f"{line.partition(':')[0]}: {place}"))
    said = _butlery(["serve", str(root), "--port", str(free_port())], opened)
    assert "127.0.0.1" in said
    assert _DATABASE_PASSWORD not in said
    config = tmp_path / "server.toml"
    for line in (
        f'url_signing_key = "{_SIGNING_KEY}\nadmin = 3',
        f'url_signing_key = "{_SIGNING_KEY}"\nunknown = 1',
        f'redis_url = "http://user:{_REDIS_PASSWORD}@127.0.0.1/"',
        f'[admin]\nport = "x"\ntoken = "{_ADMIN_TOKEN}"',
        '[admin]\ntoken = "short-secret"',
    ):
        config.write_text(f'{line}\n[repositories.repo]\nuri = "{root}"\n')
        with pytest.raises(RepositoryError) as refused:
            load_config(config)
        said = str(refused.value)
        assert "server.toml" in said
        for secret in (_SIGNING_KEY, _REDIS_PASSWORD, _ADMIN_TOKEN, "short-secret"):
            assert secret not in said, line


def test_help_tells_nothing_of_the_environment() -> None:
    environment = {**_ENVIRONMENT, "BUTLERY_ADMIN_TOKEN": _ADMIN_TOKEN}
    for command in ((), ("serve",), ("status",), ("token", "create"), ("watch",)):
        done = CliRunner().invoke(main, [*command, "--help"], env=environment)
        said = done.output
        assert "Usage:" in said
        for secret in (_ADMIN_TOKEN, *map(_ENVIRONMENT.get, _SECRET_VARIABLES)):
            assert str(secret) not in said
