"""One server over two repositories, one of which has files with odd names."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lsst.daf.butler import Butler

from tests.registry.opening import OwnRepository
from tests.server.web import Answer, Web, path_and_query
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

SIGNING_KEY = "a secret that only these tests know, no longer than that"
SECRET = b"never to be handed out"

CONTENT = bytes(range(256)) * 20
LARGE = bytes(range(251)) * 12_000

# What the record says, which file that is, and what is in it.
ODD_FILES: dict[str, tuple[str, bytes]] = {
    "plain.bin": ("plain.bin", CONTENT),
    "empty.bin": ("empty.bin", b""),
    "large.bin": ("large.bin", LARGE),
    "a b/c d.json": ("a b/c d.json", b"spaces"),
    "Größe ☃.txt": ("Größe ☃.txt", "größe".encode()),
    "100%.txt": ("100%.txt", b"percent"),
    "a%20b.txt": ("a b.txt", b"escaped already"),
    "a+b&c=d;e.txt": ("a+b&c=d;e.txt", b"separators"),
    "what?x=1.txt": ("what?x=1.txt", b"question"),
    'it\'s "quoted" <b>.html': ('it\'s "quoted" <b>.html', b"<script></script>"),
    "some.zip#zip-path=a b c.json": ("some.zip", b"zipped"),
    "r#x/a.txt": ("r#x/a.txt", b"hash in a folder"),
    "r#x/a#b.zip#zip-path=c": ("r#x/a#b.zip", b"hashes everywhere"),
    "a#zip-path=x/y.txt": ("a#zip-path=x/y.txt", b"no fragment"),
}
# Records that must lead nowhere.
TRAPS: dict[str, str] = {
    "parent": "../outside/secret.txt",
    "escaped parent": "%2e%2e/outside/secret.txt",
    "inner parent": "a b/../../outside/secret.txt",
    "symlink": "link.txt",
    "symlinked folder": "linked/secret.txt",
    "absolute": "{outside}/secret.txt",
    "file URI": "file://{outside}/secret.txt",
    "own database": "file://{root}/gen3.sqlite3",
}
NOWHERE: dict[str, str] = {
    "missing": "nowhere.txt",
    "folder": "a b",
    "below a file": "plain.bin/more",
    "too long": "x" * 300,
}


@dataclass(frozen=True)
class Stored:
    """A repository whose records name the files above."""

    own: OwnRepository
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.own.root


def build(repositories: RepositoryShelf, outside: Path) -> Stored:
    """Copy the basic repository, and give some of its datasets other files."""
    stored = Stored(OwnRepository(repositories.copy("base"), None, ""))
    for name, content in ODD_FILES.values():
        path = stored.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    (stored.root / "link.txt").symlink_to(outside / "secret.txt")
    (stored.root / "linked").symlink_to(outside)
    traps = {
        name: place.format(outside=outside, root=stored.root)
        for name, place in TRAPS.items()
    }
    places = {name: name for name in ODD_FILES} | traps | NOWHERE
    for (name, place), id_ in zip(places.items(), unstored(stored.root), strict=False):
        stored.own.execute(INSERT.format(id=id_.replace("-", ""), path=quoted(place)))
        stored.ids[name] = id_
    assert len(stored.ids) == len(places)
    return stored


INSERT = """
INSERT INTO file_datastore_records
  (dataset_id, path, formatter, storage_class, component, checksum, file_size)
VALUES ('{id}', {path}, 'some.Formatter', 'StructuredDataDict',
        '__NULL_STRING__', NULL, -1)
"""


def quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def unstored(root: Path) -> list[str]:
    """Return datasets that have no file yet."""
    with Butler.from_config(str(root)) as butler:
        refs = butler.query_all_datasets("runs/*", find_first=False, limit=None)
        return sorted(str(ref.id) for ref in refs)


@pytest.fixture(scope="session")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with a secret, outside every datastore."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "secret.txt").write_bytes(SECRET)
    return folder


@pytest.fixture(scope="session")
def stored(repositories: RepositoryShelf, outside: Path) -> Stored:
    """Build the repository that is served as `repo`."""
    return build(repositories, outside)


@pytest.fixture(scope="session")
def trusting(repositories: RepositoryShelf, outside: Path) -> Stored:
    """Build the repository that is served as `trusting`: its outside is allowed."""
    return build(repositories, outside)


@pytest.fixture(scope="session")
def server(
    stored: Stored,
    trusting: Stored,
    outside: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ButleryServer]:
    folder = tmp_path_factory.mktemp("configuration")
    (folder / "static").mkdir()
    (folder / "static" / "index.yaml").write_text("repo: somewhere\n")
    (folder / "secret.txt").write_bytes(SECRET)
    config = folder / "server.toml"
    config.write_text(
        f"""
url_signing_key = "{SIGNING_KEY}"
configs_directory = "static"
[repositories.repo]
uri = "{stored.root}"
[repositories.trusting]
uri = "{trusting.root}/butler.yaml"
outside_roots = ["{outside}"]
"""
    )
    server = ButleryServer.start(config)
    yield server
    server.stop()


@pytest.fixture
def web(server: ButleryServer) -> Iterator[Web]:
    """Connect to the server, which must not log a defect during the test."""
    logged = len(server.log_text())
    web = Web(server)
    yield web
    web.close()
    assert "internal-error" not in server.log_text()[logged:]


def file_url(web: Web, id_: str, repository: str = "repo") -> str:
    """Return path and query of the URL that `get_file` gives for a dataset."""
    answer = web.get(f"/api/butler/repo/{repository}/v1/get_file/{id_}")
    assert answer.status == 200, answer.body
    (file,) = answer.json["artifact"]["file_info"]
    return path_and_query(file["url"])


def require_refused(answer: Answer) -> None:
    assert answer.status in {400, 403, 404, 405}, answer
    for content in (SECRET, CONTENT[:64], b"SQLite format", b"root:"):
        assert content not in answer.body
