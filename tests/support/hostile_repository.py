"""A repository of a server that does whatever a test wants."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from .clients import Ref
from .hostile_server import Behaviour, HostileServer, answering

BUTLER_YAML = b"remote_butler:\n  authentication: rubin_science_platform\n"
TYPE: dict[str, Any] = {
    "name": "thing",
    "storageClass": "Blob",
    "dimensions": [],
    "parentStorageClass": None,
    "isCalibration": False,
}


class HostileRepository:
    """Its files, and how each request for them is answered."""

    def __init__(self, server: HostileServer) -> None:
        self.server = server
        self.url = f"{server.url}/repo"
        self.answers("butler.yaml", answering(BUTLER_YAML))

    def answers(self, path: str, behaviour: Behaviour) -> None:
        self.server.behaviours[f"/repo/{path}"] = behaviour

    def answers_json(self, path: str, value: Any, status: int = 200) -> None:
        self.answers(path, answering(json.dumps(value).encode(), status))

    def file(self, behaviour: Behaviour, **record: Any) -> Ref:
        """Add a dataset with one file; return what asks for it."""
        dataset = uuid4()
        place = f"/files/{dataset}"
        self.server.behaviours[place] = behaviour
        self.recorded(dataset, [file_info(self.server.url + place, **record)])
        return Ref(dataset)

    def recorded(self, dataset: UUID, files: list[Mapping[str, Any]]) -> None:
        self.answers_json(f"v1/get_file/{dataset}", found(dataset, files))


def file_info(
    url: str,
    path: str = "run/thing.bin",
    size: int = -1,
    *,
    checksum: str | None = None,
    component: str | None = None,
    formatter: str = "nobody.knows.Formatter",
    auth: str = "none",
) -> Mapping[str, Any]:
    record = {
        "formatter": formatter,
        "path": path,
        "storage_class": "Blob",
        "component": component,
        "checksum": checksum,
        "file_size": size,
    }
    return {"url": url, "datastoreRecords": record, "auth": auth}


def found(dataset: UUID, files: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    ref: dict[str, Any] = {
        "id": str(dataset),
        "datasetType": TYPE,
        "dataId": {"dataId": {}, "records": None},
        "run": "run",
        "component": None,
    }
    return {"dataset_ref": ref, "artifact": {"file_info": files}}
