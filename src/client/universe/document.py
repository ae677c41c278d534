"""The universe document as it is on the wire.

What a newer server adds is ignored, and what may be left out has its default.
"""

import msgspec

_HIGHEST_LEVELS = {
    "HtmPixelization": 24,
    "HealpixPixelization": 17,
    "Mq3cPixelization": 30,
    "Q3cPixelization": 30,
}

_HIGHEST_LEVEL = 60  # beyond it, pixels have no number in 128 bits


class KeyDocument(msgspec.Struct, frozen=True):
    """A column whose values identify a record."""

    name: str
    type: str
    nullable: bool = False


class MetadataDocument(msgspec.Struct, frozen=True):
    """Any other column."""

    name: str
    type: str
    nullable: bool = True


class ElementDocument(msgspec.Struct, frozen=True):
    """An element; one without keys joins others."""

    keys: tuple[KeyDocument, ...] = ()
    requires: frozenset[str] = frozenset()
    implies: frozenset[str] = frozenset()
    metadata: tuple[MetadataDocument, ...] = ()
    is_cached: bool = False
    governor: bool = False


class SystemDocument(msgspec.Struct, frozen=True, rename={"pixelization": "class"}):
    """A pixelization: a dimension for each of its levels."""

    pixelization: str
    min_level: int = 1
    max_level: int | None = None

    @property
    def levels(self) -> range:
        """All levels that are dimensions."""
        highest = self.max_level
        if highest is None:
            highest = _HIGHEST_LEVELS.get(self.pixelization.rpartition(".")[2], 0)
        return range(max(self.min_level, 0), min(highest, _HIGHEST_LEVEL) + 1)


class SkypixDocument(msgspec.Struct, frozen=True):
    """All pixelizations."""

    systems: dict[str, SystemDocument] = {}


class TopologyDocument(msgspec.Struct, frozen=True):
    """Families of elements that have regions, and of those that have timespans."""

    spatial: dict[str, tuple[str, ...]] = {}
    temporal: dict[str, tuple[str, ...]] = {}


class UniverseDocument(msgspec.Struct, frozen=True):
    """Value of ``universe`` in the answer of ``GET v1/universe``."""

    skypix: SkypixDocument
    elements: dict[str, ElementDocument] = {}
    topology: TopologyDocument = TopologyDocument()
    version: int = 0
    namespace: str = "daf_butler"
