"""Boxes of pixels: half-open on both axes, as Python's ranges are."""

from typing import Any, NamedTuple

from ..errors import UnsupportedReadError


class Box(NamedTuple):
    """A box of pixels, ``Box((x_start, x_stop), (y_start, y_stop))``.

    Parameters
    ----------
    x
        First column, and the one behind the last.
    y
        First row, and the one behind the last.
    """

    x: tuple[int, int]
    y: tuple[int, int]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.y[1] - self.y[0], self.x[1] - self.x[0]

    @property
    def slices(self) -> tuple[slice, slice]:
        """What selects the box from an array whose first pixel is (0, 0)."""
        return slice(*self.y), slice(*self.x)

    def shifted(self, x: int, y: int) -> "Box":
        """Return the box moved by some columns and rows.

        Parameters
        ----------
        x, y
            Columns and rows.
        """
        return Box(
            (self.x[0] + x, self.x[1] + x),
            (self.y[0] + y, self.y[1] + y),
        )

    def contains(self, other: "Box") -> bool:
        """Tell whether another box is not empty, and within this one.

        Parameters
        ----------
        other
            The other box.
        """
        return all(
            mine[0] <= its[0] < its[1] <= mine[1]
            for mine, its in zip(self, other, strict=True)
        )


def box_of(value: Any) -> Box:
    """Return a box given in any form.

    Parameters
    ----------
    value
        A `Box` or a pair of pairs like it; an `lsst.geom.Box2I`; an
        `lsst.images.Box`.

    Raises
    ------
    UnsupportedReadError
        If it is none of them.
    """
    try:
        if hasattr(value, "getBeginX"):
            return Box(
                (int(value.getBeginX()), int(value.getEndX())),
                (int(value.getBeginY()), int(value.getEndY())),
            )
        x, y = (value.x, value.y) if hasattr(value, "y") else value
        return Box(_ends(x), _ends(y))
    except (TypeError, ValueError) as error:
        raise UnsupportedReadError(
            f"bbox must be ((x_start, x_stop), (y_start, y_stop)), not {value!r}"
        ) from error


def _ends(interval: Any) -> tuple[int, int]:
    if hasattr(interval, "start"):
        return int(interval.start), int(interval.stop)
    start, stop = interval
    return int(start), int(stop)
