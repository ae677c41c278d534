"""Every way in which a direct Butler changes a repository, one after the other.

Source: section 7.1 of ``facts/butler-registry-schema.md``.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lsst.daf.butler import Butler, DatasetRef, FileDataset

from tests.coherence.writer.commands import Command, Commands
from tests.coherence.writer.given import (
    CAMERA,
    DETECTOR,
    document,
    put,
    register_run,
    register_type,
)

Call = tuple[str, Callable[[Butler], object]]
_BIAS = {"dataset_type": "w_known", "data_id": DETECTOR}
_OTHER = {"instrument": "Cam1", "detector": 2}
_DAY = {"instrument": "Cam1", "id": 20300101}
_OBSERVED = {
    "instrument": "Cam1",
    "physical_filter": "Cam1-G",
    "day_obs": 20300101,
    "timespan": (1, 2),
}


def all_calls(directory: Path, source: Path) -> Iterator[Call]:
    """Yield calls in an order in which each is possible.

    ``source`` is another repository, from which datasets are transferred.
    """
    for group in (_definitions(), _records(), _datasets(), _members(), _ends()):
        for label, command in group:
            yield label, _Run(command)
    yield "ingest", lambda b: _ingest(b, directory, "copy", 3)
    yield "ingest direct", lambda b: _ingest(b, directory, "direct", 4)
    yield "transfer_from", lambda b: _transfer(b, source)
    yield "transfer_from again", lambda b: _transfer(b, source)
    yield "removeRuns", lambda b: b.removeRuns(["w/run"], unlink_from_chains=True)
    yield "removeDatasetType", lambda b: b.registry.removeDatasetType("w_unused")


class _Run:
    def __init__(self, command: Command) -> None:
        self._command = command

    def __call__(self, butler: Butler) -> None:
        Commands(butler).run(self._command)


_FIRST, _PUT = put("w_known", "w/run", DETECTOR)
_SECOND, _PUT_SECOND = put("w_known", "w/run", _OTHER)
_CALIBRATION, _PUT_CALIBRATION = put("w_calib", "w/run", DETECTOR)


def _register(name: str, kind: str) -> Command:
    return {"do": "register_collection", "name": name, "kind": kind}


def _chain(do: str, *children: str) -> Command:
    return {"do": f"{do}_chain", "name": "w/chain", "children": children}


def _definitions() -> Iterator[tuple[str, Command]]:
    yield "register RUN", register_run("w/run")
    yield "register RUN again", register_run("w/run")
    yield "register TAGGED", _register("w/tagged", "TAGGED")
    yield "register CALIBRATION", _register("w/calib", "CALIBRATION")
    yield "register CHAINED", _register("w/chain", "CHAINED")
    yield "redefine_chain", _chain("redefine", "w/run", "w/tagged")
    yield "prepend_chain", _chain("prepend", "w/tagged")
    yield "extend_chain", _chain("extend", "w/calib")
    yield "remove_from_chain", _chain("remove_from", "w/calib")
    yield "document", document("w/run", "a doc")
    yield "register type", register_type("w_known", *CAMERA)
    yield "new tags", register_type("w_group", "instrument", "group", "detector")
    yield "new calibs", register_type("w_calib", *CAMERA, is_calibration=True)
    yield "register unused", register_type("w_unused", *CAMERA)


def _insert(element: str, row: dict[str, Any], **more: Any) -> Command:
    return {"do": "insert_records", "element": element, "rows": [row], **more}


def _records() -> Iterator[tuple[str, Command]]:
    instrument = {"name": "W", "class_name": "none", "detector_max": 9}
    yield "instrument", _insert("instrument", instrument)
    changed = instrument | {"detector_max": 10}
    yield "replaced", _insert("instrument", changed, replace=True)
    yield (
        "filter",
        _insert("physical_filter", {"instrument": "Cam1", "name": "w", "band": "w"}),
    )
    yield "day", _insert("day_obs", _DAY)
    yield "group", _insert("group", {"instrument": "Cam1", "name": "w"})
    exposure = _OBSERVED | {"id": 900, "group": "w", "obs_id": "w"}
    yield "exposure", _insert("exposure", exposure)
    visit = _OBSERVED | {"id": 901, "name": "w", "target_name": "old"}
    yield "visit", _insert("visit", visit)
    update = {"do": "synchronize_record", "element": "visit"}
    yield "synchronized", update | {"row": visit | {"target_name": "new"}}


def _datasets() -> Iterator[tuple[str, Command]]:
    yield "put", _PUT
    group = DETECTOR | {"group": "w"}
    yield "put into a new table", put("w_group", "w/run", group)[1]
    many = [_PUT_SECOND, _PUT_CALIBRATION]
    yield "several", {"do": "transaction", "commands": many, "fail": False}


def _members() -> Iterator[tuple[str, Command]]:
    tag = {"name": "w/tagged", "uuid": _FIRST}
    yield "associate", {"do": "associate", **tag}
    yield "associate again", {"do": "associate", **tag}
    yield "disassociate", {"do": "disassociate", **tag}
    certify = {"do": "certify", "name": "w/calib", "uuid": _CALIBRATION}
    yield "certify", certify | {"begin": 1, "end": 9}
    decertify = {"do": "decertify", "name": "w/calib", "dataset_type": "w_calib"}
    yield "decertify", decertify | {"data_id": DETECTOR, "begin": 3, "end": 5}
    yield "associate both", {"do": "associate", **tag}


def _ends() -> Iterator[tuple[str, Command]]:
    yield "unstore", {"do": "unstore", "uuid": _SECOND}
    yield "purge, tagged", {"do": "purge", "uuid": _FIRST}
    yield "reborn", _PUT
    yield "purge, certified", {"do": "purge", "uuid": _CALIBRATION}
    yield "refresh summaries", {"do": "refresh_summaries"}
    yield "register one more", _register("w/tagged2", "TAGGED")
    yield "associate there", {"do": "associate", "name": "w/tagged2", "uuid": _FIRST}
    yield "remove TAGGED", {"do": "remove_collection", "name": "w/tagged2"}
    yield "remove CHAINED", {"do": "remove_collection", "name": "w/chain"}
    yield "remove CALIBRATION", {"do": "remove_collection", "name": "w/calib"}


def _ingest(butler: Butler, directory: Path, transfer: str, detector: int) -> None:
    path = directory / f"{transfer}.yaml"
    path.write_text("{}")
    data_id = butler.registry.expandDataId({"instrument": "Cam1", "detector": detector})
    ref = DatasetRef(butler.get_dataset_type("w_known"), data_id, run="w/run")
    butler.ingest(FileDataset(str(path), [ref]), transfer=transfer)


def _transfer(butler: Butler, source: Path) -> None:
    with Butler.from_config(str(source)) as other:
        refs = other.query_datasets("w_known", collections="w/source")
        butler.transfer_from(other, refs, register_dataset_types=True)
