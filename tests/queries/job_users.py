"""Somebody who asks for jobs."""

import hashlib
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from tests.queries.asking import lines, post, query
from tests.support.servers import HOST, ButleryServer

JOBS = "/api/butlery/repo/repo/v1/query/jobs"
NO_JOB = f"{JOBS}/{'0' * 40}"
NOTHING: Mapping[str, str] = MappingProxyType({})
ASYNC = {"prefer": "respond-async"}
PATIENT = {"prefer": "wait=30"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def job(self) -> str:
        """The path of the job that it names."""
        return urlsplit(self.headers["location"]).path


class User:
    """Somebody who asks a server."""

    def __init__(self, server: ButleryServer, token: str) -> None:
        self.server = server
        self.token = token

    def ask(
        self,
        method: str,
        target: str,
        body: Any = None,
        headers: Mapping[str, str] = NOTHING,
        *,
        is_shown: bool = True,
    ) -> Answer:
        connection = http.client.HTTPConnection(HOST, self.server.port, timeout=60)
        sent = {"content-type": "application/json", **headers}
        if is_shown:
            sent["authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body)
        connection.request(method, target, data, sent)
        response = connection.getresponse()
        try:
            told = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, told, response.read())
        finally:
            connection.close()

    def submit(
        self,
        request: Any,
        headers: Mapping[str, str] = ASYNC,
        *,
        kind: str = "execute",
        form: str = "jsonl",
    ) -> Answer:
        asked = {"kind": kind, "format": form, "request": request}
        return self.ask("POST", JOBS, asked, headers)

    def finish(self, job: str) -> Any:
        """Return a job when it is at its end."""
        while True:
            told = self.ask("GET", f"{job}?wait=10")
            assert told.status == 200, told
            if told.json["phase"] not in {"QUEUED", "EXECUTING"}:
                return told.json

    def read(self, part: Mapping[str, Any]) -> bytes:
        """Return what is under the URL of a part, which is as it was announced."""
        answer = self.fetch(part["url"])
        assert answer.status == 200, answer
        assert len(answer.body) == part["bytes"]
        assert hashlib.sha256(answer.body).hexdigest() == part["sha256"]
        return answer.body

    def fetch(self, url: str, method: str = "GET", **headers: str) -> Answer:
        target = urlsplit(url)
        path = f"{target.path}?{target.query}"
        return self.ask(method, path, None, headers, is_shown=False)


def streamed(user: User, request: Any, kind: str = "execute") -> list[Any]:
    status, _, body = post(user.server, kind, request, user.token)
    assert status == 200, body
    return lines(body)


def everything(collection: str) -> dict[str, Any]:
    """Return a question for all datasets of a collection."""
    return {
        "collections": [collection],
        "name": ["*"],
        "find_first": True,
        "data_id": {},
        "where": "",
        "bind": {},
        "limit": None,
        "with_dimension_records": False,
    }


def many(count: int) -> dict[str, Any]:
    """Return a query for so many data IDs, which are uploaded with it."""
    key = "6a0b6c5e-6d9a-4f5e-9d0b-0d6c0b9b3f11"
    upload = {
        "type": "upload",
        "key": key,
        "dimensions": ["instrument"],
        "rows": [["Cam1"]] * count,
    }
    asked = query("instrument")
    uploads = {key: ["instrument"]}
    tree = {"dimensions": ["instrument"], "data_coordinate_uploads": uploads}
    asked["query"].update(additional_query_inputs=[upload], tree=tree)
    asked["result_spec"] = {
        "result_type": "data_coordinate",
        "dimensions": ["instrument"],
        "allow_duplicate_overlaps": True,
    }
    return asked
