"""What ``butler_attributes`` says: managers, their versions, the universe.

A repository is served only if every manager is known in its stored version; the
error names what was found and what is supported.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from .dimensions import DimensionUniverse
from .errors import RepositoryError

CollectionKey = Literal["collection_id", "collection_name"]

# Manager type → class → highest (major, minor) version read; older minor versions
# of the same major are read too. Two majors where both exist in repositories.
_SUPPORTED: Mapping[str, Mapping[str, tuple[tuple[int, int], ...]]] = {
    "attributes": {"DefaultButlerAttributeManager": ((1, 0),)},
    "dimensions": {"StaticDimensionRecordStorageManager": ((6, 0),)},
    "collections": {
        "SynthIntKeyCollectionManager": ((2, 0),),
        "NameKeyCollectionManager": ((2, 0),),
    },
    "datasets": {
        "ByDimensionsDatasetRecordStorageManagerUUID": ((1, 0), (2, 0)),
    },
    "opaque": {"ByNameOpaqueTableStorageManager": ((0, 2),)},
    "datastores": {"MonolithicDatastoreRegistryBridgeManager": ((0, 2),)},
}


@dataclass(frozen=True, slots=True)
class RegistryAttributes:
    """The facts about a registry that only a schema migration changes.

    Parameters
    ----------
    collection_key
        Column by which other tables name a collection.
    universe
        The repository's dimension universe.
    """

    collection_key: CollectionKey
    universe: DimensionUniverse

    @property
    def run_key(self) -> str:
        """Column of ``dataset`` that names its RUN."""
        return "run_id" if self.collection_key == "collection_id" else "run_name"


def read_attributes(rows: Iterable[tuple[str, str]]) -> RegistryAttributes:
    """Check the rows of ``butler_attributes`` and return what they mean.

    Raises
    ------
    RepositoryError
        If they are missing, or name an unknown manager or version.
    """
    values = dict(rows)
    if not values:
        raise RepositoryError(
            "butler_attributes is empty: no Butler repository has been created in "
            "this database and namespace (or it is from before 2021)"
        )
    classes = {kind: _check_manager(kind, values) for kind in _SUPPORTED}
    universe = values.get("config:dimensions.json")
    if universe is None:
        raise RepositoryError("butler_attributes has no config:dimensions.json")
    by_id = classes["collections"] == "SynthIntKeyCollectionManager"
    return RegistryAttributes(
        collection_key="collection_id" if by_id else "collection_name",
        universe=DimensionUniverse(universe),
    )


def _check_manager(kind: str, values: Mapping[str, str]) -> str:
    path = values.get(f"config:registry.managers.{kind}")
    known = _SUPPORTED[kind]
    if path is None:
        raise RepositoryError(f"butler_attributes names no {kind} manager")
    name = path.rpartition(".")[2]
    if name not in known:
        raise RepositoryError(
            f"the {kind} manager is {name}; supported: {', '.join(known)}"
        )
    version = values.get(f"version:{path}", "")
    if not _is_readable(version, known[name]):
        supported = ", ".join(
            f"{major}.0 to {major}.{minor}" for major, minor in known[name]
        )
        raise RepositoryError(
            f"{name} has version {version or 'unknown'}; supported: {supported}"
        )
    return name


def _is_readable(version: str, supported: tuple[tuple[int, int], ...]) -> bool:
    parts = version.split(".")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):  # noqa: PLR2004
        return False
    major, minor = int(parts[0]), int(parts[1])
    return any(major == known and minor <= newest for known, newest in supported)
