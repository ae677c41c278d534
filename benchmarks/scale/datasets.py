"""The datasets of a made-up release, each of which follows from its number."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from itertools import islice
from math import gcd
from typing import Any

from .plan import (
    BANDS,
    DETECTORS,
    EXTENSIONS,
    FILTERS,
    FORMATTERS,
    INSTRUMENT,
    KINDS,
    PATCHES,
    SKYMAP,
    Kind,
)

Value = int | str
Row = tuple[Any, ...]
"""As of `BulkReader.datasets`."""

_VISITS_PER_NIGHT = 1000
_FIRST_NIGHT = 20260101
_STEP = 7_368_787  # a prime: by such steps numbers come in no order


class Datasets:
    """All datasets of one type in one release.

    Parameters
    ----------
    kind
        The type.
    count
        How many there are.
    run
        Key of their RUN.
    release
        Number of the release.
    """

    def __init__(self, kind: Kind, count: int, run: Any, release: int = 0) -> None:
        self.kind = kind
        self.count = count
        self._run = run
        self._name = kind.run(release)
        self._formatter = FORMATTERS[kind.storage_class]
        self._extension = EXTENSIONS.get(kind.storage_class, "fits")
        self._salt = f"{release}{kind.name}".encode()
        self._of: Callable[[int], tuple[tuple[Value, ...], str]] = {
            ("instrument", "detector", "visit"): self._image,
            ("band", "skymap", "tract", "patch"): self._coadd,
            ("instrument", "visit"): self._visit,
            ("skymap", "tract", "patch"): self._patch,
        }[kind.dimensions]

    def id(self, number: int) -> bytes:
        """Return the UUID of a dataset: as good as random, the same every time."""
        data = number.to_bytes(8, "big")
        return blake2b(data, digest_size=16, key=self._salt).digest()

    def values(self, number: int) -> tuple[Value, ...]:
        """Return the data ID of a dataset."""
        return self._of(number)[0]

    def row(self, number: int) -> Row:
        """Return a dataset as a row."""
        values, path = self._of(number)
        return (
            self._run,
            self.id(number),
            0,
            path,
            self._formatter,
            self.kind.storage_class,
            None,
            None,
            40_000_000 + number * 7919 % 80_000_000,
            *values,
        )

    def rows(self) -> Iterator[Row]:
        """Yield all of them, in an order that is neither that of UUIDs nor of keys."""
        step = _STEP
        while gcd(step, self.count) > 1:
            step += 1
        return (self.row(n * step % self.count) for n in range(self.count))

    def batches(self, size: int = 5000) -> Iterator[Sequence[Row]]:
        """Yield the rows in batches."""
        rows = self.rows()
        while batch := list(islice(rows, size)):
            yield batch

    def _image(self, number: int) -> tuple[tuple[Value, ...], str]:
        of, detector = divmod(number, DETECTORS)
        night, visit, band = _visit(of)
        name = (
            f"R{detector // 9 % 5}{detector // 45}_S{detector // 3 % 3}{detector % 3}"
        )
        where = f"{night}/{band}/{FILTERS[band]}/{visit}"
        what = f"{INSTRUMENT}_{band}_{FILTERS[band]}_MC_O_{night}_{of % 1000:06}_{name}"
        return (INSTRUMENT, detector, visit), self._path(where, what)

    def _visit(self, number: int) -> tuple[tuple[Value, ...], str]:
        night, visit, band = _visit(number)
        where = f"{night}/{band}/{FILTERS[band]}/{visit}"
        what = f"{INSTRUMENT}_{band}_{FILTERS[band]}_MC_O_{night}_{number % 1000:06}"
        return (INSTRUMENT, visit), self._path(where, what)

    def _coadd(self, number: int) -> tuple[tuple[Value, ...], str]:
        of, n = divmod(number, len(BANDS))
        (_, tract, patch), band = _patch(of), BANDS[n]
        where = f"{tract}/{patch}/{band}"
        what = f"{tract}_{patch}_{band}_{SKYMAP}"
        return (band, SKYMAP, tract, patch), self._path(where, what)

    def _patch(self, number: int) -> tuple[tuple[Value, ...], str]:
        values = _patch(number)
        _, tract, patch = values
        return values, self._path(f"{tract}/{patch}", f"{tract}_{patch}_{SKYMAP}")

    def _path(self, where: str, what: str) -> str:
        name = f"{self.kind.name}_{what}_{self._name.replace('/', '_')}"
        return f"{self._name}/{self.kind.name}/{where}/{name}.{self._extension}"


def _visit(number: int) -> tuple[int, int, str]:
    """Return the night, the number and the band of a visit."""
    nights, of_night = divmod(number, _VISITS_PER_NIGHT)
    night = _FIRST_NIGHT + nights
    return night, night * 100_000 + of_night, BANDS[number // 50 % len(BANDS)]


def _patch(number: int) -> tuple[str, int, int]:
    return SKYMAP, *divmod(number, PATCHES)


def all_datasets(total: int, runs: Sequence[Any], release: int = 0) -> list[Datasets]:
    """Return the datasets of a release, type by type.

    Parameters
    ----------
    total
        How many there are, about.
    runs
        Keys of the RUNs of the types, in the order of `KINDS`.
    """
    return [
        Datasets(kind, max(1, total * kind.share // 100), run, release)
        for kind, run in zip(KINDS, runs, strict=True)
    ]
