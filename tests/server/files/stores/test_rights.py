"""A file URL is its holder's: it opens what they may see at the moment, and no more."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from lsst.daf.butler import Butler

from butlery.server.access import Reader, TokenFile
from butlery.server.files.recipient import Admission
from butlery.server.files.signing import Subject, UrlSigner
from tests.server.access.test_gafaelfawr import Api, api
from tests.server.conftest import require_refused
from tests.server.files.stores.conftest import Start
from tests.server.web import Answer, Web, path_and_query
from tests.support.object_server import ObjectServer
from tests.support.servers import ButleryServer

__all__ = ["api"]

KEY = "a secret of the tests for rights, and long enough"
# Streamed from a disk, streamed from a store, and redirected to one.
OWN = ("local", "s3-proxy", "s3-v4")
RULES = """
[repositories.{label}.access]
admin_groups = ["admins"]
[[repositories.{label}.access.rules]]
prefix = "files/run"
groups = ["team"]
"""
GROUPS = {"alice": ("team", "choir"), "bob": ("choir",), "root": ("admins",)}


@dataclass
class Place:
    """A server that knows its users by tokens."""

    server: ButleryServer
    tokens: TokenFile
    secrets: Mapping[str, str]
    hidden: str
    other: str
    free: str

    def url(self, label: str, user: str = "alice", id_: str | None = None) -> str:
        """Return path and query of a URL that a user is given."""
        answer = self.get_file(label, user, id_)
        assert answer.status == 200, answer.body
        return path_and_query(answer.json["artifact"]["file_info"][0]["url"])

    def get_file(self, label: str, user: str, id_: str | None = None) -> Answer:
        target = f"/api/butler/repo/{label}/v1/get_file/{id_ or self.hidden}"
        return Web(self.server).get(
            target, authorization=f"Bearer {self.secrets[user]}"
        )

    def edit(self, user: str, **changes: Any) -> None:
        """Change what the file says of a user's token."""
        path = self.tokens.path
        tokens = json.loads(path.read_bytes())
        for token in tokens:
            token.update(changes if token["user"] == user else {})
        path.write_text(json.dumps(tokens))


@pytest.fixture(scope="module")
def datasets(folder: Path) -> list[str]:
    """Return two datasets that are the team's, and one that is everybody's."""
    with Butler.from_config(str(folder)) as butler:
        team = butler.query_datasets("image", "files/run")
        free = butler.query_datasets("note_json", "files/direct")
    return [str(ref.id) for ref in (*team[:2], free[0])]


@pytest.fixture(scope="module")
def place(
    start: Start, datasets: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Place:
    tokens = TokenFile(tmp_path_factory.mktemp("tokens") / "tokens.json")
    secrets = {user: tokens.create(user, of, None)[0] for user, of in GROUPS.items()}
    common = f"""
url_signing_key = "{KEY}"
[access]
kind = "tokens"
tokens_file = "{tokens.path}"
"""
    return Place(start(common, RULES), tokens, secrets, *datasets)


@pytest.fixture
def web(place: Place) -> Iterator[Web]:
    """Connect, and leave tokens and log as they were."""
    before = place.tokens.path.read_bytes()
    logged = len(place.server.log_text())
    web = Web(place.server)
    yield web
    web.close()
    place.tokens.path.write_bytes(before)
    assert "internal-error" not in place.server.log_text()[logged:]


@pytest.fixture(params=OWN)
def label(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def require_content(answer: Answer, label: str) -> None:
    assert answer.status == (307 if label == "s3-v4" else 200)
    assert answer.body if label != "s3-v4" else answer.headers["location"]


def missing(web: Web, place: Place, label: str) -> Answer:
    """Return what is said of a file of theirs that is not there."""
    return web.ask("GET", signed(place, label, "0/files/run/nowhere"))


def signed(place: Place, label: str, file: str, **changes: str) -> str:
    """Return a URL as the server would sign it."""
    (token,) = (t for t in place.tokens.tokens() if t.user == "alice")
    reader = Reader("alice", frozenset(), None, token.id)
    signer = UrlSigner(KEY.encode(), 60)
    subject = Subject(changes.get("dataset", place.hidden))
    query = signer.query(label, file, Admission(reader, ()), subject)
    return f"/api/butler/repo/{label}/files/{quote(file)}?{query}"


def test_url_needs_no_other_credentials(web: Web, place: Place, label: str) -> None:
    for user, id_ in (("alice", place.hidden), ("root", place.other)):
        url = place.url(label, user, id_)
        require_content(web.get(url), label)
        assert web.ask("HEAD", url).status == 200
        query = parse_qs(urlsplit(url).query)
        assert query["User"] == [user]
        assert query["Dataset"] == [id_]
        assert "Group" not in query
    assert place.get_file(label, "bob").status == 422


def test_who_left_the_group_finds_nothing_any_more(
    web: Web, place: Place, label: str
) -> None:
    url = place.url(label)
    nothing = missing(web, place, label)
    assert nothing.status == 404
    place.edit("alice", groups=["choir"])
    for method in ("GET", "HEAD"):
        answer = web.ask(method, url)
        assert answer.status == 404
        if method == "GET":
            assert answer.body == nothing.body
    place.edit("alice", groups=["choir", "admins"])
    require_content(web.get(url), label)


def test_revoked_or_expired_token_opens_nothing(
    web: Web, place: Place, label: str
) -> None:
    url = place.url(label)
    place.edit("alice", expires="2020-01-01T00:00:00Z")
    require_refused(web.get(url))
    place.edit("alice", expires=None)
    require_content(web.get(url), label)
    (token,) = (t for t in place.tokens.tokens() if t.user == "alice")
    place.tokens.revoke([token.id])
    for method in ("GET", "HEAD"):
        assert web.ask(method, url).status == 403


def test_file_of_another_dataset_is_not_there(
    web: Web, place: Place, label: str
) -> None:
    url = urlsplit(place.url(label, "alice", place.other))
    file = url.path.partition("/files/")[2]
    require_content(web.get(signed(place, label, file, dataset=place.other)), label)
    answer = web.get(signed(place, label, file, dataset=place.hidden))
    assert (answer.status, answer.body) == (404, missing(web, place, label).body)
    unknown = "00000000-0000-0000-0000-000000000007"
    assert web.get(signed(place, label, file, dataset=unknown)).body == answer.body


def test_url_that_names_nobody_is_refused(web: Web, place: Place, label: str) -> None:
    file = urlsplit(place.url(label)).path.partition("/files/")[2]
    query = UrlSigner(KEY.encode(), 60).query(label, file)
    answer = web.get(f"/api/butler/repo/{label}/files/{quote(file)}?{query}")
    assert answer.status == 403
    assert "names no reader" in answer.detail


@pytest.mark.parametrize("which", ["local", "s3", "s3-v4", "gcs"])
def test_url_of_what_is_not_public_lives_half_an_hour(place: Place, which: str) -> None:
    for id_, seconds in ((place.hidden, 1800), (place.free, 3600)):
        query = parse_qs(urlsplit(place.url(which, "alice", id_)).query)
        assert abs(int(query["Expires"][0]) - time.time() - seconds) < 30
    answer = Web(place.server).get(
        f"/api/butlery/repo/{which}/v1/get_files?id={place.hidden}",
        authorization=f"Bearer {place.secrets['alice']}",
    )
    (file,) = answer.json["items"][0]["files"]
    told = time.mktime(time.strptime(file["expires"], "%Y-%m-%dT%H:%M:%SZ"))
    assert abs(told - time.timezone - time.time() - 1800) < 30


def other_queries(url: str, other: str) -> Iterator[str]:
    """Yield every URL that has a part of the other, or a part made up or left out."""
    path, _, query = url.partition("?")
    theirs, _, their_query = other.partition("?")
    pairs = [pair.partition("=")[::2] for pair in query.split("&")]
    their_pairs = [pair.partition("=")[::2] for pair in their_query.split("&")]
    for number, (name, value) in enumerate(pairs):
        rest = pairs[:number], pairs[number + 1 :]
        changed = [v for n, v in their_pairs if n == name and v != value]
        changed += ["", f"{value}0", value[:-1], f"%20{value}", f"{value}%00"]
        changed += [f"{value}%26User%3Droot", value.swapcase(), value[::-1], "root"]
        if name == "Expires":
            changed += [str(int(value) + n) for n in (-1, 1, 3600, 10**9)]
        for text in changed:
            if text != value:
                yield f"{path}?{joined([*rest[0], (name, text), *rest[1]])}"
        yield f"{path}?{joined([*rest[0], *rest[1]])}"
        yield f"{path}?{joined([*rest[0], (name.lower(), value), *rest[1]])}"
    for extra in (("User", "root"), ("Group", "admins"), ("Token", "1f2e3d4c")):
        yield f"{path}?{joined([extra, *pairs])}"
    yield f"{path}?{joined([*pairs, ('Group', 'admins')])}"
    yield f"{path}?{their_query}"
    yield f"{theirs}?{query}"
    yield path


def other_paths(url: str) -> Iterator[str]:
    """Yield URLs of other files, places and repositories with the same query."""
    path, _, query = url.partition("?")
    folder, _, name = path.rpartition("/")
    root = path.partition("/files/run/")[0]
    for odd in SPELLINGS:
        if odd != "%2f":  # which is the same file in another spelling
            yield f"{folder}/{odd}{name}?{query}"
        yield f"{folder}/{odd}etc/passwd?{query}"
        yield f"{path}/{odd}gen3.sqlite3?{query}"
        yield f"{root}/{odd * 8}etc/passwd?{query}"
    for label in ("local", "s3", "s3-proxy", "s3-v4", "http", "nowhere", "%6c"):
        if f"/repo/{label}/" not in path:
            parts = path.split("/")
            yield f"{'/'.join([*parts[:4], label, *parts[5:]])}?{query}"
    for place in ("1", "00", "outside", "outside-0", "store-0", "-1", "0.0", "", ".."):
        yield f"{path.replace('/files/0/', f'/files/{place}/', 1)}?{query}"


SPELLINGS = (
    "../",
    "..%2f",
    "%2e%2e/",
    "%2e%2e%2f",
    "%252e%252e%252f",
    "..%5c",
    "..%255c",
    "..\\",
    "..%c0%af",
    "%c0%ae%c0%ae/",
    "..%u2215",
    "....//",
    "..;/",
    "..%252f",
    "%2e%2e%5c",
    "%2e.%2f",
    "..%2f..%2f..%2f..%2f..%2f",
    "../../../../../../../../",
    "%25252e%25252e%25252f",
    "..%ef%bc%8f",
    "..%e0%80%af",
    "%f0%80%80%ae%f0%80%80%ae/",
    "./../",
    "%2e./",
    ".%2e/",
    "..%09/",
    "~root/",
    "file:%2f%2f%2f",
    "x/../../../",
    "%2f",
    "%2F%2Fetc/",
    "%00",
)


def joined(pairs: Any) -> str:
    return "&".join(f"{name}={value}" for name, value in pairs)


def test_no_part_of_a_url_can_be_exchanged(
    web: Web, place: Place, store: ObjectServer, label: str
) -> None:
    url = place.url(label)
    other = place.url(label, "root", place.other)
    attacks = list(dict.fromkeys([*other_queries(url, other), *other_paths(url)]))
    assert len(attacks) >= 200
    asked = len(store.asked)
    for attack in attacks:
        if attack in {url, other}:
            continue
        for method in ("GET", "HEAD"):
            require_refused(web.ask(method, attack))
    for method in ("POST", "PUT", "DELETE", "PATCH", "MKCOL", "PROPFIND", "TRACE"):
        answer = web.ask(method, url, headers={"content-length": "0"})
        assert answer.status == 405
        require_refused(answer)
    assert store.asked[asked:] == []
    require_content(web.get(url), label)


@pytest.fixture
def ingress(start: Start, api: Api) -> ButleryServer:
    """Return a server behind an ingress of Gafaelfawr, which is this test."""
    groups = ("team", "choir", *(f"g{n}" for n in range(200)))
    api.users = {
        "a": {"username": "alice", "groups": [{"name": name} for name in groups]},
        "b": {"username": "bob", "groups": [{"name": "choir"}]},
    }
    common = f"""
url_signing_key = "{KEY}"
[access]
kind = "gafaelfawr"
gafaelfawr_url = "{api.url}"
trusted_peers = ["127.0.0.1"]
"""
    return start(common, RULES)


def test_url_behind_an_ingress_says_the_groups_that_matter(
    ingress: ButleryServer, datasets: list[str], label: str, store: ObjectServer
) -> None:
    web = Web(ingress)
    answer = web.get(
        f"/api/butler/repo/{label}/v1/get_file/{datasets[0]}",
        x_auth_request_user="alice",
        x_auth_request_token="a",
    )
    url = path_and_query(answer.json["artifact"]["file_info"][0]["url"])
    query = parse_qs(urlsplit(url).query)
    assert (query["User"], query["Group"]) == (["alice"], ["team"])
    require_content(web.get(url), label)
    asked = len(store.asked)
    for attack in dict.fromkeys([*other_queries(url, url), *other_paths(url)]):
        if attack != url:
            require_refused(web.get(attack))
    assert store.asked[asked:] == []
    # Another process, to which Gafaelfawr has said nothing of them.
    signer = UrlSigner(KEY.encode(), 60)
    file = urlsplit(url).path.partition("/files/")[2]
    for groups, status in ((["team"], {200, 307}), (["choir"], {404}), ([], {404})):
        carol = Admission(Reader("carol", frozenset(groups)), groups)
        made = signer.query(label, file, carol, Subject(datasets[0]))
        target = f"/api/butler/repo/{label}/files/{quote(file)}?{made}"
        assert web.get(target).status in status
    web.close()
