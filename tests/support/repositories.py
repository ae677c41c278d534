"""Repositories to test on, made by daf_butler itself.

`make_repository` builds one, in SQLite or PostgreSQL, from one of daf_butler's
own test data sets, and enriches it so that lookups have something to find: see
`tests.support.enrichment`. Building is slow; a session shares what
`RepositoryShelf` keeps, and takes a copy to change anything.
"""

import re
import shutil
import warnings
from collections.abc import Callable
from importlib.resources import files
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Literal

from lsst.daf.butler import Butler, Config

from .enrichment import enrich
from .postgres import PostgresCluster

CollectionKey = Literal["int", "name"]
IngestDate = Literal["timestamp", "nanoseconds"]
Dialect = Literal["sqlite", "postgresql"]

DATA_SETS: tuple[str, ...] = ("base", "spatial", "ci_hsc", "hsc_rc2", "lsstcam")

_FILES = {
    "base": ("base", "datasets"),
    "spatial": ("base", "datasets", "spatial"),
    "ci_hsc": ("ci_hsc-subset-skymap", "ci_hsc-subset"),
    "hsc_rc2": ("hsc-rc2-subset-v0",),
    "lsstcam": ("lsstcam-subset",),
}
_REGISTRY = "lsst.daf.butler.registry"
_DATASETS = (
    f"{_REGISTRY}.datasets.byDimensions.ByDimensionsDatasetRecordStorageManagerUUID"
)
_NAME_KEYED = f"{_REGISTRY}.collections.nameKey.NameKeyCollectionManager"
_METRIC = {
    "pytype": "lsst.daf.butler.tests.MetricsExample",
    "components": {
        "summary": "StructuredDataDict",
        "output": "StructuredDataDict",
        "data": "StructuredDataList",
    },
    "delegate": "lsst.daf.butler.tests.MetricsDelegate",
}
_FIRST_WITH_VISIT_SYSTEM = 2  # universes 0 and 1 know no instrument.visit_system
_database_numbers = count(1)


def make_repository(
    root: Path,
    data_set: str,
    *,
    postgres: PostgresCluster | None = None,
    namespace: str | None = None,
    collections: CollectionKey = "int",
    ingest_date: IngestDate = "nanoseconds",
    universe: int | None = None,
) -> Path:
    """Build an enriched repository of one data set at `root`, and return `root`.

    On PostgreSQL it gets a database of its own, or, with `namespace`, that
    schema of a database that such repositories share. Universes are
    daf_butler's own, by version; not every data set fits an old one.
    """
    config = _configuration()
    if postgres is not None:
        config["registry", "db"] = _place(postgres, namespace)
        if namespace is not None:
            config["registry", "namespace"] = namespace
    if collections == "name":
        config["registry", "managers", "collections"] = _NAME_KEYED
    version = "1.0.0" if ingest_date == "timestamp" else "2.0.0"
    manager = {"cls": _DATASETS, "schema_version": version}
    config["registry", "managers", "datasets"] = manager

    Butler.makeRepo(str(root), config, dimensionConfig=_universe(universe))
    with Butler.from_config(str(root), writeable=True) as butler:
        for name in _FILES[data_set]:
            _import(butler, name)
        enrich(butler, outside=root.parent / f"{root.name}-outside")
    return root


class RepositoryShelf:
    """Repositories built once and shared by all who only read."""

    def __init__(
        self, directory: Path, postgres: Callable[[], PostgresCluster]
    ) -> None:
        self._directory = directory
        self._postgres = postgres
        self._copies = count(1)

    def get(
        self,
        data_set: str,
        dialect: Dialect = "sqlite",
        *,
        collections: CollectionKey = "int",
        ingest_date: IngestDate = "nanoseconds",
        universe: int | None = None,
    ) -> Path:
        """Return a shared repository. Do not write into it."""
        parts = (data_set, dialect, collections, ingest_date, universe or "newest")
        root = self._directory / "-".join(str(part) for part in parts)
        if not root.exists():
            make_repository(
                root,
                data_set,
                postgres=self._postgres() if dialect == "postgresql" else None,
                collections=collections,
                ingest_date=ingest_date,
                universe=universe,
            )
        return root

    def copy(self, data_set: str) -> Path:
        """Return a fresh SQLite repository that the caller may change."""
        root = self._directory / f"{data_set}-copy-{next(self._copies)}"
        shutil.copytree(self.get(data_set), root)
        return root


def _import(butler: Butler, name: str) -> None:
    source = files("lsst.daf.butler.tests.registry_data") / f"{name}.yaml"
    text = source.read_text(encoding="utf-8")
    if butler.dimensions.version < _FIRST_WITH_VISIT_SYSTEM:
        text = re.sub(r"\n +visit_system: \d+(?=\n)", "", text)
    with warnings.catch_warnings():
        # Days derived from old exports have no timespans, and say so.
        warnings.simplefilter("ignore", UserWarning)
        butler.import_(filename=StringIO(text), without_datastore=True)


def _configuration() -> Config:
    """Write metrics as one file and, as the other class, as one per component."""
    config = Config()
    config["storageClasses", "MetricWhole"] = dict(_METRIC)
    config["storageClasses", "MetricApart"] = dict(_METRIC)
    config["storageClasses", "StructuredDataDictJson"] = {"pytype": "dict"}
    config["datastore", "composites", "disassembled", "MetricApart"] = True
    json = "lsst.daf.butler.formatters.json.JsonFormatter"
    for name in ("MetricWhole", "StructuredDataDictJson", "StructuredDataList"):
        config["datastore", "formatters", name] = json
    return config


def _place(postgres: PostgresCluster, namespace: str | None) -> str:
    if namespace is None:
        return postgres.create_database(f"repository_{next(_database_numbers)}")
    if not postgres.execute("SELECT 1 FROM pg_database WHERE datname = 'shared'"):
        postgres.create_database("shared")
    postgres.execute(f'CREATE SCHEMA "{namespace}"', database="shared")
    return postgres.url("shared")


def _universe(version: int | None) -> str | None:
    if version is None:
        return None
    name = f"daf_butler_universe{version}.yaml"
    return str(files("lsst.daf.butler.configs") / "old_dimensions" / name)
