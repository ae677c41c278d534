"""A repository with so many groups that a query for them has several pages.

A query for a part of them has an answer that is known beforehand, row by row.
"""

import http.client
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsst.daf.butler import Butler, Config

from tests.queries.asking import INPUTS
from tests.support.postgres import PostgresCluster
from tests.support.servers import HOST

CAMERA = "Cam"
PAGE_ROWS = 2000
_READ_BYTES = 32 << 10


def make_groups(root: Path, postgres: PostgresCluster, count: int) -> Path:
    """Make the repository at `root`, and return `root`."""
    config = Config()
    config["registry", "db"] = postgres.create_database(root.name)
    Butler.makeRepo(str(root), config)
    with Butler.from_config(str(root), writeable=True) as butler:
        limits = {"visit_max": 9, "exposure_max": 9, "detector_max": 9}
        camera = {"name": CAMERA, "class_name": "x", "visit_system": None}
        butler.registry.insertDimensionData("instrument", camera | limits)
        rows = [{"instrument": CAMERA, "name": name} for name in names(count)]
        butler.registry.insertDimensionData("group", *rows)
    return root


def names(count: int) -> list[str]:
    return [f"{number:07d}" for number in range(count)]


def below(number: int) -> dict[str, Any]:
    """Return a query for the first groups, so many of them."""
    leaf = {
        "predicate_type": "comparison",
        "a": {"expression_type": "dimension_key", "dimension": "group"},
        "b": {"expression_type": "string", "value": f"{number:07d}"},
        "operator": "<",
    }
    tree = {
        "dimensions": ["instrument", "group"],
        "predicate": {"operands": [[leaf]]},
        "validateGovernorConstraints": False,
    }
    spec = {"result_type": "dimension_record", "element": "group"}
    return {"query": {"tree": tree, **INPUTS}, "result_spec": spec}


@dataclass(frozen=True)
class Answer:
    """What a client has been told, by one that knows what an end is.

    Attributes
    ----------
    names
        Of the groups, or `None` if there was an error of whatever sort.
    error
        Which.
    """

    names: Sequence[str] | None
    error: str = ""


def ask(
    port: int, label: str, number: int, *, pause_seconds: float, timeout_seconds: float
) -> Answer:
    """Ask for the first groups, and read slowly."""
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout_seconds)
    target = f"/api/butler/repo/{label}/v1/query/execute"
    headers = {"content-type": "application/json"}
    try:
        connection.request("POST", target, json.dumps(below(number)), headers)
        response = connection.getresponse()
        body = bytearray()
        while part := response.read(_READ_BYTES):
            body += part
            time.sleep(pause_seconds)
    except (OSError, http.client.HTTPException) as error:
        return Answer(None, type(error).__name__)
    finally:
        connection.close()
    if response.status != http.HTTPStatus.OK:
        return Answer(None, str(response.status))
    return _read(bytes(body))


def ask_stock(butler: Butler, number: int) -> Answer:
    """Ask for the first groups with the stock client."""
    try:
        found = butler.query_dimension_records(
            "group",
            where=f"group < '{number:07d}'",
            instrument=CAMERA,
            limit=None,
            explain=False,
        )
    except Exception as error:  # noqa: BLE001 - an error is an answer
        return Answer(None, f"stock {type(error).__name__}")
    return Answer([record.name for record in found])


def _read(body: bytes) -> Answer:
    found: list[str] = []
    for line in body.splitlines():
        page = json.loads(line)
        if page["type"] == "error":
            return Answer(None, page["error"]["error_type"])
        if page["type"] == "dimension_record":
            found += [row["record"]["name"] for row in page["rows"]]
    return Answer(found)
