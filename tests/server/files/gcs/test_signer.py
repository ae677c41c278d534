"""URLs on Google Cloud Storage are those of Google's own library, byte for byte."""

import json
import random
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from google.cloud import storage
from google.oauth2.service_account import Credentials
from structlog.testing import capture_logs

from butlery.protocol.errors import ForbiddenError, NotFoundError, NotSupportedError
from butlery.server.files.gcs import GcsFiles
from butlery.server.files.gcs.signer import BucketSigner, ServiceAccount
from butlery.server.files.paths import RecordPath
from butlery.server.files.purposes import Lifetimes, Purpose

NOW = 1_800_000_000
ALPHABET = string.printable + "éßÅ☃\u0301😀" + "/-._~" * 4


@pytest.fixture(scope="session")
def account() -> dict[str, str]:
    """Return a service account's key, as Google gives it out."""
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        "type": "service_account",
        "project_id": "p",
        "client_email": "butler+a@p.iam.gserviceaccount.com",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "token_uri": "https://oauth2.googleapis.com/token",
    }


@pytest.fixture(autouse=True)
def environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, account: dict[str, str]
) -> None:
    path = tmp_path / "google.json"
    path.write_text(json.dumps(account))
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))


def client_of(account: dict[str, str]) -> storage.Client:
    credentials = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
        account
    )
    return storage.Client(project="p", credentials=credentials)


def theirs(client: storage.Client, name: str, method: str, seconds: int) -> str:
    url: str = (
        client.bucket("bucket")
        .blob(name)
        .generate_signed_url(
            version="v2",
            expiration=datetime.fromtimestamp(NOW + seconds, UTC),
            method=method,
        )
    )
    return url


def some_names(count: int) -> Iterator[str]:
    chance = random.Random(1)
    yield from ("a", "a b", "a/b", "a//b", "%", "%2e", "a#b?c", "~a", "x" * 900)
    for _ in range(count):
        yield "".join(chance.choices(ALPHABET, k=chance.randint(1, 60)))


@pytest.mark.parametrize("host", [None, "http://127.0.0.1:4443"])
def test_any_name_is_signed_as_by_google(
    monkeypatch: pytest.MonkeyPatch,
    account: dict[str, str],
    host: str | None,
    *,
    soak: bool,
) -> None:
    if host is not None:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", host)
    lifetimes = Lifetimes(3600, 1800)
    ours = BucketSigner(
        "bucket", ServiceAccount.from_environment(), lifetimes, lambda: NOW
    )
    client = client_of(account)
    for name in some_names(10_000 if soak else 100):
        for purpose in (Purpose.PUBLIC, Purpose.PROBE):
            expected = theirs(client, name, purpose.method, lifetimes.of(purpose))
            assert ours.url(name, purpose) == expected


class Counted:
    """An account that counts its signatures."""

    email = "a@b"

    def __init__(self) -> None:
        self.count = 0

    def sign(self, message: bytes) -> bytes:
        self.count += 1
        return message


@pytest.mark.parametrize(("lifetime", "kept"), [(3600, 60), (90, 15), (5, 0)])
def test_signature_serves_for_a_while_and_less_than_a_sixth_of_its_life(
    lifetime: int, kept: int
) -> None:
    account, now = Counted(), float(NOW)
    signer = BucketSigner("bucket", account, Lifetimes(lifetime), lambda: now)
    first = signer.url("a", Purpose.PUBLIC)
    for now in (NOW + 0.5, NOW + kept - 0.5):  # noqa: B007 - the signer's clock
        assert signer.url("a", Purpose.PUBLIC) == first or not kept
    now = NOW + kept
    later = signer.url("a", Purpose.PUBLIC)
    (expires,) = parse_qs(urlsplit(later).query)["Expires"]
    assert int(expires) - now >= lifetime * 5 / 6
    assert (later != first) == (kept > 0)


def test_each_purpose_and_name_has_its_own_url() -> None:
    signer = BucketSigner("bucket", Counted(), Lifetimes(3600, 1800), lambda: NOW)
    urls = {signer.url(name, purpose) for name in "ab" for purpose in Purpose}
    assert len(urls) == 8


ROOT = "gs://bucket/some/folder/"


def our_url(files: GcsFiles, root: str, path: str) -> str:
    record, store = RecordPath.parse(path), files.store(root)
    return store.signing(store.name(record), Purpose.PUBLIC)()


def test_records_become_names_below_the_root() -> None:
    files = GcsFiles(["/local", "s3://bucket/a", ROOT], Lifetimes(), lambda: NOW)
    url = our_url(files, ROOT, "run/a%20b+c.fits#x")
    assert urlsplit(url).path == "/bucket/some/folder/run/a%20b%2Bc.fits"
    outside = our_url(files, "gs://bucket", "gs://bucket/other/a b")
    assert urlsplit(outside).path == "/bucket/other/a%20b"
    with pytest.raises(ForbiddenError, match="outside the root"):
        our_url(files, ROOT, "../a")
    with pytest.raises(NotFoundError, match="no file"):
        our_url(files, ROOT, ".")


def test_who_cannot_sign_is_told_what_to_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, account: dict[str, Any]
) -> None:
    path = tmp_path / "other.json"
    for content in (
        "no JSON: secret",
        "{}",
        json.dumps({**account, "private_key": "a secret"}),
        json.dumps(
            {
                "type": "authorized_user",
                "client_id": "a",
                "client_secret": "a secret",
                "refresh_token": "a secret",
            }
        ),
    ):
        path.write_text(content)
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
        with capture_logs() as logs:
            files = GcsFiles([ROOT], Lifetimes())
        (entry,) = logs
        assert entry["event"] == "gcs-not-signed"
        assert "secret" not in str(entry)
        with pytest.raises(NotSupportedError, match="GOOGLE_APPLICATION_CREDENTIALS"):
            our_url(files, ROOT, "a")


def test_nothing_is_looked_for_where_no_datastore_is_on_google() -> None:
    with capture_logs() as logs:
        GcsFiles(["s3://bucket/", "/local"], Lifetimes())
    assert logs == []
