"""The nights of a release: which exposure was taken when, and through what."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice, product

from .plan import FILTERS
from .size import Size

_FIRST_NIGHT = date(2024, 10, 24)
_NIGHTS = 48
_FIRST_NUMBER = 101
_RAFT = "R22"


@dataclass(frozen=True, slots=True)
class Observation:
    """One exposure, which is one visit."""

    night: date
    number: int
    """Of the night's exposures."""
    band: str

    @property
    def day_obs(self) -> int:
        """The night as a number of eight digits."""
        return int(f"{self.night:%Y%m%d}")

    @property
    def id(self) -> int:
        """Of the visit and of the exposure."""
        return self.day_obs * 100_000 + self.number

    @property
    def obs_id(self) -> str:
        """The camera's name for it."""
        return f"CC_O_{self.day_obs}_{self.number:06}"

    @property
    def physical_filter(self) -> str:
        """The filter that was in the beam."""
        return FILTERS[self.band]


def observations(size: Size) -> Iterator[Observation]:
    """Yield the exposures of a release, about as many each night."""
    each = -(-size.visits // _NIGHTS)
    bands = list(FILTERS)
    for night, number in islice(product(range(_NIGHTS), range(each)), size.visits):
        yield Observation(
            _FIRST_NIGHT + timedelta(days=night),
            _FIRST_NUMBER + number,
            bands[(night + number) % len(bands)],
        )


def detector_name(detector: int) -> str:
    """Return a detector's full name."""
    return f"{_RAFT}_S{detector // 3}{detector % 3}"
