"""Bars on a logarithmic scale, as SVG: for figures that differ by factors.

The text is dark on a white ground of its own, so that it can be read on any page.
"""

import math
from collections.abc import Iterator
from html import escape

import msgspec

_INK, _RULE = "#222222", "#dddddd"
_LEFT, _WIDTH, _RIGHT = 170, 520, 90
_TOP, _BAR, _GAP = 64, 16, 14


class Bars(msgspec.Struct, frozen=True):
    """One bar for each series in each group."""

    title: str
    unit: str
    series: dict[str, str]
    """Their colours, by name."""
    groups: list[tuple[str, tuple[float, ...]]]
    """A name, and the values in the order of ``series``; all above zero."""


def as_svg(bars: Bars) -> str:
    """Draw ``bars``; the scale has a line for each power of ten."""
    height = _TOP + len(bars.groups) * _group_height(bars) + 30
    width = _LEFT + _WIDTH + _RIGHT
    return "\n".join(
        [
            _head(width, height),
            f"<title>{escape(bars.title)}</title>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            _text(8, 20, f"{bars.title} ({bars.unit})", weight="bold"),
            *_legend(bars),
            *_scale(bars, height - 24),
            *_groups(bars),
            "</svg>\n",
        ]
    )


def _head(width: int, height: int) -> str:
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    font = f'font-family="sans-serif" font-size="12" fill="{_INK}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>'


def _legend(bars: Bars) -> Iterator[str]:
    left = 8.0
    for name, colour in bars.series.items():
        yield f'<rect x="{left}" y="33" width="12" height="12" fill="{colour}"/>'
        yield _text(left + 17, 43, name)
        left += 40 + 7 * len(name)


def _scale(bars: Bars, bottom: float) -> Iterator[str]:
    low, high = _powers(bars)
    for power in range(low, high + 1):
        x = _x(bars, 10.0**power)
        yield (
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 6}" y2="{bottom}"'
            f' stroke="{_RULE}"/>'
        )
        yield _text(x, bottom + 16, f"{10.0**power:,g}", anchor="middle")


def _groups(bars: Bars) -> Iterator[str]:
    for number, (name, values) in enumerate(bars.groups):
        top = _TOP + number * _group_height(bars)
        yield _text(_LEFT - 8, top + _BAR * len(values) / 2 + 4, name, anchor="end")
        pairs = zip(values, bars.series.values(), strict=True)
        for place, (value, colour) in enumerate(pairs):
            y, right = top + place * _BAR, _x(bars, value)
            yield (
                f'<rect x="{_LEFT}" y="{y}" width="{right - _LEFT:.1f}"'
                f' height="{_BAR - 2}" fill="{colour}"/>'
            )
            yield _text(right + 5, y + 11, _number(value))


def _group_height(bars: Bars) -> int:
    return _BAR * len(bars.series) + _GAP


def _powers(bars: Bars) -> tuple[int, int]:
    """Return the powers of ten below the least and above the greatest value."""
    values = [math.log10(value) for _, group in bars.groups for value in group]
    low = math.ceil(min(values)) - 1
    return low, max(math.ceil(max(values)), low + 1)


def _x(bars: Bars, value: float) -> float:
    low, high = _powers(bars)
    return _LEFT + _WIDTH * (math.log10(value) - low) / (high - low)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
        f' font-weight="{weight}">{escape(words)}</text>'
    )
