"""The functions of the expression language that make values: regions and UUIDs."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from . import regions
from .literals import literal, region
from .nodes import Bind, Call, Name, Node, Text
from .operands import Operand

_REGIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "POINT": (regions.of_point, ("ra", "dec")),
    "CIRCLE": (regions.circle, ("ra", "dec", "radius")),
    "BOX": (regions.box, ("ra", "dec", "width", "height")),
    "POLYGON": (regions.polygon, ("ra", "dec") * 3),
}


def call(node: Call, value_of: Callable[[Node], Operand]) -> Operand:
    """Return what a function makes.

    Raises
    ------
    ValueError
        If there is no such function, or it cannot make anything of its arguments.
    """
    match node:
        case Call(function="UUID", arguments=(Text() as text,)):
            return literal(UUID(text.value))
        case Call(function="REGION", arguments=(Text() | Name() | Bind() as text,)):
            return _region(regions.of_text, _text(value_of(text)))
        case Call() if node.function in _REGIONS:
            degrees = [_degrees(value_of(each).wire) for each in node.arguments]
            make, parameters = _REGIONS[node.function]
            _check_count(node.function, parameters, len(degrees))
            return _region(make, *degrees)
    raise ValueError(
        f"{node.function} is no function that could stand here, or not with these "
        f"arguments; there are {', '.join(_REGIONS)}, REGION('…') and UUID('…')."
    )


def _region(make: Callable[..., Any], *arguments: object) -> Operand:
    try:
        return region(make(*arguments))
    except RuntimeError as error:  # sphgeom's, of what is no shape
        raise ValueError(str(error)) from error


def _check_count(function: str, parameters: tuple[str, ...], count: int) -> None:
    more = function == "POLYGON" and count > len(parameters) and count % 2 == 0
    if count != len(parameters) and not more:
        ellipsis = ", …" if function == "POLYGON" else ""
        raise ValueError(f"Write {function}({', '.join(parameters)}{ellipsis}).")


def _degrees(wire: dict[str, Any]) -> float:
    match wire:
        case {"expression_type": "int" | "float", "value": value}:
            return float(value)
        case {"expression_type": "unary", "operator": "-", "operand": operand}:
            return -_degrees(operand)
    raise ValueError("A region is made of numbers in degrees, or of such in bind.")


def _text(operand: Operand) -> str:
    if operand.kind != "string":
        raise ValueError("REGION needs a text, such as 'CIRCLE 12.5 -30.2 0.5'.")
    return str(operand.wire["value"])
