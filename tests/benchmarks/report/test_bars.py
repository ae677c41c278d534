import re
from xml.etree import ElementTree as ET

from benchmarks.report.bars import Bars, as_svg

BARS = Bars(
    "Rates <all>",
    "logarithmic",
    {"stock": "#888888", "ours": "#0000ff"},
    [("find", (20.0, 4000.0)), ("get", (35.0, 350.0))],
)


def widths(svg: str) -> list[float]:
    found = re.findall(r'<rect x="170"[^>]* width="([0-9.]+)"', svg)
    return [float(width) for width in found]


def test_picture_is_xml_with_all_its_words() -> None:
    picture = ET.fromstring(as_svg(BARS))
    words = {"".join(element.itertext()) for element in picture.iter()}
    assert {"Rates <all> (logarithmic)", "stock", "ours", "find", "4,000"} <= words


def test_same_factor_is_the_same_length_everywhere() -> None:
    stock, ours, other_stock, other_ours = widths(as_svg(BARS))
    ten_times = other_ours - other_stock
    assert round(ours - stock, 0) == round(ten_times * 2.301, 0)


def test_scale_has_a_line_for_each_power_of_ten() -> None:
    powers = (10, 100, 1000, 10_000)
    assert as_svg(BARS).count("<line") == len(powers)
