"""botocore, frozen in time and cut off from this machine's own configuration."""

import os
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import botocore.auth
import pytest
from lsst.resources import s3utils

NOW = 1_800_000_000
LIFETIME = 3600
ACCESS_KEY = "AKIA/+EXAMPLE"
SECRET = "a secret/+that nobody=prints"


def clock() -> float:
    return NOW + 0.75


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the folder of an empty configuration."""
    for name in os.environ:
        if name.startswith(("AWS_", "S3_ENDPOINT", "LSST_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    s3utils._get_s3_client.cache_clear()
    return tmp_path


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


@pytest.fixture(autouse=True)
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop botocore's clock."""
    now = datetime.fromtimestamp(NOW, UTC)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: now)
    monkeypatch.setattr(botocore.auth, "time", SimpleNamespace(time=clock))
