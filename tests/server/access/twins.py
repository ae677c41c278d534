"""A repository of which a reader does not see all, and its twin without the rest.

The twin is the same repository before anything that this reader does not see was
written: collections of others, and a night under embargo. Both are in one server; in
the twin the reader sees everything.
"""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from astropy.time import Time
from lsst.daf.butler import Butler, DatasetType, Timespan
from lsst.daf.butler._collection_type import CollectionType

from butlery.server.access import TokenFile
from tests.queries.serving import serve
from tests.registry.test_columns import insert
from tests.server.access.test_absence import remove
from tests.support.postgres import PostgresCluster
from tests.support.servers import ButleryServer

_NOW = datetime.now(UTC)
OPEN_DAY, CLOSED_DAY = (
    int((_NOW - timedelta(days=days)).strftime("%Y%m%d")) for days in (40, 20)
)
OPEN, CLOSED, MADE_UP = 101, 102, 103  # exposures, visits and groups
GROUPS = {"bob": ("all",), "anne": ("summit",), "root": ("admins", "all")}
TYPES = {
    "science": ("instrument", "exposure", "detector"),
    "preview": ("instrument", "visit"),
    "nightly": ("instrument", "day_obs"),
    "preload": ("instrument", "group"),
    "secret": ("instrument", "detector"),
}
RAW, COPIED = "Cam1/raw/all", "copied"
_ACCESS = """
[repositories.{label}.access]
admin_groups = ["{admins}"]
"""
_RULES = """
[[repositories.{label}.access.rules]]
prefix = "pro/"
groups = ["holders"]
[[repositories.{label}.access.embargoes]]
prefixes = ["Cam1/raw/", "Cam1/prompt"]
hours = 720
groups = ["summit"]
"""
_DAYS = Timespan(Time("2022-01-01T00:00:00"), Time("2022-02-01T00:00:00"))


def write_twin(root: Path) -> None:
    """Write what is in both."""
    remove(root, ("u/somebody/",))
    with Butler.from_config(str(root), writeable=True) as butler:
        for name in (RAW, COPIED, "empty"):
            butler.collections.register(name, CollectionType.RUN)
        butler.collections.register("mixed", CollectionType.CHAINED)
        butler.collections.redefine_chain("mixed", ["imported_g"])
        butler.collections.register("nights", CollectionType.CHAINED)
        butler.collections.redefine_chain("nights", [RAW, COPIED, "imported_g"])
        for name, dimensions in TYPES.items():
            type_ = DatasetType(
                name, dimensions, "StructuredDataDict", universe=butler.dimensions
            )
            butler.registry.registerDatasetType(type_)
        # Summaries only grow: both know of a bias in each.
        (ref, *_) = butler.query_datasets("bias", "imported_g")
        butler.registry.associate("tagged/none", [ref])
        butler.registry.certify("calib/none", [ref], _DAYS)
    observe(root, OPEN, OPEN_DAY, (RAW, COPIED))


def write_hidden(root: Path) -> None:
    """Write what the reader does not see, and make it reachable from what they do."""
    with Butler.from_config(str(root), writeable=True) as butler:
        registry = butler.registry
        ids = [{"instrument": "Cam1", "detector": detector} for detector in (1, 2, 3)]
        hidden = []
        for run in ("u/alice/run", "pro/run"):
            butler.collections.register(run, CollectionType.RUN)
            hidden += registry.insertDatasets("bias", ids, run=run)
            registry.insertDatasets("secret", ids, run=run)
        registry.associate("tagged/none", hidden[1:3])
        registry.certify("calib/none", hidden[4:6], _DAYS)
        butler.collections.register("u/alice/chain", CollectionType.CHAINED)
        butler.collections.redefine_chain("u/alice/chain", ["imported_r"])
        children = ["u/alice/run", "u/alice/chain", "imported_g", "pro/run"]
        butler.collections.redefine_chain("mixed", children)
    observe(root, CLOSED, CLOSED_DAY, (RAW,))


def observe(root: Path, number: int, day: int, runs: tuple[str, ...]) -> None:
    """Write a night with one exposure, a visit and its regions, and datasets."""
    cam = {"instrument": "Cam1"}
    night = {**cam, "day_obs": day, "physical_filter": "Cam1-G"}
    with Butler.from_config(str(root), writeable=True) as butler:
        where = {"instrument": "Cam1", "visit": 1}
        (visit,) = butler.query_dimension_records("visit", data_id=where)
        regions = butler.query_dimension_records("visit_detector_region", data_id=where)
        insert(butler, "day_obs", {**cam, "id": day})
        insert(butler, "group", {**cam, "name": f"g{number}"})
        exposure = {"id": number, "obs_id": f"e{number}", "group": f"g{number}"}
        insert(butler, "exposure", {**night, **exposure, "seq_num": number})
        row = {**night, "id": number, "name": f"v{number}", "region": visit.region}
        insert(butler, "visit", row)
        insert(butler, "visit_definition", {**cam, "exposure": number, "visit": number})
        member = {**cam, "visit_system": 0, "visit": number}
        insert(butler, "visit_system_membership", member)
        for each in regions:
            detector = {"detector": each.detector, "region": each.region}
            insert(
                butler, "visit_detector_region", {**cam, "visit": number, **detector}
            )
        values = {**cam, "exposure": number, "visit": number, "day_obs": day}
        values |= {"group": f"g{number}", "detector": 1}
        for run in runs:
            _write(butler, values, run, is_open=number == OPEN)


def _write(
    butler: Butler, values: Mapping[str, Any], run: str, *, is_open: bool
) -> None:
    for name, dimensions in TYPES.items():
        if not {"exposure", "visit", "day_obs", "group"} & set(dimensions):
            continue
        data_id = {dimension: values[dimension] for dimension in dimensions}
        refs = butler.registry.insertDatasets(name, [data_id], run=run)
        # Summaries know that there was one; of a group alone none is ever open.
        if run == RAW and is_open and name == "preload":
            butler.registry.removeDatasets(refs)


def copied(twin: Path, whole: Path, postgres: PostgresCluster | None) -> None:
    """Copy a repository, with its database."""
    shutil.copytree(twin, whole)
    if postgres is None:
        return
    path = whole / "butler.yaml"
    text = path.read_text(encoding="utf-8")
    (name,) = {word for word in text.replace("/", " ").split() if _is_database(word)}
    postgres.execute(f'CREATE DATABASE "{name}_whole" TEMPLATE "{name}"')
    path.write_text(text.replace(name, f"{name}_whole"), encoding="utf-8")


def _is_database(word: str) -> bool:
    return word.startswith("repository_") and word.removeprefix("repository_").isdigit()


def serve_twins(
    folder: Path, roots: Mapping[str, tuple[Path, Path]], more: str = ""
) -> tuple[ButleryServer, dict[str, str]]:
    """Serve repositories and twins, by label and ``{label}_twin``; return tokens."""
    tokens = TokenFile(folder / "tokens.json")
    secrets = {user: tokens.create(user, of, None)[0] for user, of in GROUPS.items()}
    settings = f'[access]\nkind = "tokens"\ntokens_file = "{tokens.path}"\n{more}'
    every: dict[str, Path] = {}
    for label, (whole, twin) in roots.items():
        every |= {label: whole, f"{label}_twin": twin}
        settings += _ACCESS.format(label=label, admins="admins")
        settings += _RULES.format(label=label)
        settings += _ACCESS.format(label=f"{label}_twin", admins="all")
    return serve(folder, every, "workers = 1", settings), secrets
