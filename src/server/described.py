"""Describes request bodies in the OpenAPI document.

The framework describes only what it decodes itself, and its errors would not name the
field; `JsonBody` decodes here.
"""

from dataclasses import dataclass
from typing import Any, cast

import msgspec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody

_REFERENCE = "#/{name}"


def operation_with(
    type_: Any, example: object = None, answer: object = None
) -> type[Operation]:
    """Return the class of operations whose body is of a type.

    Parameters
    ----------
    example, answer
        A body, and what a server might answer.
    """
    content: dict[str, Any] = {"schema": _schema(type_)}
    if example is not None:
        content["example"] = example
    media_type = cast("OpenAPIMediaType", content)

    @dataclass
    class Described(Operation):
        def __post_init__(self) -> None:
            self.request_body = RequestBody(
                {"application/json": media_type}, required=True
            )
            if answer is not None:
                add_example(self, answer)

    return Described


def operation_answering(answer: object) -> type[Operation]:
    """Return the class of operations without a body, with an example of an answer."""

    @dataclass
    class Described(Operation):
        def __post_init__(self) -> None:
            add_example(self, answer)

    return Described


def add_example(operation: Operation, answer: object) -> None:
    """Show an answer of status 200."""
    found: Any = (operation.responses or {})["200"]
    found.content["application/json"].example = answer


def _schema(type_: Any) -> Any:
    """Return the whole JSON schema of a type: what it refers to stands in its place.

    The framework's own list of schemas takes none that it has not made.
    """
    (schema,), parts = msgspec.json.schema_components([type_], ref_template=_REFERENCE)

    def resolved(node: Any) -> Any:
        if isinstance(node, list):
            return [resolved(each) for each in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return resolved(parts[node["$ref"].removeprefix("#/")])
        return {key: resolved(value) for key, value in node.items()}

    return resolved(schema)
