"""Where a release is: a PostgreSQL of its own, and one role for each server.

By its role PostgreSQL tells the statements of one server from those of another.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.release.build import build_release
from benchmarks.release.datasets import Dataset
from benchmarks.release.size import Size
from tests.support.postgres import PostgresCluster

FILES = "s3://release/"
STOCK_ROLE, BUTLERY_ROLE = "stock", "butlery"
S3_ENVIRONMENT = {
    # Signing a URL needs credentials and an endpoint, but no network.
    "AWS_ACCESS_KEY_ID": "benchmark",
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "S3_ENDPOINT_URL": "http://127.0.0.1:9",
    "LSST_DISABLE_BUCKET_VALIDATION": "1",
}
_SETTINGS = {
    "shared_buffers": "512MB",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track": "none",  # but while statements are counted
}


class Place(msgspec.Struct, frozen=True):
    """A release in a database."""

    cluster: PostgresCluster
    root: Path
    datasets: list[Dataset]
    size: Size

    def seen_by(self, role: str) -> Path:
        """Return a configuration of the repository for one role."""
        text = (self.root / "butler.yaml").read_text(encoding="utf-8")
        text = text.replace("postgresql://postgres@", f"postgresql://{role}@")
        folder = self.root.with_name(f"seen-by-{role}")
        folder.mkdir(exist_ok=True)
        (folder / "butler.yaml").write_text(text, "utf-8")
        return folder


@contextlib.contextmanager
def release(scratch: Path, size: Size) -> Iterator[Place]:
    """Build a release in a new PostgreSQL; both last as long as the context."""
    # Whoever opens the repository looks at the root of its files.
    os.environ.update(S3_ENVIRONMENT)
    cluster = PostgresCluster.start(settings=_SETTINGS)
    try:
        url = cluster.create_database("release")
        for role in (STOCK_ROLE, BUTLERY_ROLE):
            cluster.execute(f"CREATE ROLE {role} LOGIN IN ROLE pg_read_all_data")
        cluster.execute("CREATE EXTENSION pg_stat_statements")
        root = scratch / "release"
        yield Place(cluster, root, build_release(root, url, FILES, size), size)
    finally:
        cluster.stop()
