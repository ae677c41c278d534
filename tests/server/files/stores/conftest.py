"""One repository on stores of every kind, handed out in every way, by one server."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.server.web import Web
from tests.support.object_server import (
    ACCESS_KEY,
    BUCKET,
    SECRET_KEY,
    ObjectServer,
    running_object_server,
)
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

# Label, root of the datastore and how its files are handed out.
KINDS: dict[str, tuple[str, str]] = {
    "local": ("{folder}", "direct"),
    "s3": (f"s3://{BUCKET}/", "direct"),
    "s3-v4": (f"s3://v4@{BUCKET}", "direct"),
    "s3-proxy": (f"s3://{BUCKET}", "proxy"),
    "s3-v4-proxy": (f"s3://v4@{BUCKET}/", "proxy"),
    "gcs": (f"gs://{BUCKET}/", "direct"),
    "gcs-proxy": (f"gs://{BUCKET}", "proxy"),
    "http": ("{store}/open", "direct"),
    "http-proxy": ("{store}/open/", "proxy"),
}
REDIRECTED = ("s3-v4",)
PROXIED = tuple(label for label, (_, way) in KINDS.items() if way == "proxy")


@pytest.fixture(scope="session")
def folder(repositories: RepositoryShelf) -> Path:
    """Return a repository, whose files are the objects of the stores, too."""
    return repositories.copy("base")


@pytest.fixture(scope="session")
def store(folder: Path) -> Iterator[ObjectServer]:
    with running_object_server(folder) as store:
        yield store


@pytest.fixture(scope="session")
def environment(
    store: ObjectServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Return credentials in the usual places."""
    place = tmp_path_factory.mktemp("credentials")
    keys = f"aws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
    (place / "credentials").write_text(f"[v4]\n{keys}")
    (place / "config").write_text(
        "[profile v4]\nregion = us-east-1\ns3 =\n  signature_version = s3v4\n"
    )
    key = rsa.generate_private_key(65537, 2048)
    store.public_key = key.public_key()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    account = {
        "type": "service_account",
        "project_id": "p",
        "client_email": "butler@p.iam.gserviceaccount.com",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    (place / "google.json").write_text(json.dumps(account))
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_CONFIG_FILE": str(place / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(place / "credentials"),
        "S3_ENDPOINT_URL": store.url,
        "LSST_RESOURCES_S3_PROFILE_v4": store.url,
        "STORAGE_EMULATOR_HOST": store.url,
        "GOOGLE_APPLICATION_CREDENTIALS": str(place / "google.json"),
    }


def write_repository(target: Path, folder: Path, root: str) -> None:
    """Write the configuration of a repository with another datastore root."""
    target.mkdir()
    described = yaml.safe_load((folder / "butler.yaml").read_text())
    described["registry"]["db"] = f"sqlite:///{folder}/gen3.sqlite3"
    described["datastore"]["root"] = root
    (target / "butler.yaml").write_text(yaml.safe_dump(described))


Start = Callable[..., ButleryServer]


@pytest.fixture(scope="session")
def start(
    folder: Path,
    store: ObjectServer,
    environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Start]:
    """Return what starts servers over all kinds of stores."""
    running: list[ButleryServer] = []

    def start(common: str = "", of_each: str = "") -> ButleryServer:
        place = tmp_path_factory.mktemp("server")
        lines = [common]
        for label, (template, way) in KINDS.items():
            root = template.format(folder=folder, store=store.url)
            write_repository(place / label, folder, root)
            outside = folder.parent / f"{folder.name}-outside"
            lines += [f"[repositories.{label}]", f'uri = "{label}"']
            lines += [f'outside_roots = ["{outside}", "{folder.parent}"]']
            lines += [f"[[repositories.{label}.stores]]"]
            lines += [f'root = "{root}"', f'way = "{way}"']
            lines += [of_each.format(label=label)]
        config = place / "server.toml"
        config.write_text("\n".join(lines))
        server = ButleryServer.start(config, environment=environment)
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()


@pytest.fixture(scope="session")
def server(start: Start) -> ButleryServer:
    """Return a server that asks nobody who they are."""
    return start()


@pytest.fixture
def web(server: ButleryServer, store: ObjectServer) -> Iterator[Web]:
    logged = len(server.log_text())
    web = Web(server)
    yield web
    web.close()
    for faults in (store.refusals, store.breaks, store.large):
        faults.clear()
    assert "internal-error" not in server.log_text()[logged:]


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    """Return an empty repository with the same definitions, to transfer to."""
    root = tmp_path / "copy"
    shutil.copytree(folder, root)
    return root
