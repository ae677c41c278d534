"""A real S3-compatible server on the loopback."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import boto3
from moto.server import ThreadedMotoServer

_numbers = count(1)


class ObjectStore:
    """One server; `new_bucket` gives each test its own place."""

    def __init__(self, url: str) -> None:
        self.environment = {
            "S3_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "any",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
        }
        self.client = boto3.client(
            "s3",
            endpoint_url=url,
            aws_access_key_id="any",
            aws_secret_access_key="any",
            region_name="us-east-1",
        )

    def new_bucket(self) -> str:
        name = f"bucket-{os.getpid()}-{next(_numbers)}"
        self.client.create_bucket(Bucket=name)
        return name

    def keys(self, bucket: str) -> list[str]:
        found = self.client.list_objects_v2(Bucket=bucket).get("Contents", [])
        return [each["Key"] for each in found]


@contextmanager
def running_object_store() -> Iterator[ObjectStore]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield ObjectStore(f"http://{host}:{port}")
    finally:
        server.stop()
