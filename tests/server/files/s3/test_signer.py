"""Our URLs are, byte by byte, those of botocore made as the stock server makes it."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from botocore.credentials import Credentials
from lsst.resources.s3utils import getS3Client

from butlery.registry.config.s3_client import Client, UnsignableError, make_client
from butlery.server.files.purposes import Lifetimes, Purpose
from butlery.server.files.s3 import signer as signer_module
from butlery.server.files.s3.signature_v2 import SignatureV2
from butlery.server.files.s3.signature_v4 import SignatureV4
from butlery.server.files.s3.signer import Signer, open_signers
from tests.server.files.s3.conftest import ACCESS_KEY, LIFETIME, SECRET, clock

KEYS, SOAK_KEYS = 2_000, 10_000
ALPHABET = (
    "abzAZ0189" * 4 + "-._~/" * 3 + " +%&=;:@!*'()[]{}<>|\\^`,$#?\"\n\téßÅ☃\u0301😀"
)
ODD = ["a", "/a", "//a", "a/", "a//b", "./a", "a/./b", "a/../b", ".", "..", "%", "%2e"]


def open_signer(
    profile: str | None, bucket: str, lifetime: int, now: Callable[[], float] = clock
) -> Signer:
    signers = open_signers(profile, bucket, Lifetimes(lifetime), now)
    return signers[Purpose.PUBLIC]


def some_keys(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    lengths = [*range(1, 40)] * 5 + [200, 255]
    texts = [
        "".join(chance.choices(ALPHABET, k=chance.choice(lengths)))
        for _ in range(count)
    ]
    return [*ODD, "x" * 1024, "é/" * 340, *texts]


def botocore_url(bucket: str, key: str, profile: str | None = None) -> str:
    client: Any = getS3Client(profile)
    url: str = client.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=LIFETIME
    )
    return url


def require_same(bucket: str, keys: list[str], profile: str | None = None) -> Signer:
    signer = open_signer(profile, bucket, LIFETIME, clock)
    for key in keys:
        assert signer.url(quote(key)) == botocore_url(bucket, key, profile)
    return signer


@pytest.mark.usefixtures("keys")
def test_any_key_is_signed_as_by_botocore_in_version_2(*, soak: bool) -> None:
    signer = require_same("bucket", some_keys(SOAK_KEYS if soak else KEYS, 2))
    assert isinstance(signer, SignatureV2)


@pytest.mark.usefixtures("keys")
def test_any_key_is_signed_as_by_botocore_in_version_4(
    monkeypatch: pytest.MonkeyPatch, *, soak: bool
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    signer = require_same("bucket", some_keys(SOAK_KEYS if soak else KEYS, 4))
    assert isinstance(signer, SignatureV4)


CONFIGS = {
    "none": "",
    "version 4": "s3 =\n  signature_version = s3v4\n",
    "version 2": "region = eu-central-1\ns3 =\n  signature_version = s3\n",
    "path": "s3 =\n  addressing_style = path\n",
    "virtual": "s3 =\n  addressing_style = virtual\n",
    "path, version 4": "region = eu-west-3\ns3 =\n  addressing_style = path\n",
    "accelerated": "s3 =\n  use_accelerate_endpoint = true\n",
    "dual stack": "region = us-west-2\ns3 =\n  use_dualstack_endpoint = true\n",
    "regional": "region = us-east-1\ns3 =\n  us_east_1_regional_endpoint = regional\n",
}
ENDPOINTS = [
    "http://S3.Example.org:9000",
    "https://s3.example.org:443/",
    "http://s3.example.org:80/some/folder",
    "http://127.0.0.1:9000/x/",
    "http://[::1]:9000",
    "https://KEY%2F1:SEC%2BRET@s3.example.org:8443/a",
]


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("config", "endpoint"),
    [
        *((config, "") for config in CONFIGS),
        *(("none", endpoint) for endpoint in ENDPOINTS),
        *(("virtual", endpoint) for endpoint in ENDPOINTS[2:4]),
        *(("version 4", endpoint) for endpoint in ENDPOINTS[2:5]),
    ],
)
def test_every_way_to_reach_a_bucket_is_botocores(
    monkeypatch: pytest.MonkeyPatch, environment: Path, config: str, endpoint: str
) -> None:
    (environment / "config").write_text(f"[default]\n{CONFIGS[config]}")
    monkeypatch.setenv("S3_ENDPOINT_URL", endpoint)
    for bucket in ("bucket", "UPPER_case") if config == "none" else ("bucket",):
        require_same(bucket, some_keys(3, 1))


@pytest.mark.usefixtures("keys")
def test_bucket_with_dots_or_a_tenant(monkeypatch: pytest.MonkeyPatch) -> None:
    require_same("my.dotted.bucket", some_keys(3, 1))
    with pytest.raises(UnsignableError, match="set LSST_DISABLE_BUCKET_VALIDATION=1"):
        open_signer(None, "tenant:bucket", LIFETIME, clock)
    monkeypatch.setenv("LSST_DISABLE_BUCKET_VALIDATION", "1")
    monkeypatch.setenv("S3_ENDPOINT_URL", "https://ceph.example.org")
    require_same("tenant:bucket", some_keys(3, 1))


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_session_token_is_part_of_the_url(
    monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token/+=&%")
    signer = require_same("bucket", some_keys(50, 3))
    assert "token%2F%2B%3D%26%25" in signer.url("a")


def test_profile_is_that_of_a_variable_or_of_a_file(
    monkeypatch: pytest.MonkeyPatch, environment: Path
) -> None:
    (environment / "credentials").write_text(
        f"[filed]\naws_access_key_id = FILED\naws_secret_access_key = {SECRET}\n"
        f"[both]\naws_access_key_id = BOTH\naws_secret_access_key = {SECRET}\n"
    )
    (environment / "config").write_text("[profile filed]\nregion = eu-central-1\n")
    monkeypatch.setenv("LSST_RESOURCES_S3_PROFILE_named", "http://NAMED:x%2Fy@h:9000")
    monkeypatch.setenv("LSST_RESOURCES_S3_PROFILE_both", "https://only.host")
    for profile in ("named", "filed", "both"):
        url = require_same("bucket", some_keys(3, 1), profile).url("a")
        assert profile.upper() in url


def test_what_to_set_is_said_without_credentials(environment: Path) -> None:
    with pytest.raises(UnsignableError, match="set AWS_ACCESS_KEY_ID and"):
        open_signer(None, "bucket", LIFETIME)
    with pytest.raises(UnsignableError, match="LSST_RESOURCES_S3_PROFILE_nobody to"):
        open_signer("nobody", "bucket", LIFETIME)
    (environment / "config").write_text("no section")
    with pytest.raises(UnsignableError, match="check the files of AWS_CONFIG_FILE"):
        open_signer(None, "bucket", LIFETIME)
    (environment / "config").write_text(
        "[default]\ncredential_process = /bin/sh -c 'echo a secret >&2; exit 1'\n"
    )
    with pytest.raises(UnsignableError, match=r"\(CredentialRetrievalError\)"):
        open_signer(None, "bucket", LIFETIME)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://KEY:TOPSECRET:more@host",
        "https://TOPSECRET@host",
        "https://KEY:TOPSECRET@host:port",
        "KEY:TOPSECRET@host",
        "https://KEY:TOPSECRET@[host",
    ],
)
def test_endpoint_that_cannot_be_read_is_not_quoted(
    monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("S3_ENDPOINT_URL", endpoint)
    with pytest.raises(UnsignableError, match="S3_ENDPOINT_URL") as caught:
        open_signer(None, "bucket", LIFETIME)
    assert "TOPSECRET" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.usefixtures("keys")
def test_bucket_is_refused_unless_our_url_equals_botocores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def with_other_keys(profile: str | None) -> Client:
        client = make_client(profile)
        return Client(client.client, Credentials(ACCESS_KEY, "another"), changing=False)

    monkeypatch.setattr(signer_module, "make_client", with_other_keys)
    with pytest.raises(UnsignableError, match="in a way that is not known"):
        open_signer(None, "bucket", LIFETIME)


@pytest.mark.usefixtures("keys")
def test_url_of_a_kind_that_is_not_known_is_refused() -> None:
    arn = "arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap"
    with pytest.raises(UnsignableError):
        open_signer(None, arn, LIFETIME)


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_next_second_has_another_url(
    monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    now = clock()
    signer = open_signer(None, "bucket", LIFETIME, lambda: now)
    first = signer.url("a")
    assert signer.url("a") == first == botocore_url("bucket", "a")
    now += 1
    assert signer.url("a") != first
    now -= 1
    assert signer.url("a") == first


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_each_url_is_for_one_method_and_as_by_botocore(
    monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    lifetimes = Lifetimes(3600, 1800)
    signers = open_signers(None, "bucket", lifetimes, clock)
    client: Any = getS3Client(None)
    for key in some_keys(200, 5):
        for purpose, signer in signers.items():
            expected = client.generate_presigned_url(
                f"{purpose.method.lower()}_object",
                Params={"Bucket": "bucket", "Key": key},
                ExpiresIn=lifetimes.of(purpose),
            )
            assert signer.url(quote(key)) == expected
