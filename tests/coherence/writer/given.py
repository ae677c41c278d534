"""Commands for the writer that several tests give, by hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from lsst.daf.butler import Butler

from .commands import Command, Commands

CAMERA = ("instrument", "detector")
DETECTOR: dict[str, Any] = {"instrument": "Cam1", "detector": 1}


def write(repository: Path, commands: Sequence[Command]) -> None:
    """Write from this process, where it does not matter which one does."""
    with Butler.from_config(str(repository), writeable=True) as butler:
        for command in commands:
            Commands(butler).run(command)


def register_run(name: str) -> Command:
    return {"do": "register_collection", "name": name, "kind": "RUN"}


def document(name: str, doc: str) -> Command:
    return {"do": "document", "name": name, "doc": doc}


def register_type(name: str, *dimensions: str, is_calibration: bool = False) -> Command:
    return {
        "do": "register_type",
        "name": name,
        "dimensions": dimensions,
        "storage_class": "StructuredDataDict",
        "is_calibration": is_calibration,
    }


def put(type_: str, run: str, data_id: dict[str, Any]) -> tuple[str, Command]:
    """Return the UUID that a dataset will have, and the command to store it."""
    id_ = str(uuid4())
    command = {
        "do": "put",
        "uuid": id_,
        "dataset_type": type_,
        "data_id": data_id,
        "run": run,
        "content": {"id": id_},
    }
    return id_, command
